// One group: what it is, whom it hits, and the occurrences that are kept.
import { get } from "./api.js";
import { ago, copier, count, failed, faultTag, facts, h, span, spark } from "./dom.js";
import { hand } from "./playground.js";

const mostShown = 100;

// passedWords explain what is no failure yet.
export const passedWords = "Callers got this as a success. It is shown as the shadow profile would turn it into a problem.";

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
      h("div", {}, h("p.small", {}, h("a", { href: "#/failures" }, "Failures")), h("h1", {}, group.template || group.type),
        group.passed ? h("p.soft", {}, passedWords) : null),
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
      ...(group.differs ? [changes(group)] : []),
      ...(group.origin === "upstream" && group.mapped !== "rule" ? [this.drafting(group)] : []),
      occurrences(group));
  }

  // drafting offers a first rule. What was drafted stays when newer failures come.
  drafting(group) {
    this.draft ??= h("section.card", {}, h("div.row.spread", {}, h("h2", {}, "No rule maps this"), h("button.main", { type: "button", onclick: async (event) => {
      event.target.disabled = true;
      try {
        this.draft.append(...drafted(await get(`failures/${group.id}/draft`)));
      } catch (error) {
        this.draft.append(failed(error));
      }
    } }, "Draft a rule")), h("p.note", {}, "With its sample, from the answers that are kept. It changes no reading by itself: you do."));
    return this.draft;
  }

  onFailures() { if (!this.content.contains(document.activeElement)) this.load().catch(() => {}); }
}

// drafted shows what to paste where, or the files of a first profile.
function drafted({ into, rules, profile, samples, skipped = [] }) {
  const part = (title, text, note, ...more) => [h("br"), h("div.row.spread", {}, h("h2", {}, title), h("span.row", {}, more, copier(text))),
    note ? h("p.note", {}, note) : null, h("pre", { tabIndex: 0 }, text)].filter(Boolean);
  const play = profile && h("button", { type: "button", onclick: () => { hand({ yaml: profile, answer: firstAnswer(samples) }); location.hash = "#/playground"; } }, "Try in the playground");
  const files = into
    ? [...part("The rule", rules, `Paste it at the end of the rules of ${into}.yaml. A built-in profile becomes a file of yours by: gateway profiles --yaml ${into}`, play, profile && copier(profile, "Copy the whole profile")),
      ...part("Its sample", samples, `Paste it at the end of ${into}.txtar beside it; gateway check runs it.`)]
    : [...part("profile.yaml", profile, null, play), ...part("profile.txtar", samples, null)];
  return [...files, ...skipped.map((text) => h("p.note", {}, `Left out: ${text}`))];
}

// firstAnswer is the first .http file of an archive.
const firstAnswer = (samples) => samples.split(/^-- .* --\n/m)[1] ?? "";

// changes lists what the shadow profile would make of the last occurrence.
function changes(group) {
  return h("section.card", {}, h("h2", {}, `What the shadow profile would change, ${count(group.differs)}×`), h("div.wide", {}, h("table", {},
    h("thead", {}, h("tr", {}, ["", "live", "shadow"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, group.changes.map((c) => h("tr", {}, h("th", { scope: "row" }, c.member), h("td", {}, c.live || "–"), h("td", {}, c.shadow || "–")))))));
}

function occurrences(group) {
  const rows = group.occurrences.slice(0, mostShown);
  if (rows.length === 0) return h("div.card.empty", {}, h("strong", {}, "No occurrence is kept"), "Newer failures took their place. The next one will be here.");
  return h("section.card", {}, h("h2", {}, `Occurrences`), h("div.wide", {}, h("table.records", {},
    h("thead", {}, h("tr", {}, ["When", "Request", "Consumer"].map((name) => h("th", { scope: "col" }, name)),
      h("th.num", { scope: "col" }, "Code"), h("th.num", { scope: "col" }, "Took"), h("th", { scope: "col" }, "Words"))),
    h("tbody", {}, rows.map((o) => h("tr", {},
      h("td.nowrap", {}, h("a", { href: `#/occurrences/${o.instance}`, "data-item": "" }, ago(o.at))),
      h("td.whole", {}, h("code", {}, `${o.method} ${o.path}`)),
      h("td", {}, o.consumer),
      h("td.num", {}, o.code),
      h("td.num", {}, span(o.seconds), o.attempts > 1 ? ` (${o.attempts}×)` : ""),
      h("td.whole", {}, o.detail)))))));
}
