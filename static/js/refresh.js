// Fetches this page again every few seconds and replaces the parts marked data-refresh, so that a board stays
// true without being reloaded. Without this script the page says when it was made and has a link to reload.

const EVERY_MS = 5000;
const GIVE_UP_MS = 8000;
const stale = document.getElementById("stale");

async function refresh() {
  if (document.hidden) { return; }
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(GIVE_UP_MS), headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) { throw new Error(String(response.status)); }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-refresh]")) {
      const next = fresh.getElementById(part.id);
      // What somebody is using just now stays as it is until they have left it.
      if (next && !inUse(part) && shown(next) !== shown(part)) {
        part.replaceChildren(...next.childNodes);
      }
    }
    if (stale) { stale.hidden = true; }
  } catch {
    if (stale) { stale.hidden = false; }
  }
}

// Under the hand, or with something typed or chosen in it that was not sent yet.
function inUse(part) {
  if (part.contains(document.activeElement)) { return true; }
  return [...part.querySelectorAll("input, textarea")].some(
    (field) => field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked));
}

// The token of a form is another one in each answer and says nothing.
function shown(part) {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) { token.remove(); }
  return copy.innerHTML;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
