// How the board's nodes and links look, in the colours that graph.css gives for dark or light.
// Shapes and strokes say the same as colours do.
globalThis.graphStyle = () => {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(`--${name}`).trim();
  const shapes = {
    case: "round-rectangle",
    exhibit: "ellipse",
    person: "hexagon",
    family: "diamond",
    profile: "pentagon",
    database: "triangle",
  };
  // Words grow with those of the page: a wall is read from further off.
  const large = parseFloat(css.fontSize) / 16;
  const widths = [1.5, 2.5, 4, 5.5, 7.5];
  return [
    {
      selector: "node",
      style: {
        width: 32, height: 32, "border-width": 1.5, "border-color": colour("ink"),
        label: "data(name)", color: colour("ink"), "font-size": 13 * large, "text-valign": "bottom",
        "text-margin-y": 4, "text-max-width": 115 * large, "text-wrap": "ellipsis",
        "min-zoomed-font-size": 7, "text-background-color": colour("paper"),
        "text-background-opacity": 0.75, "z-index": 10, "overlay-opacity": 0,
        "font-family": "system-ui, Segoe UI, Roboto, Liberation Sans, DejaVu Sans, Arial, sans-serif",
      },
    },
    ...Object.entries(shapes).map(([kind, shape]) => ({
      selector: `node.${kind}`,
      style: { shape, "background-color": colour(`node-${kind}`) },
    })),
    { selector: "node.case", style: { width: 44, height: 28 } },
    {
      selector: "node.series",
      style: {
        shape: "polygon", "shape-polygon-points": "data(corners)", width: "data(width)",
        height: "data(height)", "background-color": colour("series"), "background-opacity": 0.1,
        "border-color": colour("series"), "border-width": 1.5, "border-style": "dashed",
        "text-valign": "top", "text-margin-y": -3, "text-max-width": 400 * large, "font-size": 15 * large, "min-zoomed-font-size": 8 * large,
        "font-weight": "bold", color: colour("series"), "z-index": 0, "z-compound-depth": "bottom",
        "z-index-compare": "manual",
      },
    },
    { selector: "node.series.below", style: { "text-valign": "bottom", "text-margin-y": 3 } },
    {
      selector: "edge",
      style: {
        "curve-style": "haystack", "haystack-radius": 0, width: 1.5, "line-color": colour("link"),
        "line-opacity": 0.75, "overlay-opacity": 0, "z-index": 5,
      },
    },
    ...widths.map((width, step) => ({ selector: `edge.s${step + 1}`, style: { width } })),
    {
      selector: "edge.weighty",
      style: {
        label: "data(weight)", "font-size": 11 * large, color: colour("ink"), "min-zoomed-font-size": 9,
        "text-background-color": colour("paper"), "text-background-opacity": 0.85,
      },
    },
    { selector: "edge.relative", style: { "line-style": "dashed" } },
    { selector: "edge.missing", style: { "line-style": "dotted" } },
    {
      selector: "edge.tie",
      style: { width: 1.3, "line-color": colour("edge"), "line-opacity": 0.9, "z-index": 1 },
    },
    { selector: ".faint", style: { opacity: 0.2 } },
    { selector: "node.series.faint", style: { opacity: 0.5 } },
    {
      selector: "node.at[^corners]",
      style: { "underlay-color": colour("accent"), "underlay-opacity": 0.35, "underlay-padding": 9 },
    },
    { selector: "edge.at", style: { "line-color": colour("accent"), "line-opacity": 1 } },
    {
      selector: "node.chosen",
      style: { "border-color": colour("accent"), "border-width": 4, "z-index": 20 },
    },
    { selector: "edge.chosen", style: { "line-color": colour("accent"), "line-opacity": 1, "z-index": 9 } },
  ];
};
