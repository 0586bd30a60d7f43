// The officers' console: asks the server what changed, shows it, sends decisions.
// The socket only says that there is news; everything shown comes from the database, numbered, so a lost
// message or a dropped connection costs seconds and never an alert.

import { buildCard, essence, historyRow, takeBack, tick } from "./console-cards.js";
import { makeClaims } from "./console-claims.js";
import { announce, byId } from "./console-dom.js";
import { watchHealth } from "./console-health.js";
import { keysToggle, soundToggle } from "./console-settings.js";

const ASK_EVERY_MS = 3000;
const LOST_AFTER_MS = 10000;
const GIVE_UP_MS = 5000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const REFUSED = 4403;
const OPEN_STATES = new Set(["raised", "unsure", "dispatched", "engaged"]);

const root = document.getElementById("console");
const readsOnly = "readsOnly" in root.dataset;
const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;

const alerts = new Map();
const cards = new Map();
const essences = new Map();
const reopened = new Set();
const started = Date.now();
let revision = null;
let catchingUp = true;
let asking = false;
let askAgain = false;
let lastAnswer = 0;
let clockOffset = 0;
let socketState = "connecting";
let stopped = "";

const serverNow = () => Date.now() + clockOffset;
const claims = makeClaims({ alerts, cards, post, ask, serverNow });
const work = { act, serverNow, ...claims };

// --- asking ---------------------------------------------------------------------------------------------

async function ask() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    const query = new URLSearchParams();
    if (revision !== null) { query.set("after", revision); }
    if (catchingUp) { query.set("initial", "1"); }
    const response = await fetch(`${root.dataset.news}?${query}`, {
      headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    if (response.status === 401 || response.status === 403) { stop(response.status); return; }
    if (!response.ok) { throw new Error(`answer ${response.status}`); }
    take(await response.json());
  } catch (problem) {
    console.warn("asking for news failed:", problem.message);
  } finally {
    asking = false;
    showHealth();
  }
  if (askAgain) { askAgain = false; ask(); }
}

function take(news) {
  lastAnswer = Date.now();
  clockOffset = Date.parse(news.server_time) - lastAnswer;
  revision = news.revision;
  showDeployment(news.deployment);
  const fresh = news.alerts.filter((alert) => alert.arrival === "new");
  for (const alert of news.alerts) {
    alerts.set(alert.id, alert);
    show(alert);
  }
  count();
  if (news.more) { askAgain = true; } else { catchingUp = false; }
  if (fresh.length) { announceNew(fresh); }
}

function showDeployment({ state, state_words: words, banner }) {
  const tag = byId("deployment-state");
  if (tag.dataset.state !== state) { announce(banner || `This deployment is ${words.toLowerCase()}.`); }
  tag.dataset.state = state;
  tag.textContent = words;
  tag.className = `tag tag--${state}`;
  byId("state-banner").textContent = banner;
  byId("state-banner").hidden = !banner;
  byId("suspend").hidden = state !== "live";
  byId("resume").hidden = state !== "suspended";
}

function stop(status) {
  stopped = status === 401 ? "You are signed out." : "Your role no longer includes this console.";
  socket?.close();
}

// --- showing --------------------------------------------------------------------------------------------

function show(alert) {
  const old = cards.get(alert.id);
  const open = OPEN_STATES.has(alert.state) || reopened.has(alert.id);
  const known = essence(alert);
  if (open && old?.tagName === "ARTICLE" && essences.get(alert.id) === known) {
    old.dataset.sending = "";
    tick(old, alert, serverNow());
    return;
  }
  essences.set(alert.id, known);
  const list = byId(!open ? "history" : alert.actions.length ? "waiting" : "others");
  const hadFocus = old?.contains(document.activeElement) ?? false;
  const shown = open ? buildCard(alert, old, work) : historyRow(alert, reopen);
  if (alert.arrival === "new" && alert.actions.includes("match")) { measureShown(alert, shown); }
  if (old?.parentElement === list && old.tagName === shown.tagName) {
    old.replaceWith(shown);
  } else {
    old?.remove();
    insert(list, shown, alert.number, open);
  }
  cards.set(alert.id, shown);
  if (alert.arrival === "new" && byId("waiting").children.length === 1 && !document.activeElement?.closest(".card")) {
    shown.scrollIntoView({ block: "nearest" });
  }
  if (hadFocus) { keepFocus(list, shown); }
}

// Who works by keyboard goes on with the next alert that waits, or stays with what became of this one.
function keepFocus(list, shown) {
  const next = byId("waiting").querySelector(".card");
  const stays = list.id === "waiting" || (list.id === "others" && !next);
  (stays ? shown : next ?? byId("history-title")).focus();
}

// An alert with an outcome can get another, or turn out to be of the wrong person.
function reopen(alert) {
  reopened.add(alert.id);
  show(alert);
  count();
  cards.get(alert.id).focus();
}

// Waiting alerts in the order in which their time runs out; earlier ones newest first.
function insert(list, element, number, ascending) {
  element.dataset.number = number;
  const after = [...list.children].find((other) =>
    ascending ? Number(other.dataset.number) > number : Number(other.dataset.number) < number);
  list.insertBefore(element, after ?? null);
  // What is hidden cannot take the focus.
  list.closest("section").hidden = false;
}

