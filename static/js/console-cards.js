// One alert as a card (while somebody has to act) or as a line of history. Text goes in as text, never as HTML.

import { announce, clock, el } from "./console-dom.js";
import { standing } from "./console-claims.js";

const SHORT_S = 15;
const POWER = "This alert alone gives no power to stop or to demand identification.";
const STEPS = { operator: "Operator", engagement: "Engagement officer" };
const VALUES = {
  match: "match", not_a_match: "not a match", unsure: "unsure", engage: "engage", do_not_engage: "do not engage",
};
const CHOICES = {
  match: { label: "Match", key: "M", endpoint: "operator" },
  not_a_match: { label: "Not a match", key: "N", endpoint: "operator" },
  unsure: { label: "Unsure", key: "U", endpoint: "operator" },
  engage: { label: "Engage", key: "E", endpoint: "engagement" },
  do_not_engage: { label: "Do not engage", key: "D", endpoint: "engagement", reason: true },
};

// `work` is what a card may ask for: act, take, release, serverNow.
export function buildCard(alert, old, work) {
  const title = `alert-${alert.number}`;
  const card = el("article", {
    class: "card", tabindex: "-1", "aria-labelledby": title, dataset: { state: alert.state, number: alert.number },
  },
    el("div", { class: "card__head" },
      el("h3", { id: title, text: `Alert ${alert.number}` }), el("p", { class: "card__left" })),
    el("p", { class: "card__where", text: `${alert.camera} · ${clock(alert.captured_at)}` }),
    stateLine(alert, work),
    alert.no_longer_wanted && el("p", { class: "power power--stop", role: "alert", text: "No longer wanted: release." }),
    alert.card && el("p", { class: "power", text: POWER }),
    pair(alert, old),
    alert.card && facts(alert),
    decided(alert),
  );
  addActions(card, alert, work);
  if (old) { carryOver(old, card); }
  tick(card, alert, work.serverNow());
  return card;
}

// What makes a card look as it does. Who works on it and the change number do not: those are put in place, so
// that nothing which somebody is typing or confirming is taken away from them.
export function essence(alert) {
  return JSON.stringify({ ...alert, claim: null, revision: 0, arrival: "" });
}

export const asksMe = (alert) => alert.actions.some((action) => CHOICES[action]);

function stateLine(alert, work) {
  const button = asksMe(alert) && el("button", {
    type: "button", class: "toggle card__claim-button", dataset: { action: "claim" },
  }, el("span", { text: "Claim" }), el("kbd", { text: "C" }));
  if (button) { button.addEventListener("click", () => toggleClaim(button.closest(".card"), alert, work)); }
  return el("div", { class: "card__claim" },
    el("p", { class: "card__state", text: alert.state_label }), el("p", { class: "card__claimed", hidden: true }), button);
}

