// One alert as a card (while somebody has to act) or as a line of history. Text goes in as text, never as HTML.

const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/London",
});
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

const clock = (iso) => TIME.format(new Date(iso));

function el(tag, options = {}, ...children) {
  const { text, dataset, ...attributes } = options;
  const element = document.createElement(tag);
  if (text !== undefined) { element.textContent = text; }
  Object.assign(element.dataset, dataset ?? {});
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) { element.setAttribute(name, value === true ? "" : value); }
  }
  element.append(...children.filter(Boolean));
  return element;
}

export function buildCard(alert, { old, act, serverNow }) {
  const title = `alert-${alert.number}`;
  const card = el("article", {
    class: "card", tabindex: "-1", "aria-labelledby": title, dataset: { state: alert.state, number: alert.number },
  },
    el("div", { class: "card__head" },
      el("h3", { id: title, text: `Alert ${alert.number}` }), el("p", { class: "card__left" })),
    el("p", { class: "card__where", text: `${alert.camera} · ${clock(alert.captured_at)}` }),
    el("p", { class: "card__state", text: alert.state_label }),
    alert.no_longer_wanted && el("p", { class: "power power--stop", role: "alert", text: "No longer wanted: release." }),
    alert.card && el("p", { class: "power", text: POWER }),
    pair(alert, old),
    alert.card && facts(alert),
    decided(alert),
    el("p", { class: "problem", role: "alert", hidden: true }),
  );
  addActions(card, alert, act);
  tick(card, alert, serverNow());
  return card;
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

function addActions(card, alert, act) {
  const send = async (endpoint, body) => {
    const problem = card.querySelector(".problem");
    problem.hidden = true;
    const buttons = [...card.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await act(alert, endpoint, body);
    } catch (refusal) {
      problem.textContent = refusal.message;
      problem.hidden = false;
      buttons.forEach((button) => { button.disabled = false; });
    }
  };
  if (alert.actions.includes("contradicted")) {
    const release = el("button", {
      type: "button", class: "button button--stop choice--wide", dataset: { action: "contradicted" },
    }, "Identity contradicted: release ", el("kbd", { text: "R" }));
    release.addEventListener("click", () => send("contradicted", {}));
    card.append(el("div", { class: "choices" }, release));
  }
  const offered = alert.actions.filter((action) => CHOICES[action]);
  if (offered.length) {
    card.append(el("div", { class: "choices" }, ...offered.map((action) => choice(card, alert, action, send))));
  }
  if (alert.actions.includes("identified")) {
    const button = el("button", {
      type: "button", class: "choice", text: "Identity established by ordinary means", dataset: { action: "identified" },
    });
    button.addEventListener("click", () => send("identified", {}));
    card.append(el("div", { class: "choices" }, button));
  }
  if (alert.actions.includes("outcome")) { card.append(outcomeForm(alert, send)); }
}

function choice(card, alert, action, send) {
  const { label, key } = CHOICES[action];
  const button = el("button", { type: "button", class: "choice", dataset: { action } },
    label, el("kbd", { text: key }));
  button.addEventListener("click", () => confirm(card, alert, action, button, send));
  return button;
}

// A decision is a key (or press) plus a confirm; Esc takes it back.
function confirm(card, alert, action, opener, send) {
  const { label, endpoint, reason } = CHOICES[action];
  card.querySelector(".confirm")?.remove();
  const input = reason && el("input", { type: "text", id: `reason-${alert.number}`, maxlength: "300", required: true });
  const yes = el("button", { type: "submit", class: "button", text: `Confirm: ${label}` });
  const no = el("button", { type: "button", class: "button button--secondary", text: "Cancel" });
  const box = el("form", { class: "confirm" },
    el("p", { text: `Alert ${alert.number}: ${label.toLowerCase()}?` }),
    input && el("div", { class: "field" }, el("label", { for: input.id, text: "Reason (no names)" }), input),
    el("div", { class: "choices" }, yes, no));
  const cancel = () => { box.remove(); opener.focus(); };
  no.addEventListener("click", cancel);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") { cancel(); } });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    send(endpoint, { decision: action, ...(input ? { reason: input.value } : {}) });
  });
  opener.closest(".choices").after(box);
  (input || yes).focus();
}

function outcomeForm(alert, send) {
  const form = document.getElementById("outcome-form").content.cloneNode(true).querySelector("form");
  const rule = form.querySelector("[data-for]");
  const already = new Set(alert.outcomes.map((outcome) => outcome.value));
  for (const box of form.querySelectorAll("[name=outcomes]")) {
    box.closest("label").hidden = already.has(box.value);
    box.addEventListener("change", () => {
      rule.hidden = !form.querySelector(`[name=outcomes][value=${rule.dataset.for}]`).checked;
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const outcomes = [...form.querySelectorAll("[name=outcomes]:checked")].map((box) => box.value);
    send("outcome", { outcomes, status_confirmed: form.querySelector("[name=status_confirmed]").checked });
  });
  return form;
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

// Twice a second: what is left of the time, or how long the engagement officer has had the alert.
export function tick(card, alert, now) {
  const left = card.querySelector?.(".card__left");
  if (!left) { return; }
  if (alert.expires_at) {
    const seconds = Math.ceil((Date.parse(alert.expires_at) - now) / 1000);
    left.textContent = seconds > 0 ? `${seconds} s left, then no stop` : "Time is up: no stop";
    left.dataset.short = seconds <= SHORT_S ? "1" : "";
    if (seconds <= 0 && card.dataset.over !== "1") {
      card.dataset.over = "1";
      card.querySelectorAll("button").forEach((button) => { button.disabled = true; });
      card.querySelector(".confirm")?.remove();
    }
    return;
  }
  const last = alert.decisions?.at(-1);
  if (last && (alert.state === "dispatched" || alert.state === "engaged")) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(last.at)) / 1000));
    left.textContent = `since ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
}
