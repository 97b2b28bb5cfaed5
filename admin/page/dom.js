// Elements, texts and small drawings. Texts of strangers only ever become text nodes.

// h makes an element: h("a.button", {href: "#/"}, "text", other). A null child is left out.
export function h(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && name !== "form") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
export const count = (n) => (n >= 100000 ? new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(n) : number.format(n));
export const percent = (share) => (share > 0 && share < 0.001 ? "<0.1%" : `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)}%`);

// rate is a number of requests per second in words.
export function rate(perSecond) {
  if (perSecond === 0) return "0/s";
  return perSecond < 0.1 ? `${(perSecond * 60).toFixed(1)}/min` : `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
}

// span is a length of time in words.
export function span(seconds) {
  const s = Math.abs(seconds);
  if (s === 0) return "0 s";
  if (s < 1) return `${(s * 1000).toFixed(s < 0.01 ? 1 : 0)} ms`;
  const short = (n) => (n < 10 ? String(Math.round(n * 10) / 10) : String(Math.round(n)));
  if (s < 60) return `${short(s)} s`;
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${short(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}

export const bytes = (n) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`);

// ago is how long something is past, with the moment itself as its title.
export function ago(moment) {
  const at = new Date(moment);
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  return h("time", { dateTime: at.toISOString(), title: at.toISOString().replace("T", " ") },
    seconds < 2 ? "now" : seconds < 60 ? `${Math.floor(seconds)} s ago` : `${span(seconds)} ago`);
}

export const faultTag = (fault) => h("span.fault", { "data-fault": fault }, fault || "no fault");

// facts is a list of names and values; what is empty is left out.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return h("dl.facts", {}, shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// copier is text that a button puts on the clipboard.
export function copier(text, label = "Copy") {
  const button = h("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
      const field = h("textarea", { value: text, readOnly: true });
      button.after(field);
      field.select();
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  } }, label);
  return button;
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)/g;

// json shows a value with its parts told apart by colour.
export function json(value) {
  const text = JSON.stringify(value, null, 2);
  const out = h("pre", { tabIndex: 0 });
  let end = 0;
  for (const found of text.matchAll(token)) {
    const [whole, string, colon, digits] = found;
    const kind = string ? (colon ? "j-key" : "j-text") : digits ? "j-num" : "j-word";
    out.append(text.slice(end, found.index), h(`span.${kind}`, {}, string ?? whole), colon ?? "");
    end = found.index + whole.length;
  }
  out.append(text.slice(end));
  return out;
}

const svg = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// spark draws counts as bars.
export function spark({ counts, step_seconds }) {
  const most = Math.max(1, ...counts);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const drawing = svg("svg", { class: "spark", viewBox: `0 0 ${counts.length * 4} 24`, preserveAspectRatio: "none", role: "img",
    "aria-label": `${total} in the last ${span(counts.length * step_seconds)}` });
  drawing.append(svg("line", { x1: 0, x2: counts.length * 4, y1: 23.5, y2: 23.5 }));
  counts.forEach((n, i) => {
    if (n === 0) return;
    const height = Math.max(2, (n / most) * 22);
    drawing.append(svg("rect", { x: i * 4, y: 23 - height, width: 3, height, rx: 0.6 }));
  });
  return drawing;
}

export function empty(title, text) { return h("div.card.empty", {}, h("h1", {}, title), text); }

export function failed(error) { return h("div.card.error", { role: "alert" }, h("strong", {}, "This did not work. "), error.message); }
