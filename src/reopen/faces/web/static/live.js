// Pages stay as the unit is: where something came in, what is marked data-live is asked for again.
// What the person is reading stays where it is on the screen. After ten minutes without a
// key or a hand, nothing is asked any more, so that a session that nobody uses ends.
(() => {
  const every = 5000;
  const patience = 10 * 60 * 1000;
  let known = null;
  let used = Date.now();
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    addEventListener(name, () => (used = Date.now()), { passive: true });
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
    await htmx.ajax("GET", where, { target: region, select: `#${id}`, swap: "outerHTML" });
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

  async function look() {
    if (document.hidden || !live().length || Date.now() - used > patience) return;
    let answer;
    try {
      answer = await fetch("/api/changes", { headers: { Accept: "application/json" } });
    } catch {
      return; // the server is away for a moment
    }
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
