// A form that is refused keeps what was typed: the refusal stands in the form, at its field if it
// names one. Without this script the refusal is a page of its own.
(() => {
  const said = (form) => form.querySelector(":scope > .refused");

  function tell(form, told) {
    const words = [told.seen, told.rule, told.way_on].filter(Boolean).join(" ");
    const note = Object.assign(document.createElement("p"), { className: "warning refused", id: "refused", textContent: words });
    note.setAttribute("role", "alert");
    form.prepend(note);
    const field = fieldOf(form, told.seen || "");
    if (field) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", "refused");
      field.focus();
    }
    note.scrollIntoView({ block: "nearest" });
  }

  // The field whose name begins the words, or else whose value they quote.
  function fieldOf(form, seen) {
    const fields = [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "checkbox");
    const named = /^(\w+): /.exec(seen)?.[1];
    const quoted = fields.filter((one) => one.value.trim().length > 1 && seen.includes(one.value.trim()));
    return fields.find((one) => one.name === named) || quoted.sort((a, b) => b.value.length - a.value.length)[0];
  }

  function clear(form) {
    said(form)?.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
      if (field.getAttribute("aria-describedby") === "refused") field.removeAttribute("aria-describedby");
    }
  }

  function go(where) {
    const to = new URL(where, location.href);
    const here = to.pathname === location.pathname && to.search === location.search;
    location.assign(to);
    if (here) location.reload();
  }

  addEventListener("submit", async (event) => {
    const form = event.target;
    const sends = (form.getAttribute("method") || "").toLowerCase() === "post" && !form.getAttribute("enctype");
    if (event.defaultPrevented || !sends || "plain" in form.dataset || !form.closest("main")) return;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    document.querySelectorAll(".refused").forEach((note) => clear(note.parentElement));
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST",
        body: new URLSearchParams(new FormData(form, event.submitter)),
        headers: { Accept: "application/json", "X-Form-Sent": "1" },
      });
      const to = answer.headers.get("X-Leads-To");
      if (to) go(to);
      else tell(form, await answer.json());
    } catch {
      tell(form, { seen: "The board did not answer.", way_on: "What you typed is still here: try again, or see under Runs or in the list whether it was done." });
    }
    form.ariaBusy = "false";
  });
})();
