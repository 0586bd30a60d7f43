// One alert as a card (while somebody has to act), as the grey slot it leaves, or as a line of history.
// Text goes in as text, never as HTML.

import { addActions, carryOver, CHOICES, dropConfirm, say, showConfirm, takeBack } from "./console-actions.js";
import { standing } from "./console-claims.js";
import { announce, clock, el, setText, span } from "./console-dom.js";
import { engagementLinks, engagementPart, tickEngagement } from "./console-engagement.js";
import { keyCap } from "./console-keys.js";
import { endOldPictures, endPictures, lookWhenAsked, pair } from "./console-pictures.js";

const SHORT_S = 15;
// A person walks away: what was seen a minute ago is elsewhere now, and after three probably gone.
const AGEING_S = 60;
const OLD_S = 180;
const POWER = "This alert alone gives no power to stop or to demand identification.";
const STEPS = { operator: "Operator", engagement: "Engagement officer" };
const VALUES = {
  match: "match", not_a_match: "not a match", unsure: "unsure", engage: "engage", do_not_engage: "do not engage",
};

// `work` is what a card may ask for: act, take, release, serverNow, refresh.
export function buildCard(alert, old, work) {
  const card = frame(alert, { state: alert.state });
  card.append(
    el("div", { class: "card__head" }, title(alert), el("p", { class: "card__left" })),
    place(alert),
    stateLine(alert, work),
    ...[
      alert.state === "unsure" && secondOpinion(alert),
      alert.no_longer_wanted && el("p", { class: "power power--stop", role: "alert", text: "No longer wanted: release." }),
      alert.card && el("p", { class: "power", text: POWER }),
      contradicted(alert),
      pair(alert, old, wantsMe(alert, work.serverNow())),
      alert.card && facts(alert),
      engagementPart(alert, work),
      decided(alert),
    ].filter(Boolean));
  addActions(card, alert, work);
  if (old) { carryOver(old, card); }
  tick(card, alert, work.serverNow());
  return card;
}

// What stands where an alert was, so that nothing moves under a hand: what became of it, and nothing to press.
export function buildSlot(alert) {
  const slot = frame(alert, { state: alert.state, left: "1" });
  slot.classList.add("card--left");
  slot.append(el("div", { class: "card__head" }, title(alert)), place(alert),
    el("p", { class: "card__state", text: alert.state_label }),
    ...[contradicted(alert), decided(alert), engagementLinks(alert), alert.card && facts(alert)].filter(Boolean));
  return slot;
}

const frame = (alert, dataset) => el("article", {
  class: "card", tabindex: "-1", "aria-labelledby": `alert-${alert.number}`,
  dataset: { number: alert.number, alert: alert.id, ...dataset },
});
const title = (alert) => el("h3", { id: `alert-${alert.number}`, text: `Alert ${alert.number}` });
const place = (alert) => el("p", { class: "card__where", text: `${alert.camera} · ${clock(alert.captured_at)}` });

// What makes a card look as it does. Who works on it and the change number do not: those are put in place, so
// that nothing which somebody is typing or confirming is taken away from them.
export function essence(alert) {
  return JSON.stringify({ ...alert, claim: null, revision: 0, arrival: "" });
}

export const asksMe = (alert) => alert.actions.some((action) => CHOICES[action]);

const OPEN = new Set(["raised", "unsure", "dispatched", "engaged"]);

const isOver = (alert, now) => Boolean(alert.expires_at) && Date.parse(alert.expires_at) <= now;

// What waits for this very person: nobody else is at it, and its time is not up. Only then do faces load by
// themselves, and only that is counted.
export const wantsMe = (alert, now) =>
  alert.actions.length > 0 && OPEN.has(alert.state) && standing(alert, now) !== "other" && !isOver(alert, now);

function stateLine(alert, work) {
  const button = asksMe(alert) && el("button", {
    type: "button", class: "toggle card__claim-button", dataset: { action: "claim" },
  }, el("span", { text: "Claim" }), keyCap("claim"));
  if (button) { button.addEventListener("click", () => toggleClaim(button, alert, work)); }
  return el("div", { class: "card__claim" },
    el("p", { class: "card__state", text: alert.state_label }), el("p", { class: "card__claimed", hidden: true }), button);
}

// Not what the first one thought, nor why: two people look for themselves.
function secondOpinion(alert) {
  const words = asksMe(alert)
    ? "Second opinion: an operator was unsure and you decide. Unsure once more is no match."
    : "An operator was unsure. Another operator gives the second opinion; without one it is no match.";
  return el("p", { class: "second-opinion", text: words });
}

