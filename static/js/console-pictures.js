// The two faces of an alert. Every load of a face is a recorded look at it: so nothing is loaded for somebody
// who has nothing to decide with it, unless they ask, and what is loaded goes from card to card as it is.

import { el } from "./console-dom.js";

// `asks`: this person has something to do here, and no colleague is at it.
export function pair(alert, old, asks) {
  if (!alert.pictures) { return null; }
  const kept = old?.querySelector(".pair");
  if (kept && kept.dataset.candidate === String(alert.pictures.candidate)) { return kept; }
  const age = alert.picture_age_days;
  const shown = el("div", { class: "pair", dataset: { candidate: String(alert.pictures.candidate) } },
    face("From the camera"), face(`From the watchlist${age === null ? "" : `, taken ${ageWords(age)} ago`}`));
  shown.look = () => load(shown, alert);
  if (asks) { shown.look(); } else { offer(shown, alert); }
  return shown;
}

// Also when the claim of a colleague has ended and the alert waits for this person.
export function lookWhenAsked(card, asks) {
  const shown = card.querySelector(".pair");
  if (asks && shown && !shown.dataset.shown) { shown.look(); }
}

function offer(shown, alert) {
  const button = el("button", { type: "button", class: "toggle pair__show", text: "Show pictures" },
    el("span", { class: "visually-hidden", text: ` of alert ${alert.number}` }));
  button.addEventListener("click", () => {
    button.closest(".card").focus({ preventScroll: true });
    shown.look();
  });
  shown.append(button);
}

function load(shown, alert) {
  shown.dataset.shown = "1";
  shown.querySelector(".pair__show")?.remove();
  const [probe, candidate] = shown.querySelectorAll(".face__frame");
  picture(probe, alert.pictures.probe, `Face of the person at ${alert.camera}`)?.addEventListener("load", () => {
    shown.dispatchEvent(new CustomEvent("looked", { bubbles: true, detail: alert.id }));
  }, { once: true });
  picture(candidate, alert.pictures.candidate, "Face of the listed person");
}

function picture(frame, address, alternative) {
  if (!address) {
    frame.replaceChildren(el("span", { text: "Picture deleted" }));
    return null;
  }
  const image = el("img", { src: address, alt: alternative, draggable: "false" });
  image.addEventListener("error",
    () => frame.replaceChildren(el("span", { text: "No picture: deleted, or no connection" })), { once: true });
  frame.replaceChildren(image);
  return image;
}

function face(caption) {
  return el("figure", { class: "face" }, el("div", { class: "face__frame" }), el("figcaption", { text: caption }));
}

function ageWords(days) {
  if (days < 60) { return `${days} ${days === 1 ? "day" : "days"}`; }
  const months = Math.floor(days / 30.44);
  return months < 24 ? `${months} months` : `${Math.floor(days / 365.25)} years`;
}
