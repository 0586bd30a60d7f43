// The officers' console: asks the server what changed, shows it, sends decisions.
// The socket only says that there is news; everything shown comes from the database, numbered, so a lost
// message or a dropped connection costs seconds and never an alert.

import { takeBack } from "./console-actions.js";
import { makeClaims } from "./console-claims.js";
import { makeCover } from "./console-cover.js";
import { announce, byId, hint, hush } from "./console-dom.js";
import { forgetHealth, watchHealth } from "./console-health.js";
import { actionOf, keyOf, showKeys } from "./console-keys.js";
import { makeLink } from "./console-link.js";
import { makeLists } from "./console-lists.js";
import { forgetPresence, showPresence } from "./console-presence.js";
import { chosen, keysToggle, soundToggle, vibrationToggle } from "./console-settings.js";
import { dropUndo } from "./console-undo.js";

const ASK_EVERY_MS = 2000;
const GIVE_UP_MS = 5000;
const STOPPED = "#console-body section, #state-banner, #status-old, #suspended, #suspend, #resume, #waits, #keys-help";
const SAID_ONE_BY_ONE = 3;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const REFUSED = 4403;
const NO_CONNECTION = "Not stored: no connection. Press again when connected.";
const NO_ANSWER = "No answer, so it may not be stored. Press again when connected, if this alert still asks.";

const CHANGES_NO_STATE = new Set(["identified", "child"]);

const root = document.getElementById("console");
const readsOnly = "readsOnly" in root.dataset;
const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;

const alerts = new Map();
// What this person did a moment ago needs no announcement when it comes back as news.
const justDone = new Set();
const toMeasure = new Set();
// New ones of several answers that belong together: said and sounded once.
let unsaid = [];
let revision = null;
let catchingUp = true;
let asking = false;
let askAgain = false;
let clockOffset = 0;

const serverNow = () => Date.now() + clockOffset;
const work = {
  act, serverNow, engagedOn, refresh: (id) => lists.refresh(id), undoes: () => takesBy() === "undo",
};
const wanted = new URLSearchParams(location.search).get("open") ?? "";
const lists = makeLists({ alerts, work, readsOnly, wanted, most: Number(root.dataset.earlierShown) });
const link = makeLink({ root, still: lists.still, serverNow });
Object.assign(work, makeClaims({ alerts, cardOf: lists.cardOf, post, ask, serverNow, attended: () => cover.attended() }));

// The numbers of the alerts that this very person is engaged on.
function engagedOn() {
  const mine = ({ decisions }) => decisions?.some((decision) => decision.mine && decision.value === "engage");
  return [...alerts.values()].filter((alert) => alert.state === "engaged" && mine(alert)).map((alert) => alert.number);
}

// --- asking ---------------------------------------------------------------------------------------------

async function ask() {
  if (link.stopped()) { return; }
  if (asking) { askAgain = true; return; }
  asking = true;
  const askedAt = link.asked();
  try {
    const query = new URLSearchParams();
    if (revision !== null) { query.set("after", revision); } else if (wanted) { query.set("open", wanted); }
    if (catchingUp) { query.set("initial", "1"); }
    if (cover.away()) { query.set("away", "1"); }
    const response = await reach(`${root.dataset.news}?${query}`, { headers: { Accept: "application/json" } });
    if (response.status === 403) {
      stop({ title: "Not your console any more", words: "Your role no longer includes it. No alert is shown." });
    }
    if (!response.ok) { throw new Error(`answer ${response.status}`); }
    take(await response.json(), askedAt);
  } catch (problem) {
    console.warn("asking for news failed:", problem.message);
  } finally {
    asking = false;
    link.show();
  }
  if (askAgain) { askAgain = false; ask(); }
}

