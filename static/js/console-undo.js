// A decision that can be taken back for two seconds: the other way to take one, chosen on the device.

import { announce, el, hint } from "./console-dom.js";

export const UNDO_MS = 2000;
// A page that slept, or a machine that stood still, must not send what was pressed long ago.
const LATE_MS = 1500;

// The box that says so, with "Undo" in it. `send` is called with it once the time is over, `lost` with words when
// the decision was not sent although nobody took it back.
export function undoBox(alert, label, { explained, undo, send, lost }) {
  let over = false;
  const notSent = (why) => { over = true; lost(`Alert ${alert.number}: not sent, ${why}. Press again.`); };
  const button = el("button", { type: "button", class: "button button--secondary choice--wide" },
    "Undo", el("kbd", { text: "Esc" }));
  const box = el("div", { class: "confirm confirm--undo" },
    el("p", { text: `Alert ${alert.number}: ${label.toLowerCase()}. Sent in two seconds.` }),
    explained && el("p", { class: "confirm__explained", text: explained }),
    el("div", { class: "choices" }, button));
  button.addEventListener("click", () => { over = true; undo(); announce(`Alert ${alert.number}: undone.`); });
  // What is on its way already is not taken back by a cover, and nothing says that it was.
  box.addEventListener("covered", () => { if (!over) { notSent("the screen was covered"); } });
  box.addEventListener("dropped", () => { over = true; });
  const pressedAt = Date.now();
  setTimeout(() => {
    if (over) { return; }
    const late = Date.now() - pressedAt > UNDO_MS + LATE_MS || document.visibilityState === "hidden";
    if (!box.isConnected) { hint(`Alert ${alert.number}: not sent, it changed meanwhile.`); return; }
    if (late) { notSent("this page was asleep"); return; }
    over = true;
    button.disabled = true;
    send(box);
  }, UNDO_MS);
  announce(`Alert ${alert.number}: ${label.toLowerCase()} in two seconds. Escape to undo.`);
  return box;
}

// Another decision took its place, or nobody is signed in any more: nothing is sent, and nothing is said of it.
export function dropUndo(within) {
  for (const box of within.querySelectorAll(".confirm--undo")) { box.dispatchEvent(new CustomEvent("dropped")); }
}
