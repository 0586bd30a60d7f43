// Who is at a console of this deployment now, by step, and whether nobody is who could decide what waits.

import { announce, byId, setText } from "./console-dom.js";

const STEPS = { operator: "operator", engagement: "engagement officer" };
let said = "";

// `presence`: [{label, steps, covered, mine}], null when nobody can say now; the others are sentences, or "".
export function showPresence({ presence, nobody_here: nobody = "", escalation = "" }) {
  byId("presence").hidden = presence === undefined;
  setText(byId("presence"), presence ? whoIsHere(presence) : "Who is at the console is not known now.");
  const words = [nobody, escalation].filter(Boolean).join(" ");
  setText(byId("nobody"), words);
  byId("nobody").hidden = !words;
  if (words && words !== said) { announce(words); }
  said = words;
}

export function forgetPresence() {
  setText(byId("presence"), "");
  byId("presence").hidden = true;
  byId("nobody").hidden = true;
}

function whoIsHere(presence) {
  const people = presence.map(({ label, steps, covered, mine }) => {
    const words = [...steps.map((step) => STEPS[step]), covered && "screen covered", mine && "you"].filter(Boolean);
    return words.length ? `${label} (${words.join(", ")})` : label;
  });
  return `At the console: ${people.join(", ") || "nobody"}.`;
}
