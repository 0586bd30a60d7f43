// Asks how far a check or an import is and moves the bar; loads the page again when there is something new to
// read. Without this script the page has a link that does the same. Also says that an upload is under way.

import { isCovered, isRefusal, stillIn } from "./still-in.js";

const EVERY_MS = 2000;
const GIVE_UP_MS = 8000;
const box = document.querySelector("[data-progress]");
const form = document.querySelector("[data-upload]");

async function look() {
  if (isCovered()) { setTimeout(look, EVERY_MS); return; }
  const lost = box.querySelector("[data-lost]");
  try {
    const response = await fetch(box.dataset.progress, {
      signal: AbortSignal.timeout(GIVE_UP_MS),
      headers: { Accept: "application/json" },
    });
    if (isRefusal(response)) {
      const still = await stillIn();
      if (still === "in") { location.reload(); return; }
      if (still === "out") { lost.hidden = true; setTimeout(look, EVERY_MS); return; }
    }
    if (!response.ok) { throw new Error(String(response.status)); }
    const found = await response.json();
    if (!found.working || found.state !== box.dataset.state) {
      location.reload();
      return;
    }
    const bar = box.querySelector("progress");
    if (found.total > 0) {
      bar.max = found.total;
      bar.value = found.done;
    }
    box.querySelector("[data-words]").textContent = found.words;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  setTimeout(look, EVERY_MS);
}

function send(event) {
  const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const large = document.getElementById("too-large");
  large.hidden = size <= Number(form.dataset.upload);
  if (!large.hidden) {
    event.preventDefault();
    large.focus();
    return;
  }
  form.querySelector("[data-sending]").hidden = false;
  // After this press: a disabled button would not be part of what is sent.
  setTimeout(() => { form.querySelector("button").disabled = true; });
}

if (box) { setTimeout(look, EVERY_MS); }
if (form) {
  form.addEventListener("submit", send);
  // Back from the next page, the form must work again.
  addEventListener("pageshow", () => {
    form.querySelector("button").disabled = false;
    form.querySelector("[data-sending]").hidden = true;
  });
}
