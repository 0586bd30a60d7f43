// Small helpers of the console's modules. Text goes in as text, never as HTML.

const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/London",
});
const HINT_MS = 6000;

export const byId = (id) => document.getElementById(id);

export const clock = (iso) => TIME.format(new Date(iso));

// Of a stretch of time, for instance "4 min 18 s".
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours) { return `${hours} h ${minutes} min`; }
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export function el(tag, options = {}, ...children) {
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

// Twice a second the same words: writing them again would be a change to whoever watches the page.
export function setText(element, words) {
  if (element.textContent !== words) { element.textContent = words; }
}

// Said by screen readers, once. Two things said in the same moment are both said.
let waiting = [];

export function announce(words) {
  if (!waiting.length) {
    setTimeout(() => { byId("announce").textContent = waiting.join(" "); waiting = []; }, 100);
  }
  waiting.push(words);
}

// Of somebody who is signed out nothing stays, not even what was said.
export function hush() {
  waiting = [];
  hint("");
  byId("announce").textContent = "";
}

// For everybody's eyes too: why a key or a touch did nothing.
let hinted = 0;

export function hint(words) {
  byId("hint").textContent = words;
  byId("hint").hidden = !words;
  clearTimeout(hinted);
  if (!words) { return; }
  announce(words);
  hinted = setTimeout(() => hint(""), HINT_MS);
}
