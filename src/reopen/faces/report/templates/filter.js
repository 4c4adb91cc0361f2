(function () {
  var box = document.getElementById("filter");
  var rows = document.querySelectorAll("#links-table tbody tr");
  var told = document.getElementById("filter-told");
  if (!box || !rows.length) { return; }
  box.parentNode.hidden = false;
  box.addEventListener("input", function () {
    var sought = box.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      row.hidden = row.textContent.toLowerCase().indexOf(sought) < 0;
      if (!row.hidden) { shown += 1; }
    });
    told.textContent = sought ? shown + " of " + rows.length + " links shown" : "";
  });
  window.addEventListener("beforeprint", function () {
    rows.forEach(function (row) { row.hidden = false; });
  });
})();
