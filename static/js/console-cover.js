// The screen is for its holder only: one press covers it, and it covers itself when the page is put away or
// nobody has touched it for a while. Covered, no face is on the page or in its memory; alerts still sound and count.

import { byId, hint, setText } from "./console-dom.js";
import { allowPictures, hidePictures } from "./console-pictures.js";
import { chosen } from "./console-settings.js";
import { ATTENDED_MS, onUse } from "./in-use.js";

// `busy`: somebody works on an alert, so it is looked at.
export function makeCover({ busy, show, stopped }) {
  const cover = byId("cover");
  const after = afterIdle(byId("cover-after"));
  const whenHidden = chosen(byId("cover-hidden"));
  let usedAt = Date.now();
  let [focused, scrolled] = [null, 0];
  let byHand = false;

  function on(why, hand = false) {
    if (stopped() || !cover.hidden) { return; }
    byHand = hand;
    for (const box of document.querySelectorAll(".confirm--undo")) { box.dispatchEvent(new CustomEvent("covered")); }
    [focused, scrolled] = [document.activeElement, window.scrollY];
    hidePictures();
    hint("");
    setCovered(true);
    setText(byId("cover-why"), why);
    tick();
    byId("uncover").focus();
  }

  function off() {
    if (cover.hidden) { return; }
    setCovered(false);
    usedAt = Date.now();
    allowPictures();
    show();
    window.scrollTo({ top: scrolled, behavior: "instant" });
    // Never back onto what confirms: the key that shows the page again must not decide, whoever presses it.
    const back = focused?.closest(".confirm") ? focused.closest(".card") : focused;
    if (back?.isConnected) { back.focus({ preventScroll: true }); }
  }

  function setCovered(covered) {
    cover.hidden = !covered;
    document.body.classList.toggle("hand-covered", covered);
    for (const part of document.body.children) {
      if (part !== cover && part.id !== "announce") { part.inert = covered; }
    }
  }

  // Twice a second: what is waiting and whether all is well, in numbers; and whether it is time to cover.
  function tick() {
    const idle = Number(after()) * 1000;
    if (cover.hidden && idle && !busy() && Date.now() - usedAt >= idle) { on(`Nobody has used it for ${after()} seconds.`); }
    if (cover.hidden) { return; }
    const waits = byId("waits");
    setText(byId("cover-waits"), waits?.textContent ?? "");
    cover.dataset.waits = waits?.dataset.waits ?? "";
    const alarms = [!byId("link-lost").hidden && "NOT CONNECTED", !byId("suspended").hidden && "SUSPENDED",
      !byId("trouble").hidden && "CAMERAS OR RECOGNITION: something is not working"].filter(Boolean);
    setText(byId("cover-alarms"), alarms.join(" · "));
    byId("cover-alarms").hidden = !alarms.length;
  }

  const used = () => Date.now() - usedAt < ATTENDED_MS;
  const coverByHand = () => on("You covered it.", true);
  onUse(() => { usedAt = Date.now(); });
  for (const button of document.querySelectorAll("[data-cover]")) { button.addEventListener("click", coverByHand); }
  byId("uncover").addEventListener("click", off);
  // Wherever the focus went meanwhile: there is one thing to do on this page.
  cover.addEventListener("click", (event) => { if (event.target === cover) { byId("uncover").focus(); } });
  // Put away, or about to be put to sleep: whoever takes it out again may be somebody else.
  const putAway = () => { if (whenHidden() === "on") { on("This page was put away."); } else { hidePictures(); } };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") { putAway(); } else if (cover.hidden) { allowPictures(); show(); }
  });
  document.addEventListener("freeze", putAway);
  document.addEventListener("resume", () => { if (cover.hidden && document.visibilityState === "visible") { allowPictures(); show(); } });
  window.addEventListener("pagehide", hidePictures);
  window.addEventListener("beforeprint", () => on("A page of the console is not printed."));

  return {
    on, off, tick,
    covered: () => !cover.hidden,
    flip: () => (cover.hidden ? coverByHand() : off()),
    // Somebody sees it and is at it.
    attended: () => cover.hidden && document.visibilityState === "visible" && used(),
    // Whoever covered it by hand just now is at it and hears it; else nobody is known to be there.
    away: () => document.visibilityState === "hidden" || (!cover.hidden && !(byHand && used())),
  };
}

// A phone is held where others look on, and lies about; a desk has somebody sitting at it.
function afterIdle(select) {
  if (matchMedia("(any-pointer: coarse)").matches) { select.value = "60"; }
  return chosen(select);
}
