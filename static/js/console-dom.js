// Small helpers of the console's modules. Text goes in as text, never as HTML.

const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Europe/London",
});

export const byId = (id) => document.getElementById(id);

export const clock = (iso) => TIME.format(new Date(iso));

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

// Said by screen readers, once. Two things said in the same moment are both said.
let waiting = [];

export function announce(words) {
  if (!waiting.length) {
    setTimeout(() => { byId("announce").textContent = waiting.join(" "); waiting = []; }, 100);
  }
  waiting.push(words);
}
