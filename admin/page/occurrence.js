// One occurrence, found by any of its ids: the problem beside what the vendor really said.
import { get } from "./api.js";
import { ago, copier, count, empty, faultTag, facts, h, json, span } from "./dom.js";
import { passedWords } from "./group.js";
import { hand } from "./playground.js";

export class Occurrence {
  constructor(id) { this.id = id; }

  async show() {
    const { occurrences, hint } = await get("occurrences", { id: this.id });
    if (occurrences.length === 0) return [empty("Not here", hint)];
    if (occurrences.length === 1 && !hint) return [whole(occurrences[0])];
    return [h("div.stack", {}, h("div", {}, h("h1", {}, `${occurrences.length} failures with this id`), h("p.soft.mono", {}, this.id), hint ? h("p.note", {}, hint) : null),
      occurrences.map(whole))];
  }
}

function whole(o) {
  const problem = o.problem;
  return h("div.stack", {},
    h("div", {},
      h("p.small", {}, h("a", { href: "#/failures" }, "Failures"), " / ", h("a", { href: `#/failures/${o.group}` }, "group")),
      h("h1", {}, problem.title ?? "A failure"),
      h("p.soft", {}, problem.detail ?? ""),
      o.passed ? h("p.note", {}, passedWords) : null),
    h("div.pair", {}, request(o), answerFacts(o)),
    h("div.pair", {},
      h("section.card", {}, h("div.row.spread", {}, h("h2", {}, o.passed ? "The problem by the shadow profile" : "The problem"), copier(JSON.stringify(problem, null, 2))), json(problem)),
      vendor(o)),
    o.batch ? batch(o.batch) : null,
    h("section.card", {}, h("div.row.spread", {}, h("h2", {}, "Repeat the request"), copier(o.curl)), h("pre", { tabIndex: 0 }, o.curl),
      h("p.note", {}, "Secrets are left out: fill in what is marked, and put a body into the file it names.")));
}

const id = (text) => text && h("span", {}, h("code", {}, text));

function request(o) {
  return h("section.card", {}, h("h2", {}, "The request"), facts([
    ["when", h("span", {}, ago(o.at), ` · ${o.at.slice(0, 23).replace("T", " ")} UTC`)],
    ["request", h("code", {}, `${o.method} ${o.path}`)],
    ["upstream", o.upstream],
    ["consumer", o.consumer],
    ["instance", id(o.instance)],
    ["request id", id(o.request_id)],
    ["vendor's id", id(o.vendor_request_id)],
    ["trace", id(o.trace_id)],
  ]));
}

function answerFacts(o) {
  const problem = o.problem;
  const tries = o.tries.map((a) => `${a.code || "no answer"} after ${span(a.seconds)}${a.retry ? `, again because of ${a.retry}` : ""}`);
  return h("section.card", {}, h("h2", {}, "What was made of it"), facts([
    ["sent", o.passed ? `${o.code}, a success` : o.batch ? `${o.code}, in which this item failed: ${problem.code}` : `${o.code} ${problem.code}`],
    ["who must act", faultTag(problem.fault)],
    ["same again later", problem.retryable ? `may work${problem.retry_after !== undefined ? `, in ${span(problem.retry_after)}` : ""}` : "will fail again"],
    ["what to do", (problem.hints ?? []).length ? h("ul.plain", {}, problem.hints.map((hint) => h("li", {}, hint))) : null],
    ["documented", /^https?:/.test(problem.docs ?? "") ? h("a", { href: problem.docs, rel: "noreferrer" }, problem.docs) : null],
    ["mapped by", o.rule ? h("span", {}, "rule ", h("code", {}, o.rule)) : problem.mapped ?? "the gateway itself"],
    ["body", o.body_note],
    ["took", `${span(o.seconds)}, the vendor ${span(o.upstream_seconds)}${o.throttled_seconds ? `, held ${span(o.throttled_seconds)}` : ""}`],
    ["attempts", tries.length ? h("span", {}, tries.map((text, i) => h("span", {}, i ? h("br") : null, text))) : "none"],
    ["cause", o.error],
  ]));
}

// batch tells of the answer that the failed item was part of.
function batch({ item, ok, failed, unread, statuses, items }) {
  return h("section.card", {}, h("h2", {}, "The batch"),
    h("p", {}, `Item ${item + 1} of a batch answer: ${count(ok)} items are fine, ${count(failed)} failed${unread ? `, ${count(unread)} could not be read` : ""}.`),
    h("p.row.small", {}, statuses.map((s) => h(`span.tag.${s.status >= 400 || s.status === 0 ? "warn" : "ok"}`, {}, `${s.status || "no status"} ${count(s.items)}×`))),
    h("div.wide", {}, h("table", {},
      h("thead", {}, h("tr", {}, h("th.num", { scope: "col" }, "Item"), ["Names itself", "Status", "Type", "Words"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, items.map((o) => h("tr", {},
        h("td.num", {}, o.index === item ? h("strong", {}, o.index + 1) : h("a", { href: `#/occurrences/${o.instance}`, "data-item": "" }, o.index + 1)),
        h("td", {}, h("code", {}, o.key || "–")), h("td", {}, o.status || "–"), h("td", {}, o.type), h("td", {}, o.detail)))))),
    failed > items.length ? h("p.note", {}, `The first ${items.length} of those that failed are kept.`) : null);
}

function vendor(o) {
  if (!o.answer) {
    return h("section.card", {}, h("h2", {}, "The vendor's answer"), h("p.soft", {}, "None came: the gateway answered by itself."));
  }
  const play = h("button", { type: "button", onclick: () => { hand({ upstream: o.upstream, answer: o.answer }); location.hash = "#/playground"; } }, "Try in the playground");
  return h("section.card", {}, h("div.row.spread", {}, h("h2", {}, o.batch ? "The item of the vendor's answer" : "The vendor's answer"), h("span.row", {}, play, copier(o.answer))),
    h("pre", { tabIndex: 0 }, o.answer),
    o.answer_cut ? h("p.note", {}, "The body was longer, or ended early; this is its beginning.") : null);
}
