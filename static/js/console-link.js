// Whether what the page shows is true now: the link, the sign-in, a suspension, and what waits. Words right across
// the strip that stays in view, and in the title of the tab.

import { linkIsBack } from "./console-actions.js";
import { seconds } from "./console-cards.js";
import { byId, clock, el, setText, span } from "./console-dom.js";

// An answer takes a fraction of a second. The page asks every two.
const UNANSWERED_MS = 3000;
const LINK = {
  connected: "Connected", polling: "Reconnecting, asking meanwhile", connecting: "Connecting", lost: "Not connected",
};

export function makeLink({ root, still, serverNow }) {
  const title = document.title;
  let lastAnswer = 0;
  let caughtUp = false;
  let unansweredSince = 0;
  let failed = false;
  let failedAt = -Infinity;
  let socket = "connecting";
  let stopped = null;
  let suspension = null;
  let waits = [];
  let alarm = "";

  const lost = () => failed || (unansweredSince > 0 && Date.now() - unansweredSince > UNANSWERED_MS);

  function show() {
    // A figure more can take another line of the strip, and what is below it would move.
    still(() => { showState(); showWaiting(); });
    const now = stopped ? "stopped" : lost() ? "lost" : "";
    if (now !== alarm) {
      if (alarm === "lost" && now === "") { linkIsBack(); }
      alarm = now;
      still(showAlarm);
    }
    document.title = [heading(), title].filter(Boolean).join(" ");
  }

  function showState() {
    const health = byId("health");
    health.dataset.link = alarmed() ? "lost" : !caughtUp ? "connecting" : socket === "connected" ? "connected" : "polling";
    setText(byId("health-text"), stopped ? stopped.title : LINK[health.dataset.link]);
    setText(byId("health-age"), lastAnswer ? ` · last answer ${Math.round((Date.now() - lastAnswer) / 1000)} s ago` : "");
  }

  const alarmed = () => Boolean(stopped) || lost();

  function showAlarm() {
    const row = byId("link-lost");
    row.hidden = !alarm;
    if (alarm === "lost") {
      const since = lastAnswer ? ` since ${clock(new Date(lastAnswer).toISOString())}` : "";
      row.replaceChildren(el("strong", { text: `NOT CONNECTED${since}.` }),
        " What you see may be old. No decision means no stop.");
    } else if (alarm === "stopped") {
      row.replaceChildren(el("strong", { text: `${stopped.title.toUpperCase()}.` }), ` ${stopped.words} `,
        el("a", { href: root.dataset.signIn, text: "Sign in" }));
    } else { row.replaceChildren(); }
  }

  function heading() {
    if (stopped) { return `${stopped.title.toUpperCase()} –`; }
    if (lost()) { return "NOT CONNECTED –"; }
    const counted = waits.length ? `(${waits.length} · ${ageInTitle(oldest())})` : "";
    return [suspension && "SUSPENDED –", counted].filter(Boolean).join(" ");
  }

  // Whose decision is wanted counts first: an outcome may take its time.
  function oldest() {
    const undecided = waits.filter(({ state }) => state !== "engaged");
    const ages = (undecided.length ? undecided : waits).map(({ raised_at: at }) => seconds(serverNow(), at));
    return Math.max(...ages);
  }

  function showWaiting() {
    const line = byId("waits");
    if (!line) { return; }
    const one = waits.length === 1;
    const words = `${waits.length} ${one ? "waits" : "wait"} for you`;
    setText(line, waits.length ? `${words} · oldest ${span(oldest())}` : "Nothing waits for you");
    line.dataset.waits = waits.length ? "1" : "";
  }

  return {
    show, lost,
    asked: () => { unansweredSince ||= Date.now(); return performance.now(); },
    // What was asked before the link broke may still arrive: only what is asked since shows that it is back.
    answered: (askedAt) => {
      lastAnswer = Date.now();
      unansweredSince = 0;
      if (askedAt > failedAt) { failed = false; }
    },
    // Before that, what arrives is history and makes no sound: nobody may take the page for one that calls them.
    caughtUp: () => { caughtUp = true; },
    // The browser itself knows that nothing came through: no need to wait for more.
    failed: () => { failed = true; failedAt = performance.now(); show(); },
    socket: (state) => { socket = state; show(); },
    waiting: (alerts) => { waits = alerts; },
    stop: (reason) => { stopped = reason; waits = []; suspension = null; show(); },
    stopped: () => Boolean(stopped),
    suspended: (found) => {
      suspension = found;
      const row = byId("suspended");
      row.hidden = !found;
      if (!found) { row.replaceChildren(); return; }
      const words = found.at ? `SUSPENDED by ${found.by} at ${clock(found.at)}:` : "SUSPENDED.";
      row.replaceChildren(el("strong", { text: words }), found.reason ? ` ${found.reason}` : "");
    },
  };
}

function ageInTitle(age) {
  return age < 60 ? "under 1 min" : `${Math.floor(age / 60)} min`;
}
