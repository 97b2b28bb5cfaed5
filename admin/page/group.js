// One group: what it is, whom it hits, and the occurrences that are kept.
import { get } from "./api.js";
import { ago, count, faultTag, facts, h, span, spark } from "./dom.js";

const mostShown = 100;

export class Group {
  constructor(id) { this.id = id; }

  async show() {
    this.content = h("div.stack");
    await this.load();
    return [this.content];
  }

  async load() {
    const group = await get(`failures/${this.id}`);
    const consumers = Object.entries(group.consumers).sort(([, a], [, b]) => b - a);
    this.content.replaceChildren(
      h("div", {}, h("p.small", {}, h("a", { href: "#/failures" }, "Failures")), h("h1", {}, group.template || group.type)),
      h("div.pair", {},
        h("section.card", {}, h("h2", {}, "What"), facts([
          ["type", h("code", {}, group.type)],
          ["who must act", faultTag(group.fault)],
          ["upstream", group.upstream && h("a", { href: `#/failures?upstream=${encodeURIComponent(group.upstream)}` }, group.upstream)],
          ["vendor's code", group.code && h("code", {}, group.code)],
          ["mapped by", group.rule ? h("span", {}, "rule ", h("code", {}, group.rule)) : group.mapped],
          ["last words", group.detail],
        ])),
        h("section.card", { "data-fault": group.fault }, h("h2", {}, "How often"), facts([
          ["count", count(group.count)],
          ["last seen", ago(group.last_seen)],
          ["first seen", ago(group.first_seen)],
          ["last hour", spark(group.spark)],
          ["consumers", consumers.map(([name, n]) => `${name} ${count(n)}`).join(", ")],
        ]))),
      occurrences(group));
  }

  onFailures() { if (!this.content.contains(document.activeElement)) this.load().catch(() => {}); }
}

function occurrences(group) {
  const rows = group.occurrences.slice(0, mostShown);
  if (rows.length === 0) return h("div.card.empty", {}, h("strong", {}, "No occurrence is kept"), "Newer failures took their place. The next one will be here.");
  return h("section.card", {}, h("h2", {}, `Occurrences`), h("div.wide", {}, h("table", {},
    h("thead", {}, h("tr", {}, ["When", "Request", "Consumer"].map((name) => h("th", { scope: "col" }, name)),
      h("th.num", { scope: "col" }, "Code"), h("th.num", { scope: "col" }, "Took"), h("th", { scope: "col" }, "Words"))),
    h("tbody", {}, rows.map((o) => h("tr", {},
      h("td.nowrap", {}, h("a", { href: `#/occurrences/${o.instance}`, "data-item": "" }, ago(o.at))),
      h("td", {}, h("code", {}, `${o.method} ${o.path}`)),
      h("td", {}, o.consumer),
      h("td.num", {}, o.code),
      h("td.num", {}, span(o.seconds), o.attempts > 1 ? ` (${o.attempts}×)` : ""),
      h("td", {}, o.detail)))))));
}