// A fetch that tells the strip what became of the link and of the sign-in.
async function reach(address, options) {
  let response;
  try {
    response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS), ...options });
  } catch (problem) {
    // A TypeError is the network's; a time-out leaves open whether anything arrived.
    const broken = problem.name === "TypeError";
    if (broken) { link.failed(); }
    throw Object.assign(new Error(broken ? NO_CONNECTION : NO_ANSWER, { cause: problem }), { link: true });
  }
  if (response.status === 401 || response.redirected) {
    const { why = "" } = response.redirected ? {} : await response.clone().json().catch(() => ({}));
    stop({ title: "Signed out", words: `${why} No alert is shown any more.`.trim() });
  }
  return response;
}

function take(news, askedAt) {
  if (link.stopped()) { return; }
  if (news.viewer !== root.dataset.viewer) {
    stop({ title: "Signed out", words: "Somebody else has signed in with this browser. No alert is shown any more." });
    return;
  }
  link.answered(askedAt);
  clockOffset = Date.parse(news.server_time) - Date.now();
  revision = news.revision;
  unsaid.push(...news.alerts.filter((alert) => alert.arrival === "new"));
  lists.still(() => {
    showDeployment(news.deployment);
    showPresence(news);
    showEach(news.alerts);
    lists.earlier(news.earlier);
    lists.fill();
    lists.count();
  });
  link.waiting(lists.wanting());
  if (news.more) { askAgain = true; return; }
  if (catchingUp && wanted) { showWanted(); }
  catchingUp = false;
  link.caughtUp();
  if (unsaid.length) { announceNew(unsaid); }
  unsaid = [];
}

// Asked for by the address: the page of all earlier alerts leads here. Loading it again does not open it again.
function showWanted() {
  history.replaceState(null, "", location.pathname);
  lists.cardOf(wanted)?.focus();
}

function showDeployment({ state, state_words: words, banner, suspension, going_on: goingOn, status_old: old }) {
  const tag = byId("deployment-state");
  if (tag.dataset.state !== state) {
    const who = suspension ? ` Suspended by ${suspension.by}: ${suspension.reason}` : "";
    announce(`${banner || `This deployment is ${words.toLowerCase()}.`}${who}`);
  }
  tag.dataset.state = state;
  tag.textContent = words;
  tag.className = `tag tag--${state}`;
  byId("state-banner").textContent = banner;
  byId("state-banner").hidden = !banner;
  if (old && byId("status-old").hidden) { announce(old); }
  byId("status-old").textContent = old;
  byId("status-old").hidden = !old;
  link.suspended(state === "suspended" ? suspension ?? {} : null);
  byId("suspend").hidden = state !== "live";
  byId("resume").textContent = goingOn;
  byId("resume").hidden = !goingOn;
}

// Faces and names go at once: whoever stands before the screen now may be anybody.
function stop(reason) {
  if (link.stopped()) { return; }
  link.stop(reason);
  socket?.close();
  dropUndo(document);
  alerts.clear();
  lists.clear();
  unsaid = [];
  hush();
  cover.off();
  forgetHealth();
  forgetPresence();
  // Nobody is named, and nothing is said to be live, to whoever reads this now.
  byId("deployment-state").hidden = true;
  document.querySelectorAll(".header__who, .header__out").forEach((part) => { part.hidden = true; });
  for (const section of document.querySelectorAll(STOPPED)) {
    section.hidden = true;
  }
}

// --- showing --------------------------------------------------------------------------------------------

// One alert that cannot be shown must not take the others of the same answer with it: they come only once.
function showEach(found) {
  for (const alert of found) {
    try {
      show(alert);
    } catch (problem) {
      console.error(`alert ${alert.number} cannot be shown:`, problem);
      hint(`Alert ${alert.number} cannot be shown here. Reload the page, and tell a colleague.`);
    }
  }
}