function count() {
  for (const name of ["waiting", "others", "history"]) {
    const size = byId(name).children.length;
    byId(`${name}-count`).textContent = size;
    if (byId(`${name}-empty`)) { byId(`${name}-empty`).hidden = size > 0; }
  }
  byId("others-section").hidden = byId("others").children.length === 0 && !readsOnly;
  const size = byId("waiting").children.length;
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (size) { document.title = `(${size}) ${document.title}`; }
}

function announceNew(fresh) {
  fresh.forEach((alert) => announce(`Alert ${alert.number}, ${alert.camera}: ${alert.state_label}.`));
  sound();
}

// A colleague let go of it, or fell silent: it waits for somebody again.
document.addEventListener("freed", ({ detail: alert }) => {
  announce(`Alert ${alert.number} is free again: ${alert.state_label}.`);
  sound();
});

function measureShown(alert, card) {
  card.classList.add("card--fresh");
  const image = card.querySelector("img");
  const measured = () => post(`/alerts/${alert.id}/shown`, {})
    .catch((problem) => console.warn("the time of showing was not recorded:", problem.message));
  image?.addEventListener("load", measured, { once: true });
}

function showHealth() {
  const age = lastAnswer ? Math.round((Date.now() - lastAnswer) / 1000) : null;
  const lost = Boolean(stopped) || Date.now() - (lastAnswer || started) > LOST_AFTER_MS;
  const health = byId("health");
  health.dataset.link = lost ? "lost" : socketState === "connected" ? "connected" : age === null ? "connecting" : "polling";
  const words = { connected: "Connected", polling: "Reconnecting, asking meanwhile", connecting: "Connecting", lost: "Link lost" };
  byId("health-text").textContent =
    `${words[health.dataset.link]}${age === null ? "" : ` · last answer ${age} s ago`}`;
  const banner = byId("link-lost");
  if (lost && banner.hidden) {
    banner.textContent = stopped
      ? `${stopped} What you see is old. Reload the page to sign in.`
      : "Link lost. What you see may be old: no decision means no stop.";
  }
  banner.hidden = !lost;
}

// --- deciding -------------------------------------------------------------------------------------------

async function post(address, body) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  if (response.ok) { return; }
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.reasons?.join("; ") ?? answer.error ?? `The server answered ${response.status}.`);
}

// Called by a card. Rejects with words for the officer when the server refused.
async function act(alert, endpoint, body) {
  try {
    await post(`/alerts/${alert.id}/${endpoint}`, body);
    reopened.delete(alert.id);
  } finally {
    ask();
  }
}

// --- keys -----------------------------------------------------------------------------------------------

const KEYS = { m: "match", n: "not_a_match", u: "unsure", e: "engage", d: "do_not_engage", r: "contradicted", c: "claim" };

function currentCard(action) {
  const focused = document.activeElement?.closest(".card");
  if (focused) { return focused; }
  return openCards().find((card) => card.querySelector(`[data-action="${action}"]:enabled`));
}

const openCards = () => [...document.querySelectorAll(".card")];

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) { return; }
  if (event.key === "Escape") { onEscape(event); return; }
  if (!keysOn() || event.target.closest("input:not([type=checkbox]), textarea, select")) { return; }
  const key = event.key.toLowerCase();
  if (key === "?") { event.preventDefault(); byId("keys-help").open = true; byId("keys-help").firstElementChild.focus(); return; }
  if (key === "j" || key === "k") { event.preventDefault(); step(key === "j" ? 1 : -1); return; }
  const action = KEYS[key];
  if (!action) { return; }
  const button = currentCard(action)?.querySelector(`[data-action="${action}"]:enabled`);
  if (button) { event.preventDefault(); button.click(); }
}

function onEscape(event) {
  const card = document.activeElement?.closest(".card") ?? document.querySelector('.card[data-claim="mine"]');
  const alert = card && [...alerts.values()].find(({ id }) => cards.get(id) === card);
  if (alert && takeBack(card, alert, work)) { event.preventDefault(); }
}

function step(by) {
  const all = openCards();
  const at = all.indexOf(document.activeElement?.closest(".card"));
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

// --- the socket -----------------------------------------------------------------------------------------

let socket = null;
let failures = 0;

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}${root.dataset.socket}`);
  socket.addEventListener("open", () => { socketState = "connected"; showHealth(); });
  socket.addEventListener("message", (event) => {
    failures = 0;
    const news = JSON.parse(event.data);
    if (news.type === "news" && news.number > (revision ?? 0)) { ask(); }
  });
  socket.addEventListener("close", (event) => {
    socketState = "closed";
    showHealth();
    if (stopped || event.code === REFUSED) { return; }
    const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    setTimeout(() => { connect(); ask(); }, wait);
  });
}

const sound = soundToggle(byId("sound"), byId("sound-waits"), root);
const keysOn = keysToggle(byId("keys"));
byId("no-script").hidden = true;
byId("console-body").hidden = false;
watchHealth(root.dataset.health, () => Boolean(stopped));
document.addEventListener("keydown", onKey);
setInterval(() => { if (!stopped) { ask(); } }, ASK_EVERY_MS);
setInterval(() => { cards.forEach((card, id) => tick(card, alerts.get(id), serverNow())); showHealth(); }, 500);
connect();
ask();
