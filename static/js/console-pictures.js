// The two faces of an alert. Every load of a face is a recorded look at it: so nothing is loaded for somebody
// who has nothing to decide with it, nor for a card that is not in view, unless they ask; and what is loaded goes
// from card to card as it is. A face is drawn on a canvas and kept nowhere else: no address of it exists in the
// browser, and emptying the canvas is the end of it.

import { el, setText } from "./console-dom.js";

const GIVE_UP_MS = 15000;
const SLOW_MS = 2500;
const AGAIN_AFTER_MS = [1000, 3000];
// On a dull connection more of them would only share it, and none would be there in time.
const AT_ONCE = 4;
// Pictures of an alert die on the server after 24 hours at the latest.
const KEPT_MS = 24 * 60 * 60 * 1000;
const GONE = { 403: "No picture: not for you now", 404: "Picture deleted", 410: "Picture deleted" };
const NO_CONNECTION = "No picture: no connection";

const pairs = new Set();
const line = [];
let running = 0;
// Covered, hidden or left: no face is fetched and none is kept.
let away = false;

// `asks`: this person has something to do here, and no colleague is at it.
export function pair(alert, old, asks) {
  if (!alert.pictures) { return null; }
  const kept = old?.querySelector(".pair");
  if (kept && kept.dataset.candidate === String(alert.pictures.candidate)) { return kept; }
  const age = alert.picture_age_days;
  const shown = el("div", { class: "pair", dataset: { candidate: String(alert.pictures.candidate) } },
    face("From the camera"), face(`From the watchlist${age === null ? "" : `, taken ${ageWords(age)} ago`}`));
  shown.raisedAt = Date.parse(alert.raised_at);
  shown.number = alert.number;
  shown.asks = asks;
  shown.look = () => load(shown, alert);
  if (!asks) { offer(shown); }
  pairs.add(shown);
  seen.observe(shown);
  return shown;
}

const seen = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    target.near = isIntersecting;
    lookIfWanted(target);
  }
}, { rootMargin: "25% 0px" });

const lookIfWanted = (shown) => {
  if (shown.asks && shown.near && !shown.dataset.shown && !shown.over) { shown.look(); }
};

// Also when the claim of a colleague has ended and the alert waits for this person.
export function lookWhenAsked(card, asks) {
  const shown = card.querySelector(".pair");
  if (!shown) { return; }
  shown.asks = asks;
  lookIfWanted(shown);
}

// Its time is up, or the platform no longer has them: nothing can be decided with these faces.
export function endPictures(card, words) {
  const shown = card.querySelector(".pair");
  if (!shown || shown.over) { return; }
  shown.over = true;
  empty(shown);
  for (const frame of shown.querySelectorAll(".face__frame")) { say(frame, words); }
}

export function endOldPictures(card, now) {
  const shown = card.querySelector(".pair");
  if (shown && now - shown.raisedAt >= KEPT_MS) { endPictures(card, "Picture deleted"); }
}

// Of every card: the screen may be somebody else's to see. Also what was shown by request needs to be asked for again.
export function hidePictures() {
  away = true;
  for (const shown of pairs) {
    if (!shown.dataset.shown || shown.over) { continue; }
    empty(shown);
    delete shown.dataset.shown;
    if (!shown.asks) { offer(shown); }
  }
}

export function allowPictures() {
  away = false;
  pairs.forEach(lookIfWanted);
}

// What is on the page no more is in memory no more.
export function sweepPictures() {
  for (const shown of pairs) {
    if (shown.isConnected) { continue; }
    empty(shown);
    seen.unobserve(shown);
    pairs.delete(shown);
  }
}

function empty(shown) {
  shown.fetching?.abort();
  for (const canvas of shown.querySelectorAll("canvas")) {
    canvas.width = 0;
    canvas.height = 0;
  }
  shown.querySelectorAll(".face__frame, .pair__show").forEach((part) => part.replaceChildren());
  shown.querySelector(".pair__show")?.remove();
}