function show(alert) {
  const before = alerts.get(alert.id);
  alerts.set(alert.id, alert);
  const fresh = alert.arrival === "new";
  lists.place(alert);
  const card = lists.cardOf(alert.id);
  // Not before its own answer: other news of it may arrive while a decision is on its way.
  if (card?.dataset.sending === "done") { card.dataset.sending = ""; }
  if (fresh) {
    if (alert.actions.includes("match")) { toMeasure.add(alert.id); }
    card?.classList.add("card--fresh");
    if (card && document.querySelectorAll("#waiting .card").length === 1 && lists.idle()) {
      card.scrollIntoView({ block: "nearest" });
    }
  } else if (before && !catchingUp) { tellChange(before, alert); }
}

const known = ({ state, outcomes }) => JSON.stringify([state, outcomes]);

// What a colleague or the clock did to an alert, for who cannot see it happen.
function tellChange(before, alert) {
  if (known(before) === known(alert) || justDone.delete(alert.id)) { return; }
  const wrong = ({ outcomes }) => outcomes.some(({ value }) => value === "released_identity_wrong");
  const by = before.state !== alert.state && alert.decisions?.at(-1)?.by;
  if (wrong(alert) && !wrong(before)) {
    announce(`Alert ${alert.number}: identity contradicted, person released.`);
  } else {
    const outcomes = alert.outcomes.map(({ label }) => label).join("; ");
    announce(`Alert ${alert.number}: ${outcomes || alert.state_label}${by ? `, by ${by}` : ""}.`);
  }
}

function announceNew(fresh) {
  if (fresh.length > SAID_ONE_BY_ONE) {
    const numbers = fresh.map(({ number }) => number);
    announce(`${fresh.length} new alerts, from ${Math.min(...numbers)} to ${Math.max(...numbers)}.`);
  } else {
    fresh.forEach((alert) => announce(`Alert ${alert.number}, ${alert.camera}: ${alert.state_label}.`));
  }
  call();
}

const call = () => { sound(); vibrate(); };

// A colleague let go of it, or fell silent: it waits for somebody again.
document.addEventListener("freed", ({ detail: alert }) => {
  announce(`Alert ${alert.number} is free again: ${alert.state_label}.`);
  call();
});

document.addEventListener("looked", ({ detail: id }) => {
  if (!toMeasure.delete(id)) { return; }
  post(`/alerts/${id}/shown`, {})
    .catch((problem) => console.warn("the time of showing was not recorded:", problem.message));
});

// --- deciding -------------------------------------------------------------------------------------------

async function post(address, body) {
  const response = await reach(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
  });
  if (response.ok) { return; }
  const answer = await response.json().catch(() => ({}));
  throw new Error(sentence(answer.reasons?.join("; ") || answer.error || `The server answered ${response.status}.`));
}

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

// Called by a card. Rejects with words for the officer when the server refused.
async function act(alert, endpoint, body) {
  if (!CHANGES_NO_STATE.has(endpoint)) { justDone.add(alert.id); }
  try {
    await post(`/alerts/${alert.id}/${endpoint}`, body);
    lists.close(alert.id);
  } catch (refusal) {
    justDone.delete(alert.id);
    throw refusal;
  } finally {
    ask();
  }
}

// --- keys -----------------------------------------------------------------------------------------------

const focusedCard = () => document.activeElement?.closest(".card");

function onKey(event) {
  // A key that is held down is one press: what it opened has the focus by now and would be confirmed.
  if (event.repeat && event.key === "Enter") { event.preventDefault(); }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) { return; }
  if (event.key === "Escape") { onEscape(event); return; }
  if (!keysOn() || event.target.closest("input:not([type=checkbox]), textarea, select")) { return; }
  const action = actionOf(event.key);
  if (!action) { return; }
  const own = OF_THE_PAGE[action];
  // Nothing else may be done on what is covered.
  if (own && (action === "cover" || !cover.covered())) { event.preventDefault(); own(); return; }
  if (own || readsOnly || cover.covered()) { return; }
  // Never on "the first that waits": which one that is may have changed while the key went down.
  const card = focusedCard();
  if (!card) { hint(`No alert has the focus. Press ${keyOf("next")} to go to one first.`); return; }
  const button = card.querySelector(`[data-action="${action}"]:enabled`);
  if (button) { event.preventDefault(); button.click(); }
}

