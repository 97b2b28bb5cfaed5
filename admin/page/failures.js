// The failures by group; the inbox: those that no rule mapped; and what a shadow profile would map differently.
import { get } from "./api.js";
import { ago, count, empty, faultTag, h, spark } from "./dom.js";

const perPage = 50;

// kinds are the lists that there are: what each asks for, and what it says.
const kinds = {
  failures: { title: "Failures", ask: {}, says: (n) => `${n}: one for each upstream, rule, type, vendor's code and wording.`, none: ["Nothing has failed", "Failures will be here as they happen."] },
  inbox: { title: "Inbox", ask: { unmapped: "true" }, says: (n) => `${n} that no rule mapped. Each is worth a rule with its sample.`, none: ["The inbox is empty", "Every error of a vendor was mapped by a rule of its profile."] },
  shadow: { title: "Shadow", ask: { differs: "true" }, says: (n) => `${n} that the shadow profile would map differently, successes in which it sees an error too.`, none: ["No difference", "The shadow profile reads every answer that came as the live one does."] },
};

export class Failures {
  constructor(query, kind) {
    this.query = query;
    this.kind = kinds[kind];
    this.base = `#/${kind}`;
  }

  async show() {
    this.list = h("div");
    this.heading = h("p.soft");
    this.controls = h("div.filters");
    await this.load();
    return [
      h("div.head", {}, h("div", {}, h("h1", {}, this.kind.title), this.heading), this.controls),
      this.list,
    ];
  }

  async load() {
    const value = (name) => this.query.get(name) ?? "";
    const found = await get("failures", {
      upstream: value("upstream"), type: value("type"), fault: value("fault"), q: value("q"), sort: value("sort"), page: value("page"),
      ...this.kind.ask, per_page: String(perPage),
    });
    this.heading.textContent = this.kind.says(`${count(found.total)} ${found.total === 1 ? "group" : "groups"}`);
    if (!this.controls.contains(document.activeElement)) this.controls.replaceChildren(...this.filters(found));
    this.fill(found);
  }

  // fill shows the groups; the focus stays on the entry it was on.
  fill(found) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (found.total === 0) {
      this.list.replaceChildren(this.query.size === 0 ? empty(...this.kind.none) : empty("Nothing here", "No failure that is kept fits."));
      return;
    }
    this.list.replaceChildren(
      h("div.card.flush", {}, h("ul.list", {}, found.groups.map((group) => h("li", {}, item(group))))),
      this.pager(found));
    if (focused) this.list.querySelector(`a[href="${CSS.escape(focused).replaceAll("\\/", "/").replaceAll("\\#", "#")}"]`)?.focus({ preventScroll: true });
  }

  filters({ upstreams, types }) {
    return [
      this.choice("upstream", "every upstream", upstreams), this.choice("type", "every type", types),
      this.choice("fault", "every fault", ["caller", "account", "credentials", "vendor", "gateway"]),
      this.choice("sort", "last seen", ["count", "first"], { count: "most often", first: "newest kind" }),
      this.query.get("q") ? h("a.button", { href: this.without("q"), title: "Show all again" }, `“${this.query.get("q")}” ✕`) : null,
    ].filter(Boolean);
  }

  choice(name, all, values, words = {}) {
    const current = this.query.get(name) ?? "";
    const options = [...new Set([...values, current].filter(Boolean))];
    return h("select", { "aria-label": name, onchange: (event) => this.go(name, event.target.value) },
      h("option", { value: "" }, all), options.map((value) => h("option", { value, selected: value === current }, words[value] ?? value)));
  }

  go(name, value) {
    const next = new URLSearchParams(this.query);
    if (value) next.set(name, value); else next.delete(name);
    if (name !== "page") next.delete("page");
    location.hash = `${this.base}${next.size ? `?${next}` : ""}`;
  }

  without(name) {
    const next = new URLSearchParams(this.query);
    next.delete(name);
    return `${this.base}${next.size ? `?${next}` : ""}`;
  }

  pager({ total, page, per_page }) {
    const last = Math.max(1, Math.ceil(total / per_page));
    const to = (n, words) => h("button", { type: "button", disabled: n < 1 || n > last, onclick: () => this.go("page", String(n)) }, words);
    return h("nav.pager", { "aria-label": "Pages" }, to(page - 1, "Previous"), h("span.soft.small", {}, `${page} of ${count(last)}`), to(page + 1, "Next"));
  }

  onFailures() { this.load().catch(() => {}); }
}

// shadowed says in short what the shadow profile would change.
const shadowed = ({ changes }) => changes.filter((c) => !["rule", "error"].includes(c.member)).slice(0, 2).map((c) => `${c.member}: ${c.shadow || "none"}`).join(", ");

// item is one group in a list.
function item(group) {
  const meta = [group.upstream || "no upstream", group.type, group.code, group.rule ? `rule ${group.rule}` : group.mapped ? `by ${group.mapped}` : "of the gateway"];
  return h("a.item", { href: `#/failures/${group.id}`, "data-item": "", "data-fault": group.fault },
    h("span.bar"),
    h("span.what", { title: group.detail }, group.template || group.type),
    spark(group.spark),
    h("span.n", { title: "times" }, count(group.count)),
    h("span.when", {}, ago(group.last_seen)),
    h("span.meta", {}, faultTag(group.fault), " · ", meta.filter(Boolean).join(" · "), group.passed ? h("span.tag.bad", {}, "passed as a success") : null, group.differs ? h("span.tag.warn", { title: "what the shadow profile would make of it" }, `shadow → ${shadowed(group)}`) : null));
}
