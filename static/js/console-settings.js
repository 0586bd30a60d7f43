// Sound and keys: chosen once on a device and kept there. Nothing of an alert is ever stored in the browser.

const KEPT = "lfr.console.";

function recall(name, otherwise) {
  try {
    return (localStorage.getItem(KEPT + name) ?? otherwise) === "on";
  } catch (refused) {
    console.warn("this browser keeps no settings:", refused.message);
    return otherwise === "on";
  }
}

function keep(name, on) {
  try {
    localStorage.setItem(KEPT + name, on ? "on" : "off");
  } catch (refused) {
    console.warn("this browser keeps no settings:", refused.message);
  }
}

function toggle(button, on, changed) {
  const show = () => {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("[data-off]").textContent = on ? "on" : "off";
  };
  button.addEventListener("click", () => { on = !on; show(); keep(button.id, on); changed(on); });
  show();
  changed(on);
  return () => on;
}

export function keysToggle(button) {
  return toggle(button, recall(button.id, "on"), () => {});
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
