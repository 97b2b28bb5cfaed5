// What an operator may do to an upstream: hold it and let it go, always with a reason that callers see.
import { post } from "./api.js";
import { h } from "./dom.js";

export function controls(upstream) {
  const reason = h("input", { placeholder: "reason, which callers see", "aria-label": "Reason", maxLength: 200, required: true });
  const time = h("input", { value: "5m", size: 5, "aria-label": "How long to cool down, as in 5m" });
  const consumer = h("input", { placeholder: "every consumer", size: 14, "aria-label": "Consumer; empty for all" });
  const outcome = h("p.note", { role: "status" });
  const order = (action, body, words, needsReason) => h("button", { type: "button", onclick: async () => {
    if (needsReason && !reason.reportValidity()) return;
    try {
      await post(`upstreams/${encodeURIComponent(upstream)}/${action}`, body());
      outcome.textContent = "Done.";
      reason.value = "";
    } catch (error) {
      outcome.textContent = error.message;
    }
  } }, words);
  return h("details", {}, h("summary", {}, "Hold or release"),
    h("div.act", {}, reason),
    h("div.act", {}, consumer,
      order("pause", () => ({ consumer: consumer.value.trim(), reason: reason.value }), "Pause", true),
      order("resume", () => ({ consumer: consumer.value.trim() }), "Resume", false)),
    h("div.act", {}, time,
      order("cooldown", () => ({ for: time.value.trim(), reason: reason.value }), "Cool down", true),
      order("cooldown", () => ({ clear: true }), "End cool-downs", false)),
    outcome);
}
