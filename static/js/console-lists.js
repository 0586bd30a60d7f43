// Where each alert stands on the page. A decision is taken with a hand or a key, so nothing may move away under
// it: an alert that is over keeps its slot, greyed, until pointer and focus have left it and no card with
// buttons would move below them; and the focus never goes to another alert by itself.

import { buildCard, buildSlot, essence, historyRow, tick, wantsMe } from "./console-cards.js";
import { byId, hint, setText } from "./console-dom.js";
import { sweepPictures } from "./console-pictures.js";
import { watchPointer } from "./console-pointer.js";

const SHOWN_AT_LEAST_MS = 1500;
const SETTLED_MS = 400;
// More cards than anybody works through before their time is up would only make the page slow. The others wait
// in the order in which they would stand, are counted, and come up as places become free.
const CARDS_AT_ONCE = 30;
const MORE = { waiting: "wait for you, those first whose time runs out first", others: "are with colleagues" };
const GAP_PX = 32;
const RESTS = ["others", "opened", "history", "expired"];
const OPEN_STATES = new Set(["raised", "unsure", "dispatched", "engaged"]);

/** `wanted`: the id of an alert that is over and is opened all the same. `most`: how many lines a list of what is over has. */
export function makeLists({ alerts, work, readsOnly, wanted, most }) {
  const waiting = byId("waiting");
  const slots = new Map();
  const rests = new Map();
  const essences = new Map();
  const opened = new Set([wanted]);
  const queued = { waiting: new Map(), others: new Map() };
  const pointer = watchPointer();
  let movedAt = -Infinity;
  let over = { decided: 0, expired: 0 };

  const cardOf = (id) => slots.get(id) ?? rests.get(id);
  const isLive = (element) => element.dataset.left !== "1";
  const focused = () => document.activeElement?.closest("[data-alert]");
  const hasFocus = (element) => element?.contains(document.activeElement) ?? false;

  function sectionOf(alert) {
    if (OPEN_STATES.has(alert.state)) { return alert.actions.length ? "waiting" : "others"; }
    if (opened.has(alert.id) && alert.actions.length) { return "opened"; }
    // Nobody decided: after a busy day there are many, between which the decisions would be lost.
    return alert.state === "expired" ? "expired" : "history";
  }

  function place(alert) {
    const where = sectionOf(alert);
    const slot = slots.get(alert.id);
    for (const queue of Object.values(queued)) { queue.delete(alert.id); }
    if (full(where) && !cardOf(alert.id) && !isAhead(where, alert)) { queued[where].set(alert.id, alert); return; }
    if (where === "waiting") { putSlot(alert); return; }
    if (slot) {
      leave(alert, slot);
      // Still open: its card follows once the slot is given up, else there would be two of it.
      if (where === "others") { return; }
    }
    putRest(alert, where);
  }

  // --- what has no card yet -------------------------------------------------------------------------------

  function full(where) {
    if (!queued[where]) { return false; }
    return [...byId(where).children].filter(isLive).length >= CARDS_AT_ONCE;
  }

  const queuedFirst = (where) => [...queued[where].values()].reduce((first, alert) =>
    (before(order(alert), order(first)) < 0 ? alert : first));

  // What is more urgent than the last card comes up at once, beyond the limit if need be.
  function isAhead(where, alert) {
    const cards = where === "waiting" ? [...waiting.children].filter(isLive) : [];
    return cards.length > 0 && cards.length < 2 * CARDS_AT_ONCE && before(order(alert), cards.at(-1).order) < 0;
  }

  function fill() {
    for (const where of Object.keys(queued)) {
      while (queued[where].size && !full(where)) { place(queuedFirst(where)); }
      const more = queued[where].size;
      const words = more ? `${more} more ${MORE[where]}. Each gets its card as one above is done.` : "";
      setText(byId(`${where}-more`), words);
      byId(`${where}-more`).hidden = !more;
    }
  }

  // --- the list of what waits ---------------------------------------------------------------------------

  function putSlot(alert) {
    const slot = slots.get(alert.id);
    const old = slot ?? rests.get(alert.id);
    if (same(alert) && slot && isLive(slot)) { refresh(alert.id); return; }
    const focus = hasFocus(old);
    const card = buildCard(alert, old, work);
    card.order = order(alert);
    if (slot) { slot.replaceWith(card); } else { insertSlot(card); }
    rests.get(alert.id)?.remove();
    rests.delete(alert.id);
    slots.set(alert.id, card);
    if (focus) { card.focus({ preventScroll: true }); }
  }

  // Who is with a person first; then what is undecided, in the order in which its time runs out; then what was
  // dispatched, newest first, because a person walks away.
  function order(alert) {
    const engagement = alert.decisions?.find(({ step }) => step === "engagement");
    if (engagement) { return engagement.mine ? [0, alert.number] : [3, -alert.number]; }
    if (alert.expires_at) { return [1, alert.number]; }
    return [2, -Date.parse(alert.decisions?.at(-1)?.at ?? alert.raised_at)];
  }

  const before = (one, other) => one[0] - other[0] || one[1] - other[1];

  // After whatever is in use; at the end while the pointer is on its way to something.
  function insertSlot(card) {
    const all = [...waiting.children];
    const used = [pointer.held(), focused()].map((element) => all.indexOf(element));
    const free = pointer.moving() ? [] : all.slice(Math.max(...used, -1) + 1);
    const next = free.find((other) => before(card.order, other.order) < 0);
    if (next) { movedAt = Date.now(); }
    waiting.insertBefore(card, next ?? null);
  }

  function leave(alert, old) {
    if (same(alert) && !isLive(old)) { return; }
    const focus = hasFocus(old);
    const inUse = focus || pointer.held() === old;
    const height = old.offsetHeight;
    const slot = buildSlot(alert);
    slot.order = old.order;
    slot.leftAt = old.leftAt ?? Date.now();
    // Nothing points at it where it was touched and the focus is in it: what is below may come up to the finger.
    if (!focus || !inUseByFinger(old)) { slot.style.minHeight = `${height}px`; }
    old.replaceWith(slot);
    slots.set(alert.id, slot);
    if (!slot.style.minHeight) { movedAt = Date.now(); }
    // Whoever is at another card must not have it pushed down by what this one has to tell.
    if (!inUse && slot.offsetHeight > height) { slot.querySelector(".facts")?.remove(); }
    if (focus) { slot.focus({ preventScroll: true }); }
  }

  const inUseByFinger = (element) => pointer.isFinger() && pointer.held() === element;

  // A slot that keeps its place only because somebody was in it keeps no room that it does not need, once no mouse
  // is there and no finger but the one that pressed in it.
  function shrink(held) {
    for (const slot of waiting.querySelectorAll(":scope > [data-left]")) {
      if (!slot.style.minHeight || !hasFocus(slot) || (held && !inUseByFinger(slot))) { continue; }
      still(() => { slot.style.minHeight = ""; });
      movedAt = Date.now();
    }
  }

  // Twice a second: slots that nobody is at go, where that moves nothing under a hand.
  function settle() {
    if (pointer.moving()) { return; }
    const held = pointer.held();
    shrink(held);
    const live = [...waiting.children].some(isLive);
    for (const slot of [...waiting.children].filter((element) => !isLive(element))) {
      if (slot === held || hasFocus(slot) || Date.now() - slot.leftAt < SHOWN_AT_LEAST_MS) { continue; }
      if (live && held && !mayGo(slot, held)) { continue; }
      if (!held && slot.nextElementSibling) { movedAt = Date.now(); }
      still(() => giveUp(slot));
    }
    if (!held && !waiting.contains(document.activeElement)) { sort(); }
    if (queued.waiting.size || queued.others.size) { still(() => { fill(); count(); }); }
  }

  // What comes after `held` may go. What comes before it only where the page can be scrolled back by as much.
  function mayGo(slot, held) {
    if (held.compareDocumentPosition(slot) & Node.DOCUMENT_POSITION_FOLLOWING) { return true; }
    const columns = getComputedStyle(waiting).gridTemplateColumns.split(" ").length;
    return (columns === 1 || !waiting.contains(held)) && window.scrollY >= slot.offsetHeight + GAP_PX;
  }

  function giveUp(slot) {
    const { alert: id } = slot.dataset;
    slot.remove();
    slots.delete(id);
    const alert = alerts.get(id);
    if (!rests.has(id)) { putRest(alert, sectionOf(alert)); }
    count();
  }

  function sort() {
    const wanted = [...waiting.children].sort((one, other) => before(one.order, other.order));
    if (wanted.every((card, at) => card === waiting.children[at])) { return; }
    movedAt = Date.now();
    waiting.append(...wanted);
  }

  // --- the other lists ----------------------------------------------------------------------------------

  function putRest(alert, where) {
    const old = rests.get(alert.id);
    const list = byId(where);
    if (same(alert) && old?.parentElement === list && old.tagName === "ARTICLE") { refresh(alert.id); return; }
    const focus = hasFocus(old);
    const isRow = where === "history" || where === "expired";
    const shown = isRow ? historyRow(alert, reopen) : buildCard(alert, old, work);
    if (old?.parentElement === list) { old.replaceWith(shown); } else {
      old?.remove();
      insertRest(list, shown, !isRow);
    }
    rests.set(alert.id, shown);
    if (focus) { shown.focus({ preventScroll: true }); }
    if (isRow) { trim(list); }
  }

  // The line that changed longest ago goes; never one that is in use, or whose alert still stands greyed above.
  function trim(list) {
    if (list.children.length <= most) { return; }
    const free = [...list.children].filter((row) => !slots.has(row.dataset.alert) && !hasFocus(row) && pointer.held() !== row);
    if (!free.length) { return; }
    const revision = ({ dataset }) => alerts.get(dataset.alert).revision;
    const oldest = free.reduce((found, row) => (revision(row) < revision(found) ? row : found));
    oldest.remove();
    for (const map of [alerts, rests, essences]) { map.delete(oldest.dataset.alert); }
  }

  function insertRest(list, element, ascending) {
    const number = Number(element.dataset.number);
    const after = [...list.children].find((other) =>
      ascending ? Number(other.dataset.number) > number : Number(other.dataset.number) < number);
    list.insertBefore(element, after ?? null);
    // What is hidden cannot take the focus.
    list.closest("section").hidden = false;
  }

  // An alert with an outcome can get another, or turn out to be of the wrong person. It waits for nobody.
  function reopen(alert) {
    opened.add(alert.id);
    slots.get(alert.id)?.remove();
    slots.delete(alert.id);
    place(alert);
    count();
    cardOf(alert.id).focus();
  }

  // --- all of them --------------------------------------------------------------------------------------

  function same(alert) {
    const known = essence(alert);
    if (essences.get(alert.id) === known) { return true; }
    essences.set(alert.id, known);
    return false;
  }

  function refresh(id) {
    const card = cardOf(id);
    if (card?.tagName !== "ARTICLE" || !isLive(card)) { return; }
    tick(card, alerts.get(id), work.serverNow());
  }

  // Whatever `mutate` does, what is in use stays where it is on the screen, as far as the page can be scrolled.
  function still(mutate) {
    const reference = (pointer.held() ?? focused())?.dataset.alert;
    const find = () => reference && document.querySelector(`[data-alert="${reference}"]`);
    const was = find();
    const top = was?.getBoundingClientRect().top;
    mutate();
    sweepPictures();
    const moved = find();
    if (!moved || top === undefined) { return; }
    const by = moved.getBoundingClientRect().top - top;
    if (Math.abs(by) >= 1) { window.scrollBy({ top: by, behavior: "instant" }); }
    if (was !== moved && isLive(was) && hasFocus(moved) && isResult(moved) && (pointer.isFinger() || !pointer.held())) { showResult(moved); }
  }

  const isResult = (element) => !isLive(element) || element.tagName !== "ARTICLE";

  // Not under a mouse. Whoever pressed at the end of a long card reads at the beginning of what is left of it what came of it.
  function showResult(element) {
    const { top, bottom } = element.getBoundingClientRect();
    if (top >= byId("strip").getBoundingClientRect().bottom && bottom <= window.innerHeight) { return; }
    movedAt = Date.now();
    element.scrollIntoView({ block: "start", behavior: "instant" });
  }

  // What waits for this person now, with a card or without one yet.
  function wanting() {
    const shown = [...slots].filter(([, slot]) => isLive(slot)).map(([id]) => alerts.get(id));
    const now = work.serverNow();
    return [...shown, ...queued.waiting.values()].filter((alert) => wantsMe(alert, now));
  }

  // With every change and twice a second: a claim lapses and a time runs out by themselves.
  function count() {
    const sizes = { waiting: wanting().length, others: queued.others.size };
    for (const name of RESTS) { sizes[name] = (sizes[name] ?? 0) + byId(name).children.length; }
    byId("earlier-more").hidden = over.decided <= most && over.expired <= most;
    sizes.history = Math.max(sizes.history, over.decided);
    sizes.expired = Math.max(sizes.expired, over.expired);
    for (const [name, size] of Object.entries(sizes)) {
      setText(byId(`${name}-count`), String(size));
      if (byId(`${name}-empty`)) { byId(`${name}-empty`).hidden = size > 0; }
    }
    byId("others-section").hidden = sizes.others === 0 && !readsOnly;
    byId("expired-fold").hidden = sizes.expired === 0;
    byId("opened-section").hidden = sizes.opened === 0;
    // Its words would push the slots down.
    byId("waiting-empty").hidden = waiting.children.length > 0;
  }

  // A finger has no pointer that could be watched on its way: what it hits just after the cards moved, it did not mean.
  document.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || Date.now() - movedAt > SETTLED_MS || !event.target.closest(".card")) { return; }
    event.preventDefault();
    event.stopPropagation();
    hint("The cards moved just now: press again.");
  }, { capture: true });

  return {
    cardOf, count, place, refresh, settle, still,
    idle: () => !pointer.held() && !focused(),
    wanting, fill,
    earlier: (found) => { over = found ?? over; },
    close: (id) => opened.delete(id),
    tickAll: () => { for (const id of alerts.keys()) { refresh(id); } },
    clear: () => {
      over = { decided: 0, expired: 0 };
      for (const map of [slots, rests, essences, opened, ...Object.values(queued)]) { map.clear(); }
      for (const name of ["waiting", ...RESTS]) { byId(name).replaceChildren(); }
      fill();
      sweepPictures();
    },
  };
}
