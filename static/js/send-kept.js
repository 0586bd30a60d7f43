// Sends a form marked data-unsent from the page that it stands on, so that a lost link takes neither the page nor
// what was typed. The mark says what did not happen then: "Recognition is NOT suspended". Nothing is sent a second
// time but by a person. Without this script the browser sends the form in the ordinary way.

const GIVE_UP_MS = 8000;
// A photograph takes its time.
const GIVE_UP_UPLOAD_MS = 60_000;
// Where to is said in a header, which a script may read and a redirect's own is not (apps/core/web.py).
const REDIRECTED = 204;
const CANNOT = ({ status }) => status >= 500 || status === 429;
const main = document.getElementById("main");
let sending = false;
let last = null;

const box = document.createElement("div");
box.className = "warning unsent";
box.hidden = true;
const words = document.createElement("p");
words.setAttribute("role", "alert");
const again = document.createElement("button");
again.type = "button";
again.className = "button button--secondary";
box.append(words, again);
main.append(box);

const formOf = (mark) => [...main.querySelectorAll("form[data-unsent]")].find((form) => form.dataset.unsent === mark);
const labelOf = (button) => button?.textContent.trim() ?? "";

main.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-unsent]")) { return; }
  event.preventDefault();
  if (!sending) { send(form, event.submitter); }
});

// The form may be a newer one than was sent: what it says now is what goes.
again.addEventListener("click", () => {
  const form = formOf(last.mark);
  if (!form || sending) { return; }
  form.requestSubmit([...form.querySelectorAll("[type=submit]")].find((one) => labelOf(one) === last.label));
});

// What it is about is not there any more: somebody else did it, or it is past.
new MutationObserver(() => {
  if (last && !sending && !formOf(last.mark)) { box.hidden = true; }
}).observe(main, { childList: true, subtree: true });

// Shown again from the browser's memory, after it had led on.
addEventListener("pageshow", () => { sending = false; });

async function send(form, button) {
  sending = true;
  last = { mark: form.dataset.unsent, label: labelOf(button) };
  say("Sending…");
  const address = form.getAttribute("action") || location.href;
  const typed = new FormData(form, button);
  const uploads = form.enctype === "multipart/form-data";
  const online = navigator.onLine;
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      body: uploads ? typed : new URLSearchParams(typed),
      headers: { Accept: "text/html", "X-Sent-From-Page": "1" },
      redirect: "error",
      signal: AbortSignal.timeout(uploads ? GIVE_UP_UPLOAD_MS : GIVE_UP_MS),
    });
    if (response.status === REDIRECTED) { location.assign(response.headers.get("X-Go-To")); return; }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (CANNOT(response) || !fresh.getElementById("main")) {
      failed(`the server could not do it (error ${response.status})`);
      return;
    }
    show(fresh, address);
  } catch (error) {
    console.warn("not sent:", error.name);
    // It may have arrived all the same, unless the browser itself knew that it could not.
    failed(online ? "no answer came from the server" : "no link to the server", online ? ", as far as this page knows" : "");
  }
}

function failed(why, doubt = "") {
  sending = false;
  say("", `${last.mark}${doubt}: ${why}.`, " Use the radio. What you typed is still here, and nothing is sent by itself.");
  again.textContent = `Send again: ${last.label}`;
  again.hidden = false;
}

function say(plain, strong = "", rest = "") {
  const heavy = document.createElement("strong");
  heavy.textContent = strong;
  words.replaceChildren(plain, heavy, rest);
  again.hidden = true;
  box.hidden = false;
}

// Refused, or asked about once more: the server's own words take the place of the page. The line about the lost
// link stays the one that refresh.js knows.
function show(fresh, address) {
  sending = false;
  const stale = document.getElementById("stale");
  if (stale) { fresh.getElementById("stale")?.replaceWith(stale); }
  history.replaceState(null, "", address);
  document.title = fresh.title;
  box.hidden = true;
  main.replaceChildren(...fresh.getElementById("main").childNodes, box);
  (main.querySelector(".error-summary") ?? main).focus();
}
