// Who works on which alert. A claim is renewed while its card is worked on, and lapses by itself when it is not.

const RENEW_EVERY_MS = 10000;

// The claim that stands now by the server's clock: "mine", "other" or "".
export function standing(alert, now) {
  if (!alert.claim || Date.parse(alert.claim.lapses_at) <= now) { return ""; }
  return alert.claim.mine ? "mine" : "other";
}

// `attended`: somebody sees the page and has touched it lately. A focus that was left behind holds nothing.
export function makeClaims({ alerts, cardOf, post, ask, serverNow, attended }) {
  let last = Promise.resolve();

  // In the order in which they were asked for: a "cancel" must not overtake the claim that it cancels.
  const inTurn = (id, what) => {
    const turn = last.then(() => post(`/alerts/${id}/${what}`, {}));
    last = turn.catch(() => {});
    last.then(ask);
    return turn;
  };
  const mine = () => [...alerts.values()].filter((alert) => standing(alert, serverNow()) === "mine");

  const release = (id) => inTurn(id, "release-claim")
    .catch((problem) => console.warn("the claim will lapse by itself:", problem.message));

  // One person works on one alert: taking this one lets go of any other.
  const take = (id) => {
    mine().filter((alert) => alert.id !== id).forEach((alert) => release(alert.id));
    return inTurn(id, "claim");
  };

  // Decided, and its own answer is not here yet; or its time is up, and nobody has swept it up yet.
  const isOver = (card) => Boolean(card?.dataset.sending) || card?.dataset.over === "1";

  const workedOn = (card) => attended() && !isOver(card) &&
    (card?.contains(document.activeElement) || card?.querySelector?.(".confirm"));

  setInterval(() => {
    for (const alert of mine()) {
      if (workedOn(cardOf(alert.id))) {
        inTurn(alert.id, "claim").catch((problem) => console.warn("the claim was not renewed:", problem.message));
      }
    }
  }, RENEW_EVERY_MS);

  return { take, release };
}
