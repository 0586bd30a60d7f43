// Long forms: says in good time that sitting still ends the sign-in. Only an aid: the server measures.

const WARN_BEFORE_MIN = 5;
for (const words of document.querySelectorAll("[data-idle-minutes]")) {
  const minutes = Math.max(Number(words.dataset.idleMinutes) - WARN_BEFORE_MIN, 1);
  setTimeout(() => { words.hidden = false; }, minutes * 60_000);
}
