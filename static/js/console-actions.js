// Everything that is pressed on a card: decisions with their confirmation, outcomes, and what a refusal says.

import { announce, el, span } from "./console-dom.js";
import { keyCap } from "./console-keys.js";
import { dropUndo, undoBox } from "./console-undo.js";

export const CHOICES = {
  match: { label: "Match", endpoint: "operator" },
  not_a_match: { label: "Not a match", endpoint: "operator" },
  unsure: { label: "Unsure", endpoint: "operator" },
  engage: { label: "Engage", endpoint: "engagement" },
  do_not_engage: { label: "Do not engage", endpoint: "engagement", reason: true },
};
const IDENTIFIED = "Identity established by ordinary means";

// It sits at the bottom of the card, where a thumb reaches it.
export function addActions(card, alert, work) {
  const send = (order) => decide(card, alert, work, order);
  const bar = el("div", { class: "card__actions" },
    el("p", { class: "problem", role: "alert", tabindex: "-1", hidden: true }));
  if (alert.actions.includes("contradicted")) {
    bar.append(releaseButton(send));
  }
  if (alert.actions.includes("identified")) {
    bar.append(identifiedButton(card, alert, send, work));
  }
  if (alert.actions.includes("outcome")) { bar.append(outcomeForm(alert, send)); }
  const offered = alert.actions.filter((action) => CHOICES[action]);
  if (offered.length) {
    bar.append(el("div", { class: "choices choices--decide" },
      ...offered.map((action) => choice(card, alert, action, send, work))));
  }
  card.append(bar);
}

// Beside what was pressed, and focused: above the form it would be out of sight on a phone.
export function say(card, words, { near, link } = {}) {
  const problem = card.querySelector(".problem");
  if (!problem) { return; }
  problem.textContent = words;
  problem.hidden = !words;
  problem.dataset.link = link ? "1" : "";
  if (!words) { return; }
  if (near?.isConnected) { near.after(problem); }
  problem.focus();
}

// What only the lost connection refused is no refusal any more once it is back.
export function linkIsBack() {
  for (const problem of document.querySelectorAll('.problem[data-link="1"]')) {
    const card = problem.closest(".card");
    const focused = document.activeElement === problem;
    say(card, "");
    if (focused) { card.focus({ preventScroll: true }); }
  }
}

// One press, whatever else is on the card: release comes first.
function releaseButton(send) {
  const button = el("button", {
    type: "button", class: "button button--stop choice--wide", dataset: { action: "contradicted" },
  }, "Identity contradicted: release", keyCap("contradicted"));
  const near = el("div", { class: "choices" }, button);
  button.addEventListener("click",
    () => send({ endpoint: "contradicted", body: {}, words: "identity contradicted: release", near }));
  return near;
}

function identifiedButton(card, alert, send, work) {
  const button = el("button", {
    type: "button", class: "choice choice--wide", dataset: { action: "identified" }, text: IDENTIFIED,
  });
  button.addEventListener("click", () => confirm(card, alert, button, work, {
    question: `${IDENTIFIED}?`,
    explained: "By documents, questions or a check. A likeness of two faces is none.",
    yes: "Confirm: identity established",
    send: (near) => send({ endpoint: "identified", body: {}, words: "identity established", near }),
  }));
  return el("div", { class: "choices" }, button);
}