async function toggleClaim(card, alert, work) {
  if (card.dataset.claim === "mine") { takeBack(card, alert, work); return; }
  say(card, "");
  // Not every browser focuses a button that is touched, and a claim is renewed only where the focus is.
  if (!card.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  card.wanted = true;
  try {
    await work.take(alert.id);
  } catch (refusal) {
    card.wanted = false;
    say(card, refusal.message);
  }
}

function say(card, words) {
  const problem = card.querySelector(".problem");
  problem.textContent = words;
  problem.hidden = !words;
}

// An outcome that somebody is ticking survives what happens meanwhile.
function carryOver(old, card) {
  for (const box of old.querySelectorAll?.(".outcomes input:checked") ?? []) {
    const same = card.querySelector(`.outcomes [name="${box.name}"][value="${box.value}"]`);
    if (same && !same.closest("label").hidden) { same.checked = true; }
  }
  card.querySelectorAll(".outcomes").forEach(showRule);
}

// The same picture element is carried over to the new card: every load of a face is a recorded look at it.
function pair(alert, old) {
  if (!alert.pictures) { return null; }
  const kept = old?.querySelector(".pair");
  if (kept && kept.dataset.candidate === String(alert.pictures.candidate)) { return kept; }
  const age = alert.picture_age_days;
  return el("div", { class: "pair", dataset: { candidate: String(alert.pictures.candidate) } },
    face(alert.pictures.probe, "From the camera", `Face of the person at ${alert.camera}`),
    face(alert.pictures.candidate, `From the watchlist${age === null ? "" : `, taken ${ageWords(age)} ago`}`,
      "Face of the listed person"));
}

function face(address, caption, alternative) {
  const frame = el("div", { class: "face__frame" });
  const missing = () => frame.replaceChildren(el("span", { text: "Picture deleted" }));
  if (address) {
    const image = el("img", { src: address, alt: alternative, draggable: "false" });
    image.addEventListener("error", missing, { once: true });
    frame.append(image);
  } else { missing(); }
  return el("figure", { class: "face" }, frame, el("figcaption", { text: caption }));
}

function ageWords(days) {
  if (days < 60) { return `${days} ${days === 1 ? "day" : "days"}`; }
  const months = Math.floor(days / 30.44);
  return months < 24 ? `${months} months` : `${Math.floor(days / 365.25)} years`;
}

function facts(alert) {
  const rows = [
    ["Reference", alert.card.reference], ["Name", alert.card.display_name], ["Category", alert.card.category],
    ["Required", alert.card.required_action],
    ["Offence", alert.card.offence ?? "shown once identity is established"],
    ["Similarity", `cosine ${alert.cosine_similarity.toFixed(3)}, threshold ${alert.threshold.toFixed(3)}`],
  ];
  if (alert.contradicted_at.length) {
    rows.push(["Warning", `same candidate contradicted ${alert.contradicted_at.map(clock).join(", ")}`]);
  }
  return el("dl", { class: "facts" },
    ...rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
}

function decided(alert) {
  const lines = (alert.decisions ?? []).map((decision) =>
    `${clock(decision.at)} ${STEPS[decision.step]} ${decision.by}: ${VALUES[decision.value]}` +
    (decision.reason ? ` (${decision.reason})` : ""));
  if (alert.outcomes.length) { lines.push(`Outcome: ${alert.outcomes.map((outcome) => outcome.label).join("; ")}`); }
  return lines.length ? el("ul", { class: "decided" }, ...lines.map((text) => el("li", { text }))) : null;
}

// Everything that is pressed sits at the bottom of the card, where a thumb reaches it.
function addActions(card, alert, work) {
  const send = (endpoint, body, words) => decide(card, alert, work, { endpoint, body, words });
  const bar = el("div", { class: "card__actions" }, el("p", { class: "problem", role: "alert", hidden: true }));
  if (alert.actions.includes("contradicted")) {
    bar.append(single("contradicted", "Identity contradicted: release", "button button--stop", send, "R"));
  }
  if (alert.actions.includes("identified")) {
    bar.append(single("identified", "Identity established by ordinary means", "choice", send));
  }
  if (alert.actions.includes("outcome")) { bar.append(outcomeForm(alert, send)); }
  const offered = alert.actions.filter((action) => CHOICES[action]);
  if (offered.length) {
    bar.append(el("div", { class: "choices choices--decide" },
      ...offered.map((action) => choice(card, alert, action, send, work))));
  }
  card.append(bar);
}

function single(action, label, kind, send, key) {
  const button = el("button", { type: "button", class: `${kind} choice--wide`, dataset: { action } },
    label, key && el("kbd", { text: key }));
  button.addEventListener("click", () => send(action, {}, label.toLowerCase()));
  return el("div", { class: "choices" }, button);
}

async function decide(card, alert, work, { endpoint, body, words }) {
  say(card, "");
  // A button that is switched off loses the focus, and with it whoever works by keyboard: the card keeps it.
  if (card.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  card.dataset.sending = "1";
  card.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  try {
    await card.claiming;
    await work.act(alert, endpoint, body);
    announce(`Alert ${alert.number}: ${words} recorded.`);
  } catch (refusal) {
    say(card, refusal.message);
    card.dataset.sending = "";
    tick(card, alert, work.serverNow());
  }
}

function choice(card, alert, action, send, work) {
  const { label, key } = CHOICES[action];
  const button = el("button", { type: "button", class: "choice", dataset: { action } },
    label, el("kbd", { text: key }));
  button.addEventListener("click", () => confirm(card, alert, action, button, send, work));
  return button;
}

// A decision is a key (or press) plus a confirm; Esc takes it back. From the press on, colleagues see who is at it.
function confirm(card, alert, action, opener, send, work) {
  const { label, endpoint, reason } = CHOICES[action];
  card.querySelector(".confirm")?.remove();
  say(card, "");
  const input = reason && el("input", { type: "text", id: `reason-${alert.number}`, maxlength: "300", required: true });
  const yes = el("button", { type: "submit", class: "button", text: `Confirm: ${label}` });
  const no = el("button", { type: "button", class: "button button--secondary" }, "Cancel", el("kbd", { text: "Esc" }));
  const box = el("form", { class: "confirm" },
    el("p", { text: `Alert ${alert.number}: ${label.toLowerCase()}?` }),
    input && el("div", { class: "field" }, el("label", { for: input.id, text: "Reason (no names)" }), input),
    el("div", { class: "choices" }, yes, no));
  const choices = opener.closest(".choices");
  no.addEventListener("click", () => { box.remove(); choices.hidden = false; opener.focus(); work.release(alert.id); });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    send(endpoint, { decision: action, ...(input ? { reason: input.value } : {}) }, label.toLowerCase());
  });
  choices.after(box);
  choices.hidden = true;
  (input || yes).focus();
  card.claiming = work.take(alert.id).catch((refusal) => say(card, refusal.message));
}

// Esc: the confirmation first, then the claim. False when there was nothing to take back.
export function takeBack(card, alert, work) {
  const cancel = card.querySelector(".confirm [type=button]");
  if (cancel) { cancel.click(); return true; }
  // Also while the claim is still on its way: the release follows it.
  if (card.dataset.claim !== "mine" && !card.wanted) { return false; }
  card.wanted = false;
  work.release(alert.id);
  return true;
}

function outcomeForm(alert, send) {
  const form = document.getElementById("outcome-form").content.cloneNode(true).querySelector("form");
  const already = new Set(alert.outcomes.map((outcome) => outcome.value));
  for (const box of form.querySelectorAll("[name=outcomes]")) {
    box.closest("label").hidden = already.has(box.value);
    box.addEventListener("change", () => showRule(form));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const outcomes = [...form.querySelectorAll("[name=outcomes]:checked")].map((box) => box.value);
    send("outcome", { outcomes, status_confirmed: form.querySelector("[name=status_confirmed]").checked }, "outcome");
  });
  return form;
}

