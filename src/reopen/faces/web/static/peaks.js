// The larger view of the peaks: the same numbers as the pictures, from the page's twin.
(() => {
  const box = document.getElementById("large");
  if (!box || !window.uPlot) return;
  const at = (id) => document.getElementById(id);
  const [dyes, loci, chart, told] = ["large-dye", "large-locus", "large-chart", "large-told"].map(at);
  let page = null;
  let plot = null;
  box.hidden = false;
  at("larger").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    const answer = await fetch(box.dataset.twin, { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      told.textContent = "The peaks could not be read. Open the page again.";
      at("large-view").hidden = false;
      return;
    }
    page = await answer.json();
    button.parentElement.hidden = true;
    at("large-view").hidden = false;
    fill(dyes, page.panels.flatMap((panel, p) =>
      panel.replicates.map((name, r) => [
        `${p},${r}`,
        (panel.dye || "loci without fragment sizes") +
          (panel.replicates.length > 1 ? `, ${name || `replicate ${r + 1}`}` : ""),
      ])));
    choose();
    dyes.focus();
  });
  const fill = (select, options) => {
    select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
  };
  const chosen = () => {
    const [p, r] = dyes.value.split(",").map(Number);
    return [page.panels[p], r];
  };
  const choose = () => {
    const [panel] = chosen();
    fill(loci, [["", "all"], ...panel.loci.map((span, i) => [String(i), span.locus])]);
    draw();
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const says = (peak) => {
    const seen = peak.height_rfu === null ? "no height given"
      : peak.height_rfu === 0 ? "not seen" : `${Math.round(peak.height_rfu)} RFU`;
    const hoped = page.apart && peak.expected_rfu > 0 ? `, expected ${Math.round(peak.expected_rfu)} RFU` : "";
    return `${peak.locus} ${peak.allele}: ${seen}${hoped}`;
  };
  const draw = () => {
    const [panel, replicate] = chosen();
    const peaks = panel.peaks.filter((peak) => peak.replicate === replicate)
      .sort((a, b) => a.place - b.place);
    const [ink, soft, line, accent, warn, paper] =
      ["--ink", "--soft", "--line", "--accent", "--warn", "--paper"].map(colour);
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    plot?.destroy();
    plot = new uPlot({
      width: chart.clientWidth,
      height: 360,
      legend: { show: false },
      cursor: { drag: { x: true, y: false } },
      scales: { x: { time: false, range: (u, low, high) => [low, high] }, y: { range: (u, low, high) => [0, high * 1.12 || 1] } },
      axes: [
        { ...axis, label: panel.in_base_pairs ? "bp" : "", values: panel.in_base_pairs ? undefined : () => [] },
        { ...axis, label: "RFU", size: 64 },
      ],
      series: [
        {},
        { label: "observed", stroke: accent, fill: accent, width: 1, points: { show: false },
          paths: uPlot.paths.bars({ size: [0.6, 12] }) },
        { label: "expected", stroke: ink, width: 0, paths: () => null,
          points: { show: true, size: 9, width: 2, stroke: ink, fill: paper } },
      ],
      hooks: {
        draw: [(u) => {
          const context = u.ctx;
          context.save();
          context.font = `${13 * devicePixelRatio}px system-ui, sans-serif`;
          context.textAlign = "center";
          context.fillStyle = ink;
          for (const peak of peaks) {
            const x = u.valToPos(peak.place, "x", true);
            if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
            const top = u.valToPos(Math.max(peak.height_rfu ?? 0, peak.expected_rfu), "y", true);
            context.fillText(peak.allele, x, top - 10 * devicePixelRatio);
          }
          if (panel.threshold_rfu > 0) {
            const y = u.valToPos(panel.threshold_rfu, "y", true);
            context.strokeStyle = warn;
            context.setLineDash([6, 4]);
            context.beginPath();
            context.moveTo(u.bbox.left, y);
            context.lineTo(u.bbox.left + u.bbox.width, y);
            context.stroke();
          }
          context.restore();
        }],
        setCursor: [(u) => {
          const peak = peaks[u.cursor.idx];
          if (peak && u.cursor.left >= 0) told.textContent = says(peak);
        }],
      },
    }, [
      peaks.map((peak) => peak.place),
      peaks.map((peak) => peak.height_rfu || null),
      peaks.map((peak) => (page.apart && peak.expected_rfu > 0 ? peak.expected_rfu : null)),
    ], chart);
    show();
  };
  const show = () => {
    const [panel, replicate] = chosen();
    const span = loci.value === "" ? null : panel.loci[Number(loci.value)];
    const [min, max] = span ? [span.low, span.high] : panel.axis;
    plot.setScale("x", { min, max });
    if (!span) {
      told.textContent = "";
      return;
    }
    const here = panel.peaks.filter((peak) => peak.locus === span.locus && peak.replicate === replicate);
    told.textContent = here.length ? here.map(says).join("; ") : `${span.locus}: no peak`;
  };
  dyes.addEventListener("change", choose);
  loci.addEventListener("change", show);
  const again = () => plot && draw();
  addEventListener("resize", again);
  addEventListener("themechange", again);
})();
