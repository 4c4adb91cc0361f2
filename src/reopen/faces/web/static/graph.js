// Draws the board's graph where the server placed it, beside the list of the same nodes and links.
// What is chosen in one is chosen in the other; what it is comes from the server into the panel.
(() => {
  let cy = null;
  let chosen = null;
  const kept = "board-view";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const found = (id) => document.getElementById(id);
  const ours = (id) => document.querySelector(`#list [data-id="${CSS.escape(id)}"]`);

  // Of so many, the numbers of links are not written beside them: the list and the panel say them.
  const manyLinks = 800;

  const elements = (drawing) => [
    ...drawing.series.map((each) => ({
      data: {
        id: `series:${each.id}`, name: each.name, width: each.width, height: each.height,
        corners: each.corners.flat().join(" "),
      },
      position: { x: each.x, y: each.y }, classes: each.named_below ? "series below" : "series", selectable: false,
    })),
    ...drawing.nodes.map((each) => ({
      data: { id: each.id, name: each.name }, position: { x: each.x, y: each.y }, classes: each.kind,
    })),
    ...drawing.ties.map((each) => ({
      data: { id: `tie:${each.one}|${each.other}|${each.says}`, source: each.one, target: each.other },
      classes: "tie", selectable: false,
    })),
    ...drawing.links.map((each) => ({
      data: { id: `link:${each.id}`, source: each.one, target: each.other, weight: each.weight },
      classes: `s${each.strength} ${each.nature}${drawing.links.length > manyLinks ? "" : " weighty"}`,
    })),
  ];

  // Brings the picture up to what the page says now; what stays is not moved.
  function update() {
    const said = found("drawing");
    const box = found("graph");
    if (!said || !box) {
      cy?.destroy();
      cy = null;
      return;
    }
    const wanted = elements(JSON.parse(said.textContent));
    if (cy && cy.container() !== box) {
      cy.destroy();
      cy = null;
    }
    if (!cy) begin(box, wanted);
    else {
      const ids = new Set(wanted.map((each) => each.data.id));
      cy.batch(() => {
        cy.elements().filter((each) => !ids.has(each.id())).remove();
        for (const each of wanted) {
          const held = cy.getElementById(each.data.id);
          if (held.nonempty()) {
            held.data(each.data);
            if (each.position) held.position(each.position);
          } else cy.add(each);
        }
      });
      cy.resize();
    }
    if (chosen) mark(chosen);
  }

  function begin(box, wanted) {
    const many = wanted.length > 1500;
    cy = cytoscape({
      container: box, elements: wanted, style: graphStyle(), layout: { name: "preset", fit: false },
      minZoom: 0.02, maxZoom: 3, autoungrabify: true, boxSelectionEnabled: false,
      selectionType: "single", hideEdgesOnViewport: many, textureOnViewport: many,
    });
    let view = null;
    try {
      view = JSON.parse(sessionStorage.getItem(kept));
    } catch {}
    if (view) cy.viewport(view);
    else all();
    cy.on("viewport", () => {
      clearTimeout(begin.later);
      begin.later = setTimeout(
        () => cy && sessionStorage.setItem(kept, JSON.stringify({ zoom: cy.zoom(), pan: cy.pan() })),
        300,
      );
    });
    cy.on("tap", "node, edge", (event) => {
      if (!event.target.hasClass("tie")) choose(event.target.id());
    });
    cy.on("tap", (event) => {
      if (event.target === cy) mark(null);
    });
    document.querySelector(".zoom")?.removeAttribute("hidden");
    globalThis.boardGraph = cy; // for tests
  }

  const all = () => {
    cy.fit(undefined, 30);
    if (cy.zoom() > 1.4) cy.zoom({ level: 1.4, renderedPosition: middle() });
  };
  const middle = () => ({ x: cy.width() / 2, y: cy.height() / 2 });
  const larger = (times) => cy.zoom({ level: cy.zoom() * times, renderedPosition: middle() });

  function mark(id) {
    chosen = id;
    if (!cy) return;
    cy.batch(() => {
      cy.elements().removeClass("chosen at faint");
      const one = id ? cy.getElementById(id) : cy.collection();
      if (one.empty()) return;
      one.addClass("chosen at");
      if (one.hasClass("series")) return;
      const near = one.isNode() ? one.closedNeighborhood() : one.union(one.connectedNodes());
      cy.elements().not(near).not("node.series").addClass("faint");
    });
    for (const each of document.querySelectorAll("#list [aria-current]")) each.removeAttribute("aria-current");
    if (id) ours(id)?.setAttribute("aria-current", "true");
  }

  function bringIn(id) {
    const one = cy?.getElementById(id);
    if (!one || one.empty()) return;
    const box = one.renderedBoundingBox();
    const out = box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height();
    if (!out) return;
    if (calm.matches) cy.center(one);
    else cy.animate({ center: { eles: one }, duration: 250 });
  }

  const href = (id) =>
    ours(id)?.getAttribute("href") ??
    document.querySelector(`#panel [data-id="${CSS.escape(id)}"]`)?.getAttribute("href");

  // Chooses a node, link or series, and asks the server what it is.
  async function choose(id, enter = false) {
    mark(id);
    bringIn(id);
    const item = ours(id);
    if (item) {
      const group = item.closest("details");
      if (group) group.open = true;
      const list = found("list");
      const [own, around] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
      if (own.top < around.top || own.bottom > around.bottom) {
        list.scrollTop += own.top - around.top - around.height / 3;
      }
    }
    const where = href(id);
    if (!where) return;
    await htmx.ajax("GET", where, { target: "#panel", select: "#brief", swap: "innerHTML" });
    if (enter) found("panel").focus();
    found("panel").scrollIntoView({ block: "nearest" });
  }

  // The next node that way: near, and not far to the side.
  function next(key) {
    const from = chosen && cy.getElementById(chosen).nonempty() ? cy.getElementById(chosen) : null;
    const nodes = cy.nodes().not(".series");
    if (!from || from.hasClass("series")) {
      const at = { x: (cy.extent().x1 + cy.extent().x2) / 2, y: (cy.extent().y1 + cy.extent().y2) / 2 };
      return nodes.min((each) => Math.hypot(each.position("x") - at.x, each.position("y") - at.y)).ele;
    }
    const at = from.isNode() ? from.position() : from.source().position();
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const far = (each) => {
      const x = each.position("x") - at.x;
      const y = each.position("y") - at.y;
      const along = x * dx + y * dy;
      const side = Math.abs(x * dy - y * dx);
      return along > 1 && side <= along * 1.5 ? along + 2 * side : Infinity;
    };
    const best = nodes.min(far);
    return Number.isFinite(best.value) ? best.ele : null;
  }

  document.addEventListener("keydown", (event) => {
    if (!cy || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.id === "graph") {
      const { key } = event;
      if (key.startsWith("Arrow")) {
        const one = next(key);
        if (one) {
          mark(one.id());
          bringIn(one.id());
          say(one.data("name"));
        }
      } else if (key === "Enter" && chosen) choose(chosen, true);
      else if (key === "Escape" && chosen) ours(chosen)?.focus();
      else if (key === "+" || key === "=") larger(1.3);
      else if (key === "-") larger(1 / 1.3);
      else if (key === "0") all();
      else return;
      event.preventDefault();
      return;
    }
    const item = event.target.closest?.("#list a[data-id]");
    if (item) {
      const items = [...document.querySelectorAll("#list details[open] a[data-id]")];
      const at = items.indexOf(item);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (to !== undefined) items[Math.min(Math.max(to, 0), items.length - 1)].focus();
      else if (event.key === "ArrowRight") {
        mark(item.dataset.id);
        bringIn(item.dataset.id);
        found("graph").focus();
      } else return;
      event.preventDefault();
    } else if (event.key === "Escape" && event.target.closest?.("#panel") && chosen) {
      (ours(chosen) ?? found("graph")).focus();
    }
  });

  function say(words) {
    let told = found("said");
    if (!told) {
      told = document.createElement("p");
      told.id = "said";
      told.className = "unseen";
      told.setAttribute("aria-live", "polite");
      document.querySelector(".picture").append(told);
    }
    told.textContent = words;
  }

  // One stop of the Tab key for the whole list; arrows go on from there.
  function rove(item) {
    for (const each of document.querySelectorAll('#list a[tabindex="0"]')) each.tabIndex = -1;
    if (item) item.tabIndex = 0;
  }
  function roving() {
    const items = document.querySelectorAll("#list a[data-id]");
    for (const each of items) each.tabIndex = -1;
    rove((chosen && ours(chosen)) || items[0]);
  }

  document.addEventListener("focusin", (event) => {
    const item = event.target.closest?.("#list a[data-id]");
    if (!item || !cy) return;
    rove(item);
    cy.elements(".at").removeClass("at");
    cy.getElementById(item.dataset.id).addClass("at");
    if (item.matches(":focus-visible")) bringIn(item.dataset.id);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-zoom]");
    if (button && cy) {
      ({ in: () => larger(1.3), out: () => larger(1 / 1.3), all })[button.dataset.zoom]();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const item = event.target.closest?.("#list a[data-id], #panel a[data-id]");
    if (!item || !cy) return;
    event.preventDefault();
    choose(item.dataset.id, event.detail === 0);
  });

  const restyle = () => cy?.style(graphStyle());
  addEventListener("themechange", restyle);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

  const start = () => {
    update();
    roving();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "found") start();
  });
})();