const OF_THE_PAGE = {
  next: () => step(1),
  previous: () => step(-1),
  cover: () => cover.flip(),
  help: () => { byId("keys-help").open = true; byId("keys-help").firstElementChild.focus(); },
};

// Letting go is safe from anywhere on the page: also where a press beside the card took the focus away before the
// claim was known.
function onEscape(event) {
  const cards = [focusedCard(), ...document.querySelectorAll('.card:has(.confirm), .card[data-claim="mine"]')];
  for (const card of cards) {
    const alert = card && alerts.get(card.dataset.alert);
    if (alert && takeBack(card, alert, work)) { event.preventDefault(); return; }
  }
}

let lastUsed = "";
document.addEventListener("focusin", ({ target }) => { lastUsed = target.closest(".card")?.dataset.alert ?? lastUsed; });

// A thumb has one button, which has the focus once it is pressed: it goes on from the card before, and after the
// last one to the first again.
function step(by, { around = false } = {}) {
  const current = around ? lists.cardOf(lastUsed) : focusedCard();
  const all = [...document.querySelectorAll(".card")].filter((card) => card === current || card.dataset.left !== "1");
  if (!all.length) { hint("No alert is open."); return; }
  const at = all.indexOf(current) + by;
  all[around ? at % all.length : Math.min(Math.max(at, 0), all.length - 1)].focus();
  hint("");
}

// --- the socket -----------------------------------------------------------------------------------------

let socket = null;
let failures = 0;

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}${root.dataset.socket}`);
  socket.addEventListener("open", () => link.socket("connected"));
  socket.addEventListener("message", (event) => {
    failures = 0;
    const news = JSON.parse(event.data);
    if (news.type === "news" && news.number > (revision ?? 0)) { ask(); }
  });
  socket.addEventListener("close", (event) => {
    link.socket("closed");
    ask();
    if (link.stopped() || event.code === REFUSED) { return; }
    const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    setTimeout(() => { if (!link.stopped()) { connect(); ask(); } }, wait);
  });
}

const sound = soundToggle(byId("sound"), byId("sound-waits"), root);
const vibrate = vibrationToggle(byId("vibration"), root);
const keysOn = keysToggle(byId("keys"));
const takesBy = chosen(byId("takes-by"));
const cover = makeCover({
  // Somebody who holds an alert looks at it. What they leave open lapses, and the page is covered then.
  busy: () => Boolean(document.querySelector(cover.attended() ? '.card[data-claim="mine"], .confirm' : '.card[data-claim="mine"]')),
  show: () => { ask(); lists.tickAll(); },
  stopped: link.stopped,
});
showKeys();
byId("no-script").hidden = true;
byId("console-body").hidden = false;
const health = watchHealth(root.dataset.health, { stopped: link.stopped, lost: link.lost, still: lists.still });
new ResizeObserver(([strip]) => {
  document.documentElement.style.setProperty("--strip", `${Math.ceil(strip.borderBoxSize[0].blockSize)}px`);
}).observe(byId("strip"));
document.addEventListener("keydown", onKey);
byId("next").addEventListener("click", () => step(1, { around: true }));
// Asleep, nothing ran: what came meanwhile is asked for at once, and asks once.
document.addEventListener("resume", ask);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { ask(); } });
window.addEventListener("offline", link.failed);
window.addEventListener("online", ask);
// Taken out of the browser's memory by "back": whoever does that may be somebody else.
window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
setInterval(ask, ASK_EVERY_MS);
setInterval(() => {
  lists.tickAll();
  lists.settle();
  if (!link.stopped()) { lists.count(); }
  link.waiting(lists.wanting());
  link.show();
  health.tick();
  cover.tick();
}, 500);
connect();
ask();
