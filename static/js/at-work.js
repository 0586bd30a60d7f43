// A page of an alert that is filled in, mostly beside the console, which it hides: whoever is at it counts as there.
// By itself and not through the console: a phone lets a hidden tab sleep.

import { ATTENDED_MS, onUse } from "./in-use.js";

const EVERY_MS = 4000;
const GIVE_UP_MS = 4000;
const { atWork } = document.querySelector("[data-at-work]").dataset;
let usedAt = Date.now();

async function tell() {
  if (document.visibilityState === "hidden" || Date.now() - usedAt > ATTENDED_MS) { return; }
  try {
    const headers = { Accept: "application/json" };
    await fetch(atWork, { headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(GIVE_UP_MS) });
  } catch (problem) {
    console.warn("nobody was told that this page is in use:", problem.message);
  }
}

onUse(() => { usedAt = Date.now(); });
document.addEventListener("visibilitychange", tell);
setInterval(tell, EVERY_MS);
tell();
