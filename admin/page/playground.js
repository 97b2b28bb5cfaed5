// The playground: what would the gateway make of an answer, by which rule, and why not by another?
import { get, post } from "./api.js";
import { failed, h, json } from "./dom.js";

const example = `> GET /api/rest/v1/products/none
HTTP/1.1 404 Not Found
Content-Type: application/json

{"code": 404, "message": "Product \\"none\\" does not exist."}
`;

// handed is what another view wants looked at.
let handed = null;
export const hand = (question) => { handed = question; };

export class Playground {
  async show() {
    const { profiles } = await get("profiles");
    const given = handed ?? {};
    handed = null;
    const chosen = profiles.find((p) => p.upstreams.includes(given.upstream))?.name ?? (given.answer ? "" : profiles.find((p) => p.name === "akeneo")?.name ?? "");
    this.profile = h("select", { id: "profile", onchange: () => this.choose() },
      h("option", { value: "" }, "generic reader (no profile)"),
      profiles.map((p) => h("option", { value: p.name, selected: p.name === chosen }, `${p.name} · ${p.vendor}`)));
    this.yaml = h("textarea", { id: "yaml", rows: 14, spellcheck: false, placeholder: "vendor: Example\nrules:\n  - name: …" });
    this.edit = h("details", {}, h("summary", {}, "Edit the profile"), h("br"), h("label.unseen", { htmlFor: "yaml" }, "The profile as YAML"), this.yaml,
      h("p.note", {}, "Edits stay on this page. Save the result as a file and name it in the upstream's profile."));
    this.request = h("input", { id: "request", placeholder: "as the answer says, else GET /", spellcheck: false });
    this.answer = h("textarea", { id: "answer", rows: 14, spellcheck: false, value: given.answer ?? example });
    this.result = h("div.stack", { "aria-live": "polite" });
    await this.choose();
    if (given.yaml) {
      this.yaml.value = given.yaml;
      this.edit.open = true;
    }
    return [
      h("div.head", {}, h("div", {}, h("h1", {}, "Playground"), h("p.soft", {}, "Paste an answer as curl -si prints it. It is read here and kept nowhere."))),
      h("div.pair", {}, this.form(), this.result),
    ];
  }

  shown() { this.explain(); }

  form() {
    return h("form.card.fields", { onsubmit: (event) => { event.preventDefault(); this.explain(); }, onkeydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.explain();
    } },
    h("div", {}, h("label", { htmlFor: "profile" }, "Profile"), this.profile), this.edit,
    h("div", {}, h("label", { htmlFor: "request" }, "Request"), this.request),
    h("div", {}, h("label", { htmlFor: "answer" }, "Answer"), this.answer),
    h("div.row", {}, h("button.main", { type: "submit" }, "Explain"), h("span.soft.small", {}, "or Ctrl+Enter")));
  }

  // choose fills the editor with the chosen profile.
  async choose() {
    const name = this.profile.value;
    this.original = name ? (await get(`profiles/${encodeURIComponent(name)}`)).yaml : "";
    this.yaml.value = this.original;
  }

  async explain() {
    const edited = this.yaml.value !== this.original && this.yaml.value.trim() !== "";
    try {
      const found = await post("explain", {
        profile: edited ? "" : this.profile.value, yaml: edited ? this.yaml.value : "", request: this.request.value.trim(), answer: this.answer.value,
      });
      this.result.replaceChildren(verdict(found), ...reasons(found));
    } catch (error) {
      this.result.replaceChildren(failed(error));
    }
  }
}

function verdict(found) {
  if (!found.error) {
    return h("section.card", {}, h("div.verdict", {}, h("span.tag.ok", {}, "no error")), h("p", {}, "The answer passes unchanged: it is a success that no rule matches."));
  }
  const by = found.rule ? h("span.tag.ok", {}, `rule ${found.rule}`) : h("span.tag.warn", {}, `no rule: by ${found.mapped}`);
  return h("section.card", {}, h("div.verdict", {}, by, h("span.tag", {}, found.problem.code), found.body ? h("span.tag.warn", {}, `the body is ${found.body}`) : null), json(found.problem));
}

// reasons tell what each earlier rule lacked.
function reasons({ missed = [], rule }) {
  if (missed.length === 0) return [];
  return [h("section.card", {}, h("h2", {}, rule ? "Why not an earlier rule" : "Why no rule"),
    h("ol.why", {}, missed.map((miss) => h("li", {}, h("code", {}, miss.rule), `: ${miss.lacks}`))))];
}
