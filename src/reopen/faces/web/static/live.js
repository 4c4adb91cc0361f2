// Pages stay as the unit is: where something came in, what is marked data-live is asked for again.
// What the person is reading stays where it is on the screen. Without a key or a hand since it asked
// last, a page says that it asks by itself, so that a session that nobody uses ends; it then leads
// to the sign-in.
(() => {
  const every = 5000;
  const byItself = { "X-By-Itself": "1" };
  let known = null;
  let used = false;
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    addEventListener(name, () => (used = true), { passive: true });
  }
  const live = () => document.querySelectorAll("[data-live][id]");
  const writing = (region) => {
    const at = document.activeElement;
    return region.contains(at) && ["INPUT", "SELECT", "TEXTAREA"].includes(at.tagName);
  };
  const name = (each) => each.id || each.dataset.id || each.getAttribute("href");
  const same = (region, key) =>
    [...region.querySelectorAll("[id], [data-id], a[href]")].find((each) => name(each) === key);

  async function renew(region) {
    const id = region.id;
    const focused = region.contains(document.activeElement) ? name(document.activeElement) : null;
    const marks = [...region.querySelectorAll("[id], [data-id], a[href]")];
    const first = marks.find((each) => each.getBoundingClientRect().top >= 0 && name(each));
    const top = first?.getBoundingClientRect().top;
    const rolled = [...region.querySelectorAll("[id]")]
      .filter((each) => each.scrollTop)
      .map((each) => [each.id, each.scrollTop]);
    const shut = [...region.querySelectorAll("details")].map((each) => each.open);
    const where = location.pathname + (region.dataset.live || location.search);
    await htmx.ajax("GET", where, { target: region, select: `#${id}`, swap: "outerHTML", headers: byItself });
    const now = document.getElementById(id);
    if (!now) return;
    const groups = now.querySelectorAll("details");
    if (groups.length === shut.length) groups.forEach((each, k) => (each.open = shut[k]));
    for (const [part, by] of rolled) document.getElementById(part)?.scrollTo(0, by);
    if (first) {
      const again = same(now, name(first));
      if (again) scrollBy(0, again.getBoundingClientRect().top - top);
    }
    if (focused) same(now, focused)?.focus({ preventScroll: true });
  }

  // A page that is not renewed any more says so: else what was true an hour ago looks like now.
  function away(isAway) {
    const note = document.getElementById("away");
    if (!isAway) note?.remove();
    if (!isAway || note) return;
    const told = document.createElement("p");
    Object.assign(told, { id: "away", className: "warning" });
    told.setAttribute("role", "status");
    told.textContent = `The board does not answer since ${new Date().toLocaleTimeString()}. What stands here is as it was then.`;
    document.querySelector("main").prepend(told);
  }

  async function look() {
    if (document.hidden || !live().length) return;
    let answer;
    const by = used ? {} : byItself;
    used = false;
    try {
      answer = await fetch("/api/changes", { headers: { Accept: "application/json", ...by } });
    } catch {
      away(true);
      return;
    }
    if (answer.status === 401) location.reload();
    away(!answer.ok && answer.status !== 401);
    if (!answer.ok) return;
    const { newest } = await answer.json();
    const before = known;
    known = newest;
    if (before === null || before === newest) return;
    for (const region of live()) {
      if (writing(region)) known = before; // asked again when the field is left
      else await renew(region);
    }
  }
  look();
  setInterval(look, every);
  document.addEventListener("visibilitychange", look);
})();