async function decide(card, alert, work, { endpoint, body, words, near }) {
  say(card, "");
  // A button that is switched off loses the focus, and with it whoever works by keyboard: the card keeps it.
  if (card.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  card.dataset.sending = "1";
  card.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  try {
    // Refused while this was pressed: it is not sent past the colleague who is at it.
    const claimed = await card.claiming;
    if (claimed) { throw claimed; }
    await work.act(alert, endpoint, body);
    card.dataset.sending = "done";
    announce(`Alert ${alert.number}: ${words} recorded.`);
  } catch (refusal) {
    card.dataset.sending = "";
    // Two seconds that are over undo nothing any more: what is to be pressed again is there.
    if (near?.matches(".confirm--undo")) { dropConfirm(card); }
    work.refresh(alert.id);
    say(card, refusal.message, { near, link: refusal.link });
  }
}

function choice(card, alert, action, send, work) {
  const { label, endpoint, reason } = CHOICES[action];
  const button = el("button", { type: "button", class: "choice", dataset: { action } }, label, keyCap(action));
  const sending = (near, typed) => send({
    endpoint, body: { decision: action, ...(reason ? { reason: typed } : {}) }, words: label.toLowerCase(), near,
  });
  button.addEventListener("click", () => {
    const explained = action === "engage" ? beforeEngaging(alert, work) : "";
    // What wants a reason is confirmed in either way: it is sent when its reason is written.
    if (work.undoes() && !reason) { countDown(card, alert, button, work, { label, explained, send: sending }); return; }
    confirm(card, alert, button, work, {
      question: `${label.toLowerCase()}?`, explained, yes: `Confirm: ${label}`, reason, claims: true, send: sending,
    });
  });
  return button;
}

// An old sighting is of somebody who has gone on, and one officer stands before one person.
function beforeEngaging(alert, work) {
  const age = span(Math.max(0, work.serverNow() - Date.parse(alert.raised_at)) / 1000);
  const others = work.engagedOn();
  return `Seen ${age} ago.` + (others.length ? ` You are engaged on alert ${others.join(", ")} already.` : "");
}

// A key (or press), and two seconds in which Esc takes it back. The focus stays on the card: the next Enter must
// not undo what somebody used to confirming wants to confirm.
function countDown(card, alert, opener, work, { label, explained, send }) {
  dropUndo(card);
  dropConfirm(card);
  say(card, "");
  const letGo = () => { dropConfirm(card); work.release(alert.id); };
  const box = undoBox(alert, label, {
    explained,
    undo: () => { letGo(); opener.focus(); },
    lost: (words) => { letGo(); say(card, words); },
    send,
  });
  const choices = opener.closest(".choices");
  choices.after(box);
  choices.hidden = true;
  card.focus({ preventScroll: true });
  showConfirm(card);
  card.claiming = work.take(alert.id).catch((refusal) => {
    if (!refusal.link && box.isConnected) { dropUndo(card); dropConfirm(card); }
    return refused(card, refusal);
  });
}

// A key (or press) plus a confirm; Esc takes it back. A decision claims: colleagues see who is at it.
function confirm(card, alert, opener, work, { question, explained, yes, reason, claims, send }) {
  dropUndo(card);
  dropConfirm(card);
  say(card, "");
  const input = reason && el("input", { type: "text", id: `reason-${alert.number}`, maxlength: "300", required: true });
  const accept = el("button", { type: "submit", class: "button", text: yes });
  const no = el("button", { type: "button", class: "button button--secondary" }, "Cancel", el("kbd", { text: "Esc" }));
  const box = el("form", { class: "confirm" },
    el("p", { text: `Alert ${alert.number}: ${question}` }),
    explained && el("p", { class: "confirm__explained", text: explained }),
    input && el("div", { class: "field" }, el("label", { for: input.id, text: "Reason (no names)" }), input),
    el("div", { class: "choices" }, accept, no));
  const choices = opener.closest(".choices");
  no.addEventListener("click", () => {
    dropConfirm(card);
    opener.focus();
    if (claims) { work.release(alert.id); }
  });
  // The second half of a double click or tap was meant for the button that opened this.
  accept.addEventListener("click", (event) => { if (event.detail > 1) { event.preventDefault(); } });
  box.addEventListener("submit", (event) => { event.preventDefault(); send(box, input?.value); });
  choices.after(box);
  choices.hidden = true;
  // Into view without taking the faces out of it: they stay under the strip while this is open (console.css).
  (input || accept).focus({ preventScroll: true });
  showConfirm(card);
  if (claims) { card.claiming = work.take(alert.id).catch((refusal) => refused(card, refusal, box)); }
}

export function showConfirm(card) {
  const box = card.querySelector(".confirm");
  if (!box) { return; }
  box.scrollIntoView({ block: "nearest" });
  const faces = card.querySelector(".pair")?.getBoundingClientRect().bottom ?? 0;
  const covered = faces - box.getBoundingClientRect().top;
  if (covered > 0) { window.scrollBy({ top: -covered, behavior: "instant" }); }
}

// A claim that only the connection refused is not worth a word of its own: the strip says it, and so will the send.
function refused(card, refusal, near) {
  card.claiming = null;
  if (refusal.link) { return null; }
  say(card, refusal.message, { near });
  return refusal;
}

export function dropConfirm(card) {
  const box = card.querySelector(".confirm");
  if (!box) { return; }
  if (box.contains(document.activeElement)) { card.focus({ preventScroll: true }); }
  box.remove();
  card.querySelectorAll(".card__actions > .choices").forEach((choices) => { choices.hidden = false; });
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
  const away = new Set([...alert.outcomes.map((outcome) => outcome.value), ...alert.outcomes_not_offered]);
  for (const box of form.querySelectorAll("[name=outcomes]")) {
    box.closest("label").hidden = away.has(box.value);
    box.addEventListener("change", () => showRule(form));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const outcomes = [...form.querySelectorAll("[name=outcomes]:checked")].map((box) => box.value);
    const body = {
      outcomes,
      status_confirmed: form.querySelector("[name=status_confirmed]").checked,
      status_asked: form.querySelector("[name=status_asked]").value,
    };
    send({ endpoint: "outcome", body, words: "outcome", near: form.querySelector("[type=submit]") });
  });
  return form;
}

function showRule(form) {
  for (const rule of form.querySelectorAll("[data-for]")) {
    rule.hidden = !form.querySelector(`[name=outcomes][value=${rule.dataset.for}]`).checked;
  }
}

// An outcome that somebody is ticking survives what happens meanwhile.
export function carryOver(old, card) {
  for (const box of old.querySelectorAll?.(".outcomes input:checked") ?? []) {
    const same = card.querySelector(`.outcomes [name="${box.name}"][value="${box.value}"]`);
    if (same && !same.closest("label").hidden) { same.checked = true; }
  }
  const typed = old.querySelector?.(".outcomes [name=status_asked]")?.value;
  const field = card.querySelector(".outcomes [name=status_asked]");
  if (typed && field) { field.value = typed; }
  card.querySelectorAll(".outcomes").forEach(showRule);
}
