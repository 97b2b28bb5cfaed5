// The frame: which view a link leads to, the search, the keys, and what is told live.
import { get, listen } from "./api.js";
import { bytes, count, failed } from "./dom.js";
import { Upstreams } from "./upstreams.js";
import { Failures } from "./failures.js";
import { Group } from "./group.js";
import { Occurrence } from "./occurrence.js";
import { Playground } from "./playground.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const search = document.getElementById("q");

// routes lead from a path to its section and view; the first that fits is taken.
const routes = [
  [/^\/?$/, "upstreams", () => new Upstreams()],
  [/^\/failures$/, "failures", (_, query) => new Failures(query, "failures")],
  [/^\/failures\/([0-9a-f]+)$/, "failures", ([, id]) => new Group(id)],
  [/^\/occurrences\/(.+)$/, "failures", ([, id]) => new Occurrence(decodeURIComponent(id))],
  [/^\/inbox$/, "inbox", (_, query) => new Failures(query, "inbox")],
  [/^\/shadow$/, "shadow", (_, query) => new Failures(query, "shadow")],
  [/^\/playground$/, "playground", () => new Playground()],
];

const state = { view: null, status: null, path: null };

// open shows the view that the location's hash leads to.
async function open() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const found = routes.map(([pattern, section, make]) => [path.match(pattern), section, make]).find(([match]) => match);
  if (!found) { location.hash = "#/"; return; }
  const [match, section, make] = found;
  state.view?.leave?.();
  const view = make(match, new URLSearchParams(query));
  state.view = view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.section !== section) link.removeAttribute("aria-current");
    else {
      link.setAttribute("aria-current", "page");
      link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 40; // where the sections do not fit
    }
  }
  try {
    const content = await view.show(state.status);
    if (state.view !== view) return;
    main.replaceChildren(...content);
    view.shown?.();
  } catch (error) {
    if (state.view !== view) return;
    main.replaceChildren(failed(error));
  }
  document.title = `${main.querySelector("h1")?.textContent ?? section} · gateway`;
  if (state.path !== null && state.path !== path) { main.focus({ preventScroll: true }); scrollTo(0, 0); }
  state.path = path;
}

// tell shows what the newest status says of the gateway itself.
function tell(status) {
  state.status = status;
  live.dataset.state = status.ready ? "live" : "unready";
  live.textContent = status.ready ? "live" : `not ready: ${status.not_ready}`;
  const { groups, occurrences, bytes: kept, lost } = status.kept;
  document.getElementById("about").textContent =
    `gateway ${status.version} · ${count(groups)} groups, ${count(occurrences)} failures kept in ${bytes(kept)}${lost ? `, ${count(lost)} more came too fast` : ""}`;
  document.querySelector('nav a[data-section="shadow"]').hidden = !Object.values(status.upstreams).some((upstream) => upstream.shadow);
  document.getElementById("last").textContent = document.querySelectorAll("nav a:not([hidden])").length;
  state.view?.onStatus?.(status);
}

async function countInbox() {
  const { total } = await get("failures", { unmapped: "true", per_page: "1" });
  const badge = document.getElementById("inbox-count");
  badge.hidden = total === 0;
  badge.textContent = count(total);
}

// find leads to the one occurrence that an id names, else to the groups that have the words.
async function find(text) {
  const { occurrences } = await get("occurrences", { id: text });
  if (occurrences.length === 1) location.hash = `#/occurrences/${occurrences[0].instance}`;
  else location.hash = occurrences.length ? `#/occurrences/${encodeURIComponent(text)}` : `#/failures?q=${encodeURIComponent(text)}`;
}

document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = search.value.trim();
  search.blur();
  search.value = "";
  if (text) find(text).catch((error) => main.replaceChildren(failed(error)));
});

// move puts the focus on the next or previous entry of a list.
function move(by) {
  const items = [...main.querySelectorAll("[data-item]")];
  if (items.length === 0) return;
  const at = items.indexOf(document.activeElement);
  items[Math.min(Math.max(at + by, 0), items.length - 1)].focus();
}

const keys = {
  "/": () => search.focus(), j: () => move(1), k: () => move(-1),
};

// section is the link that a digit means, counted among those that are shown; undefined for any other key.
const section = (key) => document.querySelectorAll("nav a:not([hidden])")[key - 1];

// meaning is what a key does; undefined: nothing.
function meaning(key) {
  const link = section(key);
  return link ? () => link.click() : keys[key];
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  const act = meaning(event.key);
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !act) {
    if (event.key === "Escape") typing?.blur();
    return;
  }
  event.preventDefault();
  act();
});

addEventListener("hashchange", open);
listen({
  onStatus: tell,
  onFailures: () => { state.view?.onFailures?.(); countInbox().catch(() => {}); },
  onLost: () => { live.dataset.state = "lost"; live.textContent = "connection lost"; },
});
countInbox().catch(() => {});
open();