function offer(shown) {
  const button = el("button", { type: "button", class: "toggle pair__show", text: "Show pictures" },
    el("span", { class: "visually-hidden", text: ` of alert ${shown.number}` }));
  button.addEventListener("click", () => {
    button.closest(".card").focus({ preventScroll: true });
    shown.look();
  });
  shown.append(button);
}

function load(shown, alert) {
  if (away || shown.over) { return; }
  shown.dataset.shown = "1";
  shown.querySelector(".pair__show")?.remove();
  shown.fetching = new AbortController();
  const { signal } = shown.fetching;
  const [probe, candidate] = shown.querySelectorAll(".face__frame");
  show(probe, alert.pictures.probe, `Face of the person at ${alert.camera}`, signal).then((drawn) => {
    if (drawn) { shown.dispatchEvent(new CustomEvent("looked", { bubbles: true, detail: alert.id })); }
  });
  show(candidate, alert.pictures.candidate, "Face of the listed person", signal);
}

// Whether the face is there in the end. Says meanwhile what it waits for.
async function show(frame, address, alternative, signal) {
  if (!address) { say(frame, "Picture deleted"); return false; }
  for (let tries = 0; !signal.aborted; tries += 1) {
    say(frame, tries ? `${NO_CONNECTION}. Trying again…` : "Loading…");
    const slow = setTimeout(() => say(frame, "Slow connection: still loading…"), SLOW_MS);
    try {
      draw(frame, await inTurn(() => fetched(address, signal)), alternative, signal);
      return !signal.aborted;
    } catch (problem) {
      if (signal.aborted) { return false; }
      console.warn("a picture did not come:", problem.message);
      if (problem.words) { say(frame, problem.words); return false; }
      if (tries >= AGAIN_AFTER_MS.length) { offerAgain(frame, () => show(frame, address, alternative, signal)); return false; }
      say(frame, `${NO_CONNECTION}. Trying again…`);
    } finally {
      clearTimeout(slow);
    }
    await new Promise((on) => { setTimeout(on, AGAIN_AFTER_MS[tries]); });
  }
  return false;
}

// At most so many at a time, in the order in which they were wanted.
async function inTurn(work) {
  if (running >= AT_ONCE) { await new Promise((on) => { line.push(on); }); }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    line.shift()?.();
  }
}

async function fetched(address, signal) {
  const trial = new AbortController();
  const stop = () => trial.abort();
  signal.addEventListener("abort", stop, { once: true });
  const late = setTimeout(stop, GIVE_UP_MS);
  try {
    if (signal.aborted) { throw new Error("no longer wanted"); }
    const answer = await fetch(address, { cache: "no-store", redirect: "error", signal: trial.signal });
    if (!answer.ok) { throw Object.assign(new Error(`answer ${answer.status}`), { words: GONE[answer.status] }); }
    return await createImageBitmap(await answer.blob());
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
  }
}

function draw(frame, bitmap, alternative, signal) {
  if (!signal.aborted) {
    const canvas = el("canvas", { role: "img", "aria-label": alternative, width: bitmap.width, height: bitmap.height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    // Not to be saved by the browser's own menu.
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    frame.replaceChildren(canvas);
  }
  bitmap.close();
}

function say(frame, words) {
  if (frame.firstElementChild?.tagName === "SPAN") { setText(frame.firstElementChild, words); return; }
  frame.replaceChildren(el("span", { text: words }));
}

function offerAgain(frame, again) {
  const button = el("button", { type: "button", class: "toggle" }, "Try again");
  button.addEventListener("click", () => {
    button.closest(".card").focus({ preventScroll: true });
    again();
  });
  frame.replaceChildren(el("span", { text: `${NO_CONNECTION}.` }), button);
}

function face(caption) {
  return el("figure", { class: "face" }, el("div", { class: "face__frame" }), el("figcaption", { text: caption }));
}

function ageWords(days) {
  if (days < 60) { return `${days} ${days === 1 ? "day" : "days"}`; }
  const months = Math.floor(days / 30.44);
  return months < 24 ? `${months} months` : `${Math.floor(days / 365.25)} years`;
}
