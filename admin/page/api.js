// What the page knows comes from /api/v1; a failed call throws an Error with the API's own sentence.

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the gateway answered ${response.status}`);
  return body;
}

export const get = async (path, parameters = {}) => {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return answer(await fetch(`/api/v1/${path}${query.size ? `?${query}` : ""}`));
};

export const post = async (path, body) => answer(await fetch(`/api/v1/${path}`, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
}));

// listen follows the events; the browser connects again by itself.
export function listen({ onStatus, onFailures, onLost }) {
  const source = new EventSource("/api/v1/events");
  source.addEventListener("status", (event) => onStatus(JSON.parse(event.data)));
  source.addEventListener("failures", () => onFailures());
  source.addEventListener("error", onLost);
  return source;
}
