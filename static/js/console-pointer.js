// Where the hand is: the alert under the pointer, or the one that was touched last. What is under a hand must
// not move, so the lists ask here before they move anything.

const MOVING_MS = 1000;

export function watchPointer() {
  let [x, y, movedAt] = [-1, -1, -Infinity];
  let mouse = false;
  let touched = "";

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") { return; }
    // A browser also reports a pointer that lies still, when the page moved below it.
    if (event.clientX !== x || event.clientY !== y) { movedAt = Date.now(); }
    [x, y, mouse, touched] = [event.clientX, event.clientY, true, ""];
  }, { passive: true });
  document.addEventListener("pointerdown", (event) => {
    movedAt = Date.now();
    if (event.pointerType !== "touch") { return; }
    // A finger that is lifted comes back to where it was: that place counts until another is touched.
    [mouse, touched] = [false, event.target.closest("[data-alert]")?.dataset.alert ?? ""];
  }, { passive: true });
  document.documentElement.addEventListener("pointerleave", () => { mouse = false; });

  return {
    // What is held was touched: nothing points at it any more.
    isFinger: () => Boolean(touched),
    moving: () => Date.now() - movedAt < MOVING_MS,
    held: () => {
      if (touched) { return document.querySelector(`[data-alert="${touched}"]`); }
      return mouse ? document.elementFromPoint(x, y)?.closest("[data-alert]") ?? null : null;
    },
  };
}
