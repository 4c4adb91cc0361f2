// Draws the rows of the page's table of places on a map; the table has all that the map has.
"use strict";
(() => {
  const home = document.querySelector("[data-map]");
  const rows = [...document.querySelectorAll("tr[data-latitude]")];
  if (!home || !rows.length || !window.L) return;
  const map = L.map(home, { worldCopyJump: true, minZoom: 2, maxZoom: 14, attributionControl: false, zoomAnimation: false, fadeAnimation: false });
  const all = L.featureGroup();
  const bounds = L.latLngBounds([]);
  for (const row of rows) {
    const at = [Number(row.dataset.latitude), Number(row.dataset.longitude)];
    bounds.extend(L.latLng(at).toBounds(2000 * Number(row.dataset.radiusKm || 1)));
    const words = row.querySelector("th").textContent;
    if (row.dataset.radiusKm) {
      L.circle(at, { radius: Number(row.dataset.radiusKm) * 1000, color: "#1f4e79", weight: 1.5, fillOpacity: 0.2 }).addTo(all);
    }
    L.circleMarker(at, { radius: 5, color: "#ffffff", weight: 1.5, fillColor: "#8a3b00", fillOpacity: 1 }).bindTooltip(document.createTextNode(words)).addTo(all);
  }
  // One place is shown in its country, several as near as they lie to each other.
  map.fitBounds(bounds, { maxZoom: all.getLayers().length > 2 ? 11 : 7, padding: [30, 30] });
  L.control.scale({ imperial: false }).addTo(map);
  fetch(home.dataset.map).then((answer) => answer.json()).then((land) => {
    L.geoJSON(land, { interactive: false, style: { color: "#8b959e", weight: 0.8, fillColor: "#f7f5ef", fillOpacity: 1 } }).addTo(map).bringToBack();
  });
  all.addTo(map);
})();
