// The levels of an upstream: breaker, cool-down, pauses, quota, queue and who uses it.
import { ago, count, facts, h, span } from "./dom.js";

// states are tags for what is out of the ordinary.
export function states({ throttle, breaker, credentials, rates }) {
  const left = throttle.cooldown_until ? (new Date(throttle.cooldown_until) - Date.now()) / 1000 : 0;
  const tags = throttle.paused.map((p) => h("span.tag.warn", { title: p.reason }, p.consumer ? `${p.consumer} paused` : "paused"));
  if (left > 0) tags.push(h("span.tag.bad", { title: throttle.cooldown_reason }, `cool-down ${span(left)}`));
  if (breaker && breaker.state !== "closed") tags.push(h(`span.tag.${breaker.state === "open" ? "bad" : "warn"}`, { title: breaker.reason }, `breaker ${breaker.state}`));
  if (throttle.mode === "observe") tags.push(h("span.tag", { title: "limits are watched, nothing is held" }, "observing"));
  if ((credentials ?? []).some((c) => c.last_error || c.rejections)) tags.push(h("span.tag.bad", {}, "credential failing"));
  const { requests, problems } = rates.recent;
  if (problems >= requests / 2 && problems > 0) tags.push(h("span.tag.bad", {}, "mostly problems"));
  else if (problems >= requests / 10 && problems > 0) tags.push(h("span.tag.warn", {}, "many problems"));
  return tags.length ? tags : [h("span.tag.ok", {}, "fine")];
}

// quota is a meter of what is left of one limit.
function quota(q) {
  const share = q.limit > 0 ? Math.min(1, Math.max(0, q.remaining) / q.limit) : 0;
  const bar = h("i");
  bar.style.width = `${share * 100}%`;
  return h("div", {},
    h(`span.meter${share <= 0.02 ? ".out" : share < 0.25 ? ".low" : ""}`, { role: "img", "aria-label": `${Math.round(share * 100)}% left` }, bar),
    `${count(q.remaining)} of ${count(q.limit)} left`,
    h("span.soft", {}, ` per ${q.window ? span(q.window) : q.name}${q.reset > 0 ? `, whole in ${span(q.reset)}` : ""}`));
}

function consumers(all) {
  const shown = all.filter((c) => c.waiting || c.in_flight || c.sent_last_minute >= 1).sort((a, b) => b.sent_last_minute - a.sent_last_minute).slice(0, 6);
  if (shown.length === 0) return null;
  return h("div.wide", {}, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "consumer"), ["weight", "sent/min", "waiting"].map((name) => h("th.num", { scope: "col" }, name)))),
    h("tbody", {}, shown.map((c) => h("tr", {}, h("td", {}, c.name), [c.weight, Math.round(c.sent_last_minute), c.waiting].map((n) => h("td.num", {}, count(n))))))));
}

// credential is what is known of one: the age of its token, when that ends, and what went wrong.
function credential(c) {
  const left = c.expires ? (new Date(c.expires) - Date.now()) / 1000 : null;
  return h("div", {}, c.kind,
    c.issued ? h("span.soft", {}, ", token of ", ago(c.issued)) : null,
    left !== null ? h("span.soft", {}, left > 0 ? `, ends in ${span(left)}` : ", ended") : null,
    c.rejections ? h("strong", {}, `, refused ${count(c.rejections)}×`) : null,
    c.last_error ? h("strong", {}, `, ${c.last_error}`) : null);
}

// levels is everything beside the rates.
export function levels({ throttle, breaker, credentials }) {
  const cool = throttle.cooldown_until && new Date(throttle.cooldown_until) > Date.now();
  const list = facts([
    ["quota", throttle.quotas.length ? h("div", {}, throttle.quotas.map(quota)) : null],
    ["queue", throttle.queue ? `${count(throttle.queue)} waiting` : null],
    ["cool-down", cool ? throttle.cooldown_reason || "asked for by the vendor" : null],
    ["paused", throttle.paused.length ? h("div", {}, throttle.paused.map((p) => h("div", {}, `${p.consumer ?? "everybody"}: ${p.reason}, since `, ago(p.since)))) : null],
    ["breaker", breaker ? `${breaker.state}${breaker.reason ? `: ${breaker.reason}` : ""}${breaker.retry_after ? `, next probe in ${span(breaker.retry_after)}` : ""}` : null],
    ["credential", (credentials ?? []).length ? h("div", {}, credentials.map(credential)) : null],
  ]);
  return [list.childElementCount ? list : null, consumers(throttle.consumers)].filter(Boolean);
}
