// Which key does what. Chosen on the device and kept there; two things never share a key.

import { byId, el, setText } from "./console-dom.js";
import { keep, kept } from "./console-settings.js";

const NAME = "keymap";
export const ACTIONS = {
  next: { key: "j", words: "next alert" },
  previous: { key: "k", words: "previous alert" },
  claim: { key: "c", words: "claim, or release the claim" },
  match: { key: "m", words: "match" },
  not_a_match: { key: "n", words: "not a match" },
  unsure: { key: "u", words: "unsure" },
  engage: { key: "e", words: "engage" },
  do_not_engage: { key: "d", words: "do not engage" },
  contradicted: { key: "r", words: "identity contradicted: release (at once)" },
  cover: { key: "x", words: "cover the screen, or show it again" },
  help: { key: "?", words: "this help" },
};
const FIXED = [["Enter", "confirm"], ["Esc", "cancel or undo, and release the claim"]];

const usable = (key) => typeof key === "string" && key.length === 1 && key.trim() !== "";

// What was stored may be anything: what is no map of different keys counts as none.
function stored() {
  const text = kept(NAME);
  let found = {};
  try {
    found = text ? JSON.parse(text) : {};
  } catch (broken) {
    console.warn("the stored keys cannot be read:", broken.message);
  }
  const keys = Object.fromEntries(Object.entries(ACTIONS).map(([action, { key }]) =>
    [action, usable(found?.[action]) ? found[action].toLowerCase() : key]));
  return new Set(Object.values(keys)).size === Object.keys(keys).length ? keys : standard();
}

const standard = () => Object.fromEntries(Object.entries(ACTIONS).map(([action, { key }]) => [action, key]));

let keys = stored();

export const keyOf = (action) => keys[action].toUpperCase();

export const actionOf = (key) => Object.keys(keys).find((action) => keys[action] === key.toLowerCase());

// The key as it stands on a button; it follows when another is chosen.
export const keyCap = (action) => el("kbd", { text: keyOf(action), dataset: { key: action } });

function use(changed) {
  keys = changed;
  for (const cap of document.querySelectorAll("kbd[data-key]")) { setText(cap, keyOf(cap.dataset.key)); }
}

// --- the page of help, where they are changed -------------------------------------------------------------

let asked = null;

export function showKeys() {
  byId("keys-list").append(
    ...Object.keys(ACTIONS).map(changeable),
    ...FIXED.map(([key, words]) => el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text: words }))));
  byId("keys-reset").addEventListener("click", () => {
    forget();
    keep(NAME, "");
    use(standard());
    tell("The standard keys hold again.");
  });
  document.addEventListener("keydown", pressed, { capture: true });
}

function changeable(action) {
  const { words } = ACTIONS[action];
  const button = el("button", { type: "button", class: "link-button" }, "Change",
    el("span", { class: "visually-hidden", text: ` the key of: ${words}` }));
  button.addEventListener("click", () => {
    forget();
    asked = { action, button };
    button.closest("div").dataset.asked = "1";
    tell(`Press the new key for: ${words}. Esc keeps ${keyOf(action)}.`);
  });
  button.addEventListener("blur", () => { if (asked?.button === button) { forget(); tell(""); } });
  return el("div", {}, el("dt", {}, keyCap(action)), el("dd", { text: words }), el("dd", {}, button));
}

function forget() {
  if (asked) { delete asked.button.closest("div").dataset.asked; }
  asked = null;
}

const tell = (words) => { byId("keys-said").textContent = words; };

// Before anything else hears of it: the key that is being chosen must not decide anything.
function pressed(event) {
  if (!asked || event.key === "Tab" || event.key === "Shift" || event.ctrlKey || event.metaKey || event.altKey) { return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  const { action } = asked;
  if (event.key === "Escape") { forget(); tell(`Kept: ${keyOf(action)}.`); return; }
  if (!usable(event.key)) { tell("That key is taken by the browser or by the page. Choose a letter, a digit or a sign."); return; }
  const other = actionOf(event.key);
  if (other && other !== action) {
    tell(`Not changed: ${event.key.toUpperCase()} is already for: ${ACTIONS[other].words}. Choose another key.`);
    return;
  }
  forget();
  use({ ...keys, [action]: event.key.toLowerCase() });
  keep(NAME, JSON.stringify(keys));
  tell(`${keyOf(action)} is now for: ${ACTIONS[action].words}.`);
}
