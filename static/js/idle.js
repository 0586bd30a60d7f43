// Sitting still ends a sign-in: this says so in good time, and covers the page once it has happened. The server
// measures, and is asked before anything is covered: another tab, or a duty, may have kept the sign-in alive.

const SHARED = "lfr-last-sent";
const TICK_MS = 10_000;
const ASK_AGAIN_MS = 60_000;
const place = document.querySelector("[data-idle-minutes]");

function start() {
  const minutes = Number(place.dataset.idleMinutes);
  const warnAfterMs = (minutes - (minutes >= 15 ? 5 : 2)) * 60_000;
  const endsAfterMs = minutes * 60_000 + 5_000;
  const warning = place.querySelector("[data-idle-warning]");
  const cover = place.querySelector("[data-idle-cover]");
  const usual = cover.querySelector("[data-idle-why]").textContent;
  let sentAt = Date.now();
  let askedAt = 0;

  // Another tab of the same browser: what is sent there counts here. A browser may forbid the storage.
  const tell = () => {
    try { localStorage.setItem(SHARED, String(sentAt)); } catch (error) { console.warn("tabs are not told:", error.name); }
  };
  const heard = (event) => {
    if (event.key !== SHARED) { return; }
    sentAt = Math.max(sentAt, Number(event.newValue) || 0);
    if (cover.hidden) { look(); } else { ask(); }
  };

  const setCovered = (covered, why = "") => {
    if (covered === !cover.hidden) { return; }
    cover.querySelector("[data-idle-why]").textContent = why || usual;
    cover.hidden = !covered;
    warning.hidden = true;
    document.body.classList.toggle("covered", covered);
    for (const part of document.body.children) { if (part !== place) { part.inert = covered; } }
    if (covered) { cover.querySelector("h2").focus(); } else { document.dispatchEvent(new Event("uncovered")); }
  };

  // What the server says: {person, token} for whoever is signed in, 401 for nobody. "in", "out", or "" where it
  // says nothing.
  const ask = async (method = "GET") => {
    askedAt = Date.now();
    const headers = { Accept: "application/json" };
    if (method === "POST") { headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value; }
    let answer;
    try {
      answer = await fetch(place.dataset.present, { method, headers, credentials: "same-origin" });
    } catch (error) {
      console.warn("whether the sign-in goes on is not known:", error.name);
      return "";
    }
    // Led elsewhere: signed in, and not to a force.
    if (answer.redirected || [401, 403].includes(answer.status)) {
      const { why } = answer.redirected ? {} : await answer.json().catch(() => ({}));
      setCovered(true, why);
      return "out";
    }
    if (!answer.ok) { return ""; }
    const found = await answer.json();
    if (found.person !== place.dataset.person) {
      setCovered(true, "Somebody else has signed in with this browser.");
      return "out";
    }
    // A new sign-in has a new token: what was typed here can be sent with it.
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) { field.value = found.token; }
    setCovered(false);
    if (method === "POST") { sentAt = Date.now(); tell(); look(); }
    return "in";
  };

  const look = () => {
    const still = Date.now() - sentAt;
    if (!cover.hidden) { return; }
    warning.hidden = still < warnAfterMs;
    if (still > endsAfterMs && Date.now() - askedAt > ASK_AGAIN_MS) { ask(); }
  };

  tell();
  addEventListener("storage", heard);
  // Another script was refused (still-in.js).
  document.addEventListener("doubted", ({ detail }) => { detail.answer = ask(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { return; }
    if (cover.hidden) { look(); } else { ask(); }
  });
  place.querySelector("[data-idle-stay]").addEventListener("click", () => ask("POST"));
  setInterval(look, TICK_MS);
}

if (place) { start(); }
