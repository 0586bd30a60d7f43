// The part of a card about an engagement: how long it has lasted, the stop, somebody who looks under 18, and the
// pages that go with it. They open beside the console, which stays awake.

import { say } from "./console-actions.js";
import { announce, clock, el, setText, span } from "./console-dom.js";

const CHILD = "Looks under 18: seek an appropriate adult now. No restraint on the alert alone.";
const AVOIDED = "Somebody who avoids the cameras may do so: that is no ground for a stop.";
const LINKS = [
  ["stop", "Record of the stop"], ["give_receipt", "Receipt for the person"], ["by_radio", "Said by radio: enter it"],
  ["radio_stop", "Said by radio: details of the stop"],
  ["hand_over", "Evidence: hand over within the hour"],
];

export function engagementPart(alert, work) {
  const found = alert.engagement;
  if (!found) { return null; }
  const engaged = alert.state === "engaged";
  const parts = [
    engaged && el("p", { class: "power power--stop engagement__overdue", hidden: true }),
    alert.actions.includes("engage") && el("p", { class: "engagement__prompt", text: AVOIDED }),
    found.child && el("p", { class: "power engagement__child", text: CHILD + (found.adult ? ` Adult: ${found.adult.toLowerCase()}.` : "") }),
    stopLine(found),
    found.may_mark_child && engaged && childButton(alert, found, work),
    engagementLinks(alert),
  ].filter(Boolean);
  return parts.length ? el("div", { class: "engagement" }, ...parts) : null;
}

function stopLine({ stop, receipt_given: given }) {
  const words = [];
  if (stop?.power) { words.push(stop.power); }
  if (stop?.began_at) { words.push(`stop began ${clock(stop.began_at)}`); }
  if (stop?.ended_at) { words.push(`ended ${clock(stop.ended_at)}`); }
  if (stop?.entered_by) { words.push(`said by radio, entered by ${stop.entered_by}`); }
  if (given) { words.push("receipt given"); }
  return words.length ? el("p", { class: "engagement__stop", text: words.join(" · ") }) : null;
}

// Also on what is over: most of all whoever was released gets a receipt.
export function engagementLinks(alert) {
  const links = alert.engagement?.links ?? {};
  const offered = LINKS.filter(([name]) => links[name]);
  if (!offered.length) { return null; }
  return el("p", { class: "engagement__links" }, ...offered.map(([name, words]) =>
    el("a", { class: "toggle", href: links[name], target: "_blank", rel: "noopener" },
      // Of the evidence, the server says how it stands.
      (name === "hand_over" && alert.engagement.hand_over) || words,
      el("span", { class: "visually-hidden", text: ` of alert ${alert.number}, in a new tab` }))));
}

function childButton(alert, found, work) {
  const button = el("button", { type: "button", class: "choice choice--wide" },
    found.child ? "Does not look under 18 after all" : "Looks under 18");
  button.addEventListener("click", async () => {
    const card = button.closest(".card");
    say(card, "");
    // A button that is switched off loses the focus: the card keeps it.
    card.focus({ preventScroll: true });
    button.disabled = true;
    try {
      await work.act(alert, "child", { child: !found.child });
      announce(`Alert ${alert.number}: ${found.child ? "not marked as a child any more" : CHILD}`);
    } catch (refusal) {
      button.disabled = false;
      say(card, refusal.message, { near: button, link: refusal.link });
    }
  });
  return el("div", { class: "choices" }, button);
}

// Twice a second. By the clock itself: it says so too while the server's sweep is down.
export function tickEngagement(card, alert, now) {
  const line = card.querySelector(".engagement__overdue");
  const found = alert.engagement;
  if (!line || !found?.escalates_at) { return; }
  const over = !found.finished_at && !found.stop.ended_at && now >= Date.parse(found.escalates_at);
  if (!over) { line.hidden = true; return; }
  const minutes = Math.round((Date.parse(found.escalates_at) - Date.parse(found.engaged_at)) / 60000);
  const lasted = span((now - Date.parse(found.engaged_at)) / 1000).replace(/ \d+ s$/, "");
  const what = found.links.stop ? "The commander and your colleagues see this. End it, or say by radio why it goes on." : "Ask the officer by radio.";
  setText(line, `Engaged for ${lasted}, longer than ${minutes} min. ${what}`);
  if (line.hidden) {
    line.hidden = false;
    announce(`Alert ${alert.number}: engaged for longer than ${minutes} minutes.`);
  }
}
