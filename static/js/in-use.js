// Whether somebody is at a page: by hand or key, not by its being open.

// Who has not touched the page for so long may have walked away from it.
export const ATTENDED_MS = 60000;
const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"];

export function onUse(note) {
  for (const sign of SIGNS_OF_LIFE) { document.addEventListener(sign, note, { passive: true }); }
}
