// Draws each <script type="application/json" data-chart> on the <canvas> of its [data-chart-box].
// The library is fetched when the first chart appears, so that other pages do not pay for it.
//
// {"labels": ["2013-01", …],
//  "lines": [{"label": "Actual", "role": "actual", "values": [1.5, null, 2]}, …],
//  "unit": "%", "decimals": 1, "zero": true}
//
// role: actual, target, threshold, forecast, peer. null is a gap and is drawn as one. `zero` starts
// the axis at nought; `percent` shows fractions as per cent.
(() => {
  const library = document.currentScript.dataset.library;
  const charts = new Map();
  let loading;

  const load = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    }));

  // Canvas cannot read light-dark(): a probe element resolves a token to a plain colour.
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = `chart-colour chart-colour-${name}`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  const looks = {
    actual: { width: 2.5, dash: [], dots: 3 },
    target: { width: 1.5, dash: [6, 4], dots: 0, stepped: "middle" },
    threshold: { width: 1.5, dash: [2, 3], dots: 0, stepped: "middle" },
    forecast: { width: 2, dash: [4, 4], dots: 0 },
    peer: { width: 1.5, dash: [], dots: 2 },
  };

  const dataset = (line) => {
    const role = line.role in looks ? line.role : "actual";
    const look = looks[role];
    const stroke = colour(role);
    return {
      label: line.label,
      data: line.values,
      spanGaps: false,
      borderColor: stroke,
      backgroundColor: stroke,
      borderWidth: look.width,
      borderDash: look.dash,
      pointRadius: look.dots,
      pointHoverRadius: look.dots + 2,
      pointHitRadius: 12,
      stepped: look.stepped ?? false,
    };
  };

  const options = (spec) => {
    const number = new Intl.NumberFormat(document.documentElement.lang, {
      maximumFractionDigits: spec.decimals ?? 2,
      style: spec.percent ? "percent" : "decimal",
    });
    const shown = (value) => number.format(value) + (spec.unit ? ` ${spec.unit}` : "");
    const text = colour("text");
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: {
          align: "start",
          labels: { color: text, font, usePointStyle: true, pointStyle: "line", boxWidth: 24 },
        },
        tooltip: {
          callbacks: { label: (item) => ` ${item.dataset.label}: ${shown(item.parsed.y)}` },
        },
      },
      scales: {
        x: { grid: { display: false }, ticks: { color: text, font, maxRotation: 0, autoSkipPadding: 16 } },
        y: {
          beginAtZero: spec.zero ?? false,
          grace: "5%",
          border: { display: false },
          grid: { color: colour("grid") },
          ticks: { color: text, font, maxTicksLimit: 6, callback: (value) => number.format(value) },
        },
      },
    };
  };

  const draw = (script) => {
    const canvas = script.closest("[data-chart-box]").querySelector("canvas");
    const spec = JSON.parse(script.textContent);
    charts.get(canvas)?.destroy();
    const data = { labels: spec.labels, datasets: spec.lines.map(dataset) };
    charts.set(canvas, new Chart(canvas, { type: "line", data, options: options(spec) }));
  };

  const drawAll = async ({ again = false } = {}) => {
    const scripts = [...document.querySelectorAll("script[data-chart]")];
    if (!scripts.length) return;
    await load();
    for (const script of scripts) {
      const canvas = script.closest("[data-chart-box]")?.querySelector("canvas");
      if (canvas?.isConnected && (again || !charts.has(canvas))) draw(script);
    }
  };

  const forget = () => {
    for (const [canvas, chart] of charts) {
      if (canvas.isConnected) continue;
      chart.destroy();
      charts.delete(canvas);
    }
  };

  // A chart inside what is about to be replaced is destroyed first: it holds a resize observer.
  document.addEventListener("htmx:before:swap", (event) => {
    for (const { target, swapSpec } of event.detail.tasks) {
      if (!(target instanceof Element) || swapSpec?.style === "none") continue;
      for (const canvas of target.querySelectorAll("canvas")) {
        charts.get(canvas)?.destroy();
        charts.delete(canvas);
      }
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    forget();
    drawAll();
  });
  document.addEventListener("entente:theme", () => drawAll({ again: true }));
  drawAll();
})();
