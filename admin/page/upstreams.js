// The upstreams now: what callers get, who must act, and what is under way.
import { get } from "./api.js";
import { RateChart, classes } from "./chart.js";
import { controls } from "./controls.js";
import { levels, states } from "./levels.js";
import { count, empty, faultTag, h, percent, rate } from "./dom.js";

const faults = ["caller", "account", "credentials", "vendor", "gateway"];

export class Upstreams {
  cards = new Map();

  async show(status) {
    this.status = status ?? await get("status");
    this.grid = h("div.grid");
    return [
      h("div.head", {}, h("div", {}, h("h1", {}, "Upstreams"), h("p.soft", {}, "What callers got in the last quarter of an hour; sums are of five minutes."))),
      this.grid,
    ];
  }

  shown() { this.onStatus(this.status); }

  onStatus(status) {
    if (!this.grid) return;
    const names = Object.keys(status.upstreams).sort();
    if (names.length === 0) this.grid.replaceChildren(empty("No upstream is configured", "Add one to the configuration."));
    for (const name of [...this.cards.keys()].filter((known) => !names.includes(known))) {
      this.cards.get(name).destroy();
      this.cards.delete(name);
    }
    for (const name of names) {
      if (!this.cards.has(name)) this.cards.set(name, new Card(name, this.grid));
      this.cards.get(name).update(status.upstreams[name]);
    }
  }

  leave() { for (const card of this.cards.values()) card.destroy(); }
}

// Card is one upstream. Its parts are made once and filled by each status, so that the focus and the charts stay.
class Card {
  constructor(name, grid) {
    this.tags = h("span.row");
    this.numbers = h("div.numbers");
    this.place = h("div.chart");
    this.faults = h("div");
    this.types = h("div");
    this.levels = h("div.levels");
    this.element = h("section.card", { "aria-label": name },
      h("div.row.spread", {}, h("h2", {}, h("a", { href: `#/failures?upstream=${encodeURIComponent(name)}`, "data-item": "" }, name)), this.tags),
      this.numbers, this.place,
      h("div.legend", { "aria-hidden": "true" }, h("span", {}, "per second:"), classes.map(([name]) => h("span.class", { "data-class": name }, name))),
      this.faults, this.types, this.levels, controls(name));
    grid.append(this.element);
    this.chart = new RateChart(this.place, name);
  }

  update(upstream) {
    const { requests, problems, seconds } = upstream.rates.recent;
    this.numbers.replaceChildren(
      figure(rate(requests / seconds), "requests"),
      figure(requests ? percent(problems / requests) : "–", "problems"),
      figure(count(upstream.in_flight), "in flight"));
    this.chart.update(upstream.rates);
    this.faults.replaceChildren(...split(upstream.rates.recent));
    this.types.replaceChildren(...codes(upstream.rates.recent));
    this.tags.replaceChildren(...states(upstream));
    this.levels.replaceChildren(...levels(upstream));
  }

  destroy() { this.chart.destroy(); this.element.remove(); }
}

const figure = (value, words) => h("div.number", {}, h("b", {}, value), h("span", {}, words));

// split shows who must act, as shares of all problems.
function split({ faults: by, problems }) {
  if (problems === 0) return [h("p.small.soft", {}, "no problems")];
  const present = faults.filter((fault) => by[fault]);
  const bar = h("div.split", { role: "img", "aria-label": present.map((fault) => `${fault} ${percent(by[fault] / problems)}`).join(", ") });
  for (const fault of present) {
    const part = h("i", { "data-fault": fault });
    part.style.width = `${(by[fault] / problems) * 100}%`;
    bar.append(part);
  }
  return [bar, h("div.legend", {}, present.map((fault) => h("span", {}, faultTag(fault), ` ${count(by[fault])}`)))];
}

// batchWords tell what became of the items of batch answers.
const batchWords = ({ ok, failed, unread }) =>
  `items of batches: ${count(ok)} fine, ${count(failed)} failed${unread ? `, ${count(unread)} could not be read` : ""}`;

// codes lists the commonest types, what callers got as a status, and the items of batches.
function codes({ types, codes: by, items }) {
  const top = (counts, most) => Object.entries(counts).sort(([, a], [, b]) => b - a).slice(0, most);
  const tags = (entries) => h("p.row", {}, entries.map(([name, n]) => h("span.tag", {}, `${name} ${count(n)}`)));
  const shown = top(types, 5);
  return [
    h("div.small", {}, tags(top(by, 8))),
    shown.length ? h("div.small", {}, tags(shown)) : null,
    items.ok + items.failed + items.unread ? h("p.small.soft", {}, batchWords(items)) : null,
  ].filter(Boolean);
}
