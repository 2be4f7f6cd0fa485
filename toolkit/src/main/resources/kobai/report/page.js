"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const options = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false };
  const views = new Map();

  const draw = (panel) => {
    const place = document.getElementById(panel.place);
    return vegaEmbed(place, panel.spec, options).then(
      (result) => views.set(panel.place, result.view),
      (error) => { place.textContent = "This chart could not be drawn (" + error.message + "); its values are in the table below."; });
  };

  const hiddenIn = (chart) =>
    [...document.querySelectorAll("#" + chart.id + " .legend button[aria-pressed='false']")].map((button) => button.dataset.series);

  const toggle = (chart) => {
    const hidden = hiddenIn(chart);
    for (const panel of chart.panels) {
      const view = views.get(panel.place);
      if (view) view.signal("hidden", hidden).runAsync();
    }
  };

  // A saved picture stands alone: it carries its own legend, title and a white ground.
  const save = async (chart, type) => {
    for (const panel of chart.panels) {
      const spec = JSON.parse(JSON.stringify(panel.spec).replaceAll("currentColor", "#1c2024"));
      spec.width = 640;
      spec.params[0].value = hiddenIn(chart);
      spec.background = "#ffffff";
      spec.padding = 12;
      spec.autosize = "pad";
      spec.title = { text: chart.title + (panel.facet ? " (" + panel.facet + ")" : ""), subtitle: panel.measure, anchor: "start", fontSize: 15, offset: 12 };
      for (const layer of spec.layer) {
        for (const channel of ["color", "shape", "strokeDash"]) {
          const encoding = layer.encoding && layer.encoding[channel];
          if (panel.measure && encoding && encoding.scale) encoding.legend = { symbolSize: 90, symbolStrokeWidth: 2 };
        }
      }
      spec.config.legend = { orient: "right", labelLimit: 220 };
      const off = document.createElement("div");
      const result = await vegaEmbed(off, spec, { ...options, tooltip: false });
      const link = document.createElement("a");
      link.href = await result.view.toImageURL(type, 2);
      link.download = panel.file + "." + type;
      link.click();
      result.finalize();
    }
  };

  const sortable = (table) => {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column].dataset.value;
        const order = (a, b) => {
          const [first, second] = [key(a), key(b)];
          if (first === undefined && second === undefined) {
            return a.cells[column].textContent.localeCompare(b.cells[column].textContent, undefined, { numeric: true });
          }
          // Cells without a number stay at the end, whichever way the column is sorted.
          if (first === undefined || second === undefined) return (first === undefined ? 1 : -1) * (down ? -1 : 1);
          return Number(first) - Number(second);
        };
        const rows = [...body.rows].sort(order);
        if (down) rows.reverse();
        body.append(...rows);
      });
    });
  };

  for (const chart of charts) {
    for (const panel of chart.panels) draw(panel);
    const figure = document.getElementById(chart.id);
    const legend = figure.querySelector(".legend");
    if (legend) {
      legend.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (!button) return;
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
        toggle(chart);
      });
    }
    const beneath = figure.querySelector(".beneath");
    for (const type of ["png", "svg"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "save";
      button.textContent = "Save as " + type.toUpperCase();
      button.addEventListener("click", () => save(chart, type));
      beneath.append(button);
    }
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
})();