function showRule(form) {
  const rule = form.querySelector("[data-for]");
  rule.hidden = !form.querySelector(`[name=outcomes][value=${rule.dataset.for}]`).checked;
}

export function historyRow(alert, reopen) {
  const outcomes = alert.outcomes.map((outcome) => outcome.label).join("; ");
  const row = el("li", { dataset: { number: alert.number, state: alert.state } },
    el("b", { text: alert.number }),
    el("time", { datetime: alert.captured_at, text: clock(alert.captured_at) }),
    el("span", { text: outcomes || alert.state_label }),
    el("span", { text: alert.camera }));
  if (alert.actions.length) {
    const button = el("button", { type: "button", class: "link-button", "aria-label": `Open alert ${alert.number}` }, "Open");
    button.addEventListener("click", () => reopen(alert));
    row.lastChild.append(" · ", button);
  }
  return row;
}

// Twice a second and with every change: the time that is left, who works on it, and which buttons work.
export function tick(card, alert, now) {
  if (!card.querySelector(".card__left")) { return; }
  showTime(card, alert, now);
  showClaim(card, alert, now);
  if (card.dataset.sending === "1") { return; }
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
    left.textContent = seconds > 0 ? `${seconds} s left, then no stop` : "Time is up: no stop";
    left.dataset.short = seconds <= SHORT_S ? "1" : "";
    if (seconds <= 0 && card.dataset.over !== "1") {
      card.dataset.over = "1";
      dropConfirm(card);
    }
    return;
  }
  const last = alert.decisions?.at(-1);
  if (last && (alert.state === "dispatched" || alert.state === "engaged")) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(last.at)) / 1000));
    left.textContent = `since ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
}

function dropConfirm(card) {
  if (card.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  card.querySelector(".confirm")?.remove();
  card.querySelectorAll(".choices--decide").forEach((choices) => { choices.hidden = false; });
}

function showClaim(card, alert, now) {
  const claim = standing(alert, now);
  const before = card.dataset.claim;
  if (before === claim) { return; }
  card.dataset.claim = claim;
  const words = { mine: "Claimed by you", other: `Claimed by ${alert.claim?.by}`, "": "" }[claim];
  const claimed = card.querySelector(".card__claimed");
  claimed.textContent = words;
  claimed.hidden = !words;
  const button = card.querySelector(".card__claim-button");
  if (button) {
    button.firstElementChild.textContent = claim === "mine" ? "Release claim" : "Claim";
    button.hidden = claim === "other";
  }
  if (claim === "other") { dropConfirm(card); }
  if (claim === "other") { announce(`Alert ${alert.number}: ${words}.`); }
  if (before === "other" && claim === "" && asksMe(alert) && card.dataset.over !== "1") {
    card.dispatchEvent(new CustomEvent("freed", { bubbles: true, detail: alert }));
  }
}