async function toggleClaim(button, alert, work) {
  const card = button.closest(".card");
  if (card.dataset.claim === "mine") { takeBack(card, alert, work); return; }
  say(card, "");
  // Not every browser focuses a button that is touched, and a claim is renewed only where the focus is.
  if (!card.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  card.wanted = true;
  try {
    await work.take(alert.id);
  } catch (refusal) {
    card.wanted = false;
    const words = refusal.link ? "Not claimed: no connection. Press again when connected." : refusal.message;
    say(card, words, { near: button.closest(".card__claim"), link: refusal.link });
  }
}

function facts(alert) {
  const rows = [
    ["Reference", alert.card.reference], ["Name", alert.card.display_name], ["Category", alert.card.category],
    ["Required", alert.card.required_action], ["How to speak to them", alert.card.approach],
    ["Offence", alert.card.offence ?? (alert.identity ? "" : "shown once identity is established")],
  ];
  // The server leaves it out for whoever decides without it.
  if (alert.cosine_similarity !== undefined) {
    rows.push(["Similarity", `${alert.cosine_similarity.toFixed(3)}, threshold ${alert.threshold.toFixed(3)}`]);
  }
  return el("dl", { class: "facts" },
    ...rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
}

// Before anybody goes up to them: the same likeness was wrong today.
function contradicted(alert) {
  const times = alert.card && alert.contradicted_at.map(clock);
  return times?.length ? el("p", { class: "power card__warning" },
    el("strong", { text: "Warning:" }), ` same candidate contradicted ${times.join(", ")}`) : null;
}

function decided(alert) {
  const lines = (alert.decisions ?? []).map((decision) =>
    `${clock(decision.at)} ${STEPS[decision.step]} ${decision.by}: ${VALUES[decision.value]}` +
    (decision.entered_by ? `, said by radio and entered by ${decision.entered_by}` : "") +
    (decision.reason ? ` (${decision.reason})` : ""));
  if (alert.identity) {
    const by = alert.identity.by ? ` ${alert.identity.by}:` : "";
    const radio = alert.identity.entered_by ? `, said by radio and entered by ${alert.identity.entered_by}` : "";
    lines.push(`${clock(alert.identity.at)}${by} identity established by ordinary means${radio}`);
  }
  if (alert.outcomes.length) { lines.push(`Outcome: ${alert.outcomes.map(outcomeWords).join("; ")}`); }
  return lines.length ? el("ul", { class: "decided" }, ...lines.map((text) => el("li", { text }))) : null;
}

function outcomeWords({ label, entered_by: by }) {
  return by ? `${label}, said by radio and entered by ${by}` : label;
}

export function historyRow(alert, reopen) {
  const outcomes = alert.outcomes.map(outcomeWords).join("; ");
  const row = el("li", { tabindex: "-1", dataset: { number: alert.number, state: alert.state, alert: alert.id } },
    el("b", { text: alert.number }),
    el("time", { datetime: alert.captured_at, text: clock(alert.captured_at) }),
    el("span", { text: outcomes || alert.state_label }),
    el("span", { text: alert.camera }));
  if (alert.actions.length) {
    const button = el("button", { type: "button", class: "link-button", "aria-label": `Open alert ${alert.number}` }, "Open");
    button.addEventListener("click", () => reopen(alert));
    row.lastChild.append(" · ", button);
  }
  const links = engagementLinks(alert);
  if (links) { row.append(links); }
  return row;
}

// Twice a second and with every change: the time that is left, who works on it, and which buttons work.
export function tick(card, alert, now) {
  if (!card.querySelector(".card__left")) { return; }
  showTime(card, alert, now);
  tickEngagement(card, alert, now);
  showClaim(card, alert, now);
  endOldPictures(card, now);
  lookWhenAsked(card, wantsMe(alert, now));
  if (card.dataset.sending) { return; }
  const over = card.dataset.over === "1";
  for (const button of card.querySelectorAll("button")) {
    const decides = button.closest(".choices--decide, .confirm, .card__claim");
    button.disabled = over || Boolean(decides && card.dataset.claim === "other");
  }
}

function showTime(card, alert, now) {
  const left = card.querySelector(".card__left");
  if (alert.expires_at) {
    const seconds = Math.ceil((Date.parse(alert.expires_at) - now) / 1000);
    setText(left, seconds > 0 ? `${seconds} s left, then no stop` : "Time is up: no stop");
    left.dataset.short = seconds <= SHORT_S ? "1" : "";
    if (seconds <= 0 && card.dataset.over !== "1") {
      card.dataset.over = "1";
      dropConfirm(card);
      endPictures(card, "Time is up");
    }
    return;
  }
  const seen = seconds(now, alert.raised_at);
  if (alert.state === "engaged") {
    const engaged = alert.decisions?.find((decision) => decision.value === "engage");
    setText(left, `Engaged for ${span(seconds(now, engaged?.at ?? alert.raised_at))} · seen ${span(seen)} ago`);
  } else if (alert.state === "dispatched") {
    left.dataset.age = seen >= OLD_S ? "old" : seen >= AGEING_S ? "ageing" : "";
    const words = { old: "Old sighting: ", ageing: "Getting old: ", "": "" }[left.dataset.age];
    setText(left, `${words}seen ${span(seen)} ago`);
  }
}

// By the server's clock from the raising on: a camera's clock may be wrong.
export const seconds = (now, iso) => Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));

function showClaim(card, alert, now) {
  const over = card.dataset.over === "1";
  const claim = over ? "" : standing(alert, now);
  const before = card.dataset.claim;
  const button = card.querySelector(".card__claim-button");
  if (button) { button.hidden = over || claim === "other"; }
  if (before === claim) { return; }
  card.dataset.claim = claim;
  const words = { mine: "Claimed by you", other: `Claimed by ${alert.claim?.by}`, "": "" }[claim];
  const claimed = card.querySelector(".card__claimed");
  claimed.textContent = words;
  claimed.hidden = !words;
  if (button) { button.firstElementChild.textContent = claim === "mine" ? "Release claim" : "Claim"; }
  // The line of the claim may have become a second one. After the lists have put everything where it was.
  if (claim === "mine") { queueMicrotask(() => showConfirm(card)); }
  if (claim === "other") {
    dropConfirm(card);
    announce(`Alert ${alert.number}: ${words}.`);
  }
  if (before === "other" && claim === "" && asksMe(alert) && !over) {
    card.dispatchEvent(new CustomEvent("freed", { bubbles: true, detail: alert }));
  }
}
