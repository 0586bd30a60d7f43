// Fetches this page again every few seconds and replaces the parts marked data-refresh, so that a board stays
// true without being reloaded. Without this script the page says when it was made and has a link to reload.

import { isCovered, isRedirect, isRefusal, stillIn } from "./still-in.js";

const EVERY_MS = 5000;
const GIVE_UP_MS = 4000;
const stale = document.getElementById("stale");
const who = (page) => page.querySelector("[data-person]")?.dataset.person;
let asking = false;
let over = false;
let answered = new Date();

async function refresh() {
  if (document.hidden || asking || over || isCovered()) { return; }
  asking = true;
  try {
    // Not followed: what the sign-in page has to say, it says once, and to a person.
    const response = await fetch(location.href, {
      signal: AbortSignal.timeout(GIVE_UP_MS), headers: { Accept: "text/html" }, redirect: "manual",
    });
    if (!response.ok && !isRefusal(response)) { throw new Error(String(response.status)); }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (isRefusal(response) || who(fresh) !== who(document)) { await refused(response, fresh); return; }
    for (const part of document.querySelectorAll("[data-refresh]")) {
      const next = fresh.getElementById(part.id);
      // What somebody has typed or chosen just now stays as it is until they have left it.
      if (next && !inUse(part) && shown(next) !== shown(part)) { replace(part, next); }
    }
    answered = new Date();
    say(false);
  } catch {
    say(true);
  } finally {
    asking = false;
  }
}

// Signed out: the page is covered. Signed in, and not for them any more: the server's own words take its place.
async function refused(response, fresh) {
  const still = await stillIn();
  if (!still) { throw new Error("nobody can say who is signed in"); }
  if (still === "out") { return; }
  over = true;
  // Led elsewhere, what came is another page, with scripts of its own.
  if (isRedirect(response) || response.ok) { location.replace(location.pathname + location.search); return; }
  const main = document.getElementById("main");
  document.title = fresh.title;
  main.replaceChildren(...fresh.getElementById("main").childNodes);
  main.focus();
}

function say(lost) {
  if (!stale || stale.hidden !== lost) { return; }
  const since = document.getElementById("stale-since");
  if (since) { since.textContent = ` since ${answered.toLocaleTimeString("en-GB", { timeZone: "Europe/London" })}`; }
  stale.hidden = !lost;
}

// A field under the hand, or with something typed or chosen in it that was not sent yet.
function inUse(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, textarea, select")) { return true; }
  return [...part.querySelectorAll("input, textarea, select")].some(
    (field) => field.type !== "hidden" && (field.matches("select")
      ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
      : field.value !== field.defaultValue || field.checked !== field.defaultChecked));
}

// A link or button that has the focus keeps it in the new words, if it is still there; never another one.
function replace(part, next) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const known = active ? named(active) : "";
  part.replaceChildren(...next.childNodes);
  if (!active) { return; }
  const again = [...part.querySelectorAll("a, button, summary")].find((element) => named(element) === known);
  if (again) {
    again.focus({ preventScroll: true });
  } else {
    part.tabIndex = -1;
    part.focus({ preventScroll: true });
  }
}

function named(element) {
  return `${element.tagName} ${element.getAttribute("href") || ""} ${element.textContent.trim()}`;
}

// The token of a form is another one in each answer and says nothing.
function shown(part) {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) { token.remove(); }
  return copy.innerHTML;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
document.addEventListener("uncovered", refresh);
window.addEventListener("online", refresh);
window.addEventListener("offline", () => say(true));
