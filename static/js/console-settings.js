// What is chosen once on a device and kept there. Nothing of an alert is ever stored in the browser.

const KEPT = "lfr.console.";
const BUZZ_MS = [200, 100, 200];

// What was chosen on this device, or null.
export function kept(name) {
  try {
    return localStorage.getItem(KEPT + name);
  } catch (refused) {
    console.warn("this browser keeps no settings:", refused.message);
    return null;
  }
}

// An empty value is forgotten: the standard holds again.
export function keep(name, value) {
  try {
    if (value) { localStorage.setItem(KEPT + name, value); } else { localStorage.removeItem(KEPT + name); }
  } catch (refused) {
    console.warn("this browser keeps no settings:", refused.message);
  }
}

const recall = (name, otherwise) => (kept(name) ?? otherwise) === "on";

function toggle(button, on, changed) {
  const show = () => {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("[data-off]").textContent = on ? "on" : "off";
  };
  button.addEventListener("click", () => { on = !on; show(); keep(button.id, on ? "on" : "off"); changed(on); });
  show();
  changed(on);
  return () => on;
}

// One of a list: what was kept, if it is still offered, else what the page has chosen.
export function chosen(select) {
  if (!select) { return () => ""; }
  const values = [...select.options].map((option) => option.value);
  const before = kept(select.id);
  if (values.includes(before)) { select.value = before; }
  select.addEventListener("change", () => keep(select.id, select.value));
  return () => select.value;
}

export function keysToggle(button) {
  return toggle(button, recall(button.id, "on"), () => {});
}

// Only where the device can, as far as it says so. A browser also wants one touch of the page first.
export function vibrationToggle(button, root) {
  const phone = matchMedia("(any-pointer: coarse)").matches;
  if (!navigator.vibrate || !phone) { return () => {}; }
  button.hidden = false;
  const on = toggle(button, recall(button.id, "off"), (now) => { if (!now) { navigator.vibrate(0); } });
  return () => {
    if (on() && navigator.vibrate(BUZZ_MS)) { root.dataset.buzzes = Number(root.dataset.buzzes ?? 0) + 1; }
  };
}

// A browser lets a page sound only after somebody touched it: until then the page must not claim that it would.
export function soundToggle(button, note, root) {
  let audio = null;
  const tell = () => { note.hidden = !audio || audio.state === "running"; };
  const wake = () => { if (audio?.state === "suspended") { audio.resume().catch(() => {}).then(tell); } };
  toggle(button, recall(button.id, "off"), (on) => {
    audio?.close();
    audio = on ? new AudioContext() : null;
    audio?.addEventListener("statechange", tell);
    tell();
  });
  for (const touch of ["pointerdown", "keydown"]) { document.addEventListener(touch, wake); }
  return () => { if (audio) { beep(audio); root.dataset.beeps = Number(root.dataset.beeps ?? 0) + 1; } };
}

function beep(audio) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.35);
}
