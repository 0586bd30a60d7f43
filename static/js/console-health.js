// Cameras and recognition, always in view: what works in one line, what does not in plain sentences.

import { announce, byId, clock, el } from "./console-dom.js";

const ASK_EVERY_MS = 3000;
const GIVE_UP_MS = 5000;
const STALE_AFTER_MS = 10000;

let known = null;
let answeredAt = Date.now();
let problemKeys = new Set();
let stale = false;

/** `lost`: whether nothing comes through. `tick`, to be called often, says so here too as soon as it is known. */
export function watchHealth(address, { stopped, lost, still }) {
  const isStale = () => lost() || Date.now() - answeredAt >= STALE_AFTER_MS;
  const tick = () => {
    if (stopped() || isStale() === stale) { return; }
    stale = !stale;
    still(stale ? showStale : showKnown);
  };
  const round = async () => {
    if (stopped()) { return; }
    try {
      const response = await fetch(address, {
        headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      if (response.status === 503) {
        const { code, error } = await response.json();
        if (!stopped()) { still(() => away(code, error)); }
        return;
      }
      if (!response.ok) { throw new Error(`answer ${response.status}`); }
      const health = await response.json();
      if (!stopped()) { still(() => take(health)); }
    } catch (problem) {
      console.warn("asking for the health of the cameras failed:", problem.message);
    }
    tick();
  };
  setInterval(round, ASK_EVERY_MS);
  round();
  return { tick };
}

function take(health) {
  known = health;
  answeredAt = Date.now();
  if (!stale) { showKnown(); }
  tellWhatChanged(health);
}

function showKnown() {
  const health = known;
  if (!health) { return; }
  byId("cameras-text").textContent = health.summary;
  byId("cameras").dataset.level = level(health);
  byId("camera-list").replaceChildren(
    el("li", {}, el("b", { text: health.recognition.words })), ...health.cameras.map(line));
  const trouble = byId("trouble");
  trouble.hidden = health.problems.length === 0;
  byId("trouble-list").replaceChildren(...health.problems.map(({ words }) => el("li", { text: words })));
}

// The platform answers, and says why it knows nothing: that is no age of the last answer, but a trouble in words.
function away(code, words) {
  known = null;
  byId("cameras").dataset.level = "unknown";
  byId("cameras-text").textContent = "Cameras unknown";
  byId("camera-list").replaceChildren(el("li", { text: "Nothing is known of the cameras now." }));
  byId("trouble").hidden = false;
  byId("trouble-list").replaceChildren(el("li", { text: words }));
  tellWhatChanged({ problems: [{ key: code, words }] });
}

// Of somebody who is signed out: nothing is known, and nothing is wrong that they could see to.
export function forgetHealth() {
  known = null;
  byId("cameras").hidden = true;
  byId("trouble").hidden = true;
}

function level(health) {
  if (health.recognition.state === "off") { return "off"; }
  return health.problems.length ? "degraded" : "good";
}

function line(camera) {
  const age = camera.last_frame_age_s;
  const seen = age === null ? "no picture yet" : `last picture ${age < 10 ? age.toFixed(1) : Math.round(age)} s ago`;
  const relay = camera.relay_name
    ? `relay ${camera.relay_name} ${camera.relay_connected ? "connected" : "not connected"}` : "no relay";
  const counts = [["received", "received"], ["dropped", "overtaken"], ["refused", "refused"]]
    .map(([name, word]) => `${camera[name].toLocaleString("en-GB")} ${word}`).join(", ");
  return el("li", { dataset: { state: camera.state } },
    el("span", { class: "mark", "aria-hidden": "true" }),
    el("span", {}, el("b", { text: `${camera.name}: ${camera.state_words}` }), ` · ${seen} · ${relay} · ${counts}`));
}

// Spoken when something new is wrong, or nothing is any more; never because its seconds went on.
function tellWhatChanged(health) {
  const now = new Set(health.problems.map(({ key }) => key));
  const fresh = health.problems.filter(({ key }) => !problemKeys.has(key)).map(({ words }) => words);
  if (fresh.length) { announce(fresh.join(" ")); }
  else if (problemKeys.size && !now.size) { announce(`Put right. ${health.summary}.`); }
  problemKeys = now;
}

// What was green a while ago may be anything by now.
function showStale() {
  const since = known ? ` since ${clock(new Date(answeredAt).toISOString())}` : "";
  byId("cameras").dataset.level = "unknown";
  byId("cameras-text").textContent = `Cameras unknown${since}`;
  byId("camera-list").replaceChildren(el("li", { text: "Nothing is known of the cameras now." }));
}
