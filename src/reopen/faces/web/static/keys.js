// g and a letter opens a page, / goes to the search field, ? shows the keys.
(() => {
  // On a phone the menu is a strip: the place where one is stands in sight.
  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  let going = 0;
  const writes = (element) =>
    element.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    } else if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    } else if (event.key === "g") {
      going = Date.now();
    } else if (Date.now() - going < 1500) {
      going = 0;
      document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });
})();
