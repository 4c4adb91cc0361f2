// Files dropped on the page go into its file field, which sends them as it would chosen ones.
(() => {
  const drop = document.getElementById("drop");
  const field = document.getElementById("files");
  const list = document.getElementById("chosen");
  if (!drop || !field || !list) return;
  const show = () => {
    list.replaceChildren(
      ...Array.from(field.files, (file) => {
        const item = document.createElement("li");
        item.textContent = file.name;
        return item;
      }),
    );
  };
  field.addEventListener("change", show);
  document.getElementById("drop-words").prepend("Choose files, or drop them here. ");
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const together = new DataTransfer();
    for (const file of [...field.files, ...event.dataTransfer.files]) together.items.add(file);
    field.files = together.files;
    show();
  });
})();
