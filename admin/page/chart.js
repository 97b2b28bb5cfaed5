// Charts by uPlot, in the colours of the scheme.

const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const classes = [["2xx", "--ok"], ["3xx", "--info"], ["4xx", "--account"], ["5xx", "--bad"]];

// stacked turns series into sums from below, so that each is drawn over what is beneath it.
function stacked(series) {
  const sums = [];
  let below = series[0].map(() => 0);
  for (const values of series) {
    below = values.map((n, i) => n + below[i]);
    sums.push(below);
  }
  return sums;
}

// data is what uPlot draws: times and, per second, the classes from the whole stack down to its lowest part.
function data(rates) {
  const times = rates.classes["2xx"].map((_, i) => rates.begins + i * rates.step_seconds);
  const perSecond = classes.map(([name]) => rates.classes[name].map((n) => n / rates.step_seconds));
  return [times, ...stacked(perSecond).reverse()];
}

// RateChart shows what callers got over the last quarter of an hour, by class of status.
export class RateChart {
  constructor(place, label) {
    this.place = place;
    place.setAttribute("role", "img");
    this.label = label;
    this.resize = new ResizeObserver(() => this.plot?.setSize({ width: place.clientWidth, height: 120 }));
    this.resize.observe(place);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => { this.plot?.destroy(); this.plot = null; if (this.rates) this.update(this.rates); };
    this.scheme.addEventListener("change", this.redraw);
  }

  update(rates) {
    this.rates = rates;
    const { requests, problems, seconds } = rates.recent;
    this.place.setAttribute("aria-label", `${this.label}: ${requests} requests in ${seconds / 60} minutes, ${problems} of them problems`);
    if (this.plot) this.plot.setData(data(rates));
    else if (this.place.clientWidth > 0) this.plot = new uPlot(this.options(), data(rates), this.place);
  }

  options() {
    const axis = { stroke: tone("--soft"), grid: { stroke: tone("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif", gap: 4 };
    return {
      width: this.place.clientWidth, height: 120, cursor: { show: false }, legend: { show: false }, padding: [8, 18, 0, 0],
      scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, 0.5)] } },
      axes: [{ ...axis, size: 22, space: 70, values: "{HH}:{mm}" }, { ...axis, size: 34, space: 26 }],
      series: [{}, ...[...classes].reverse().map(([name, color]) => ({
        label: name, stroke: tone(color), fill: tone(color), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.9, 100], align: -1, gap: 1 }),
      }))],
    };
  }

  destroy() {
    this.resize.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    this.plot?.destroy();
  }
}
