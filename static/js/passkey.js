// Passkeys: makes one or uses one when a form marked data-passkey is sent, and puts the answer into it. Without this
// script the form stays hidden, and the page has another way.

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  const wanted = { ...options, challenge: toBytes(options.challenge) };
  if (wanted.user) { wanted.user = { ...wanted.user, id: toBytes(wanted.user.id) }; }
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (wanted[list]) { wanted[list] = wanted[list].map((one) => ({ ...one, id: toBytes(one.id) })); }
  }
  return wanted;
}

function written(credential) {
  const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) { response[part] = toText(credential.response[part]); }
  }
  return {
    id: credential.id, rawId: toText(credential.rawId), type: credential.type, response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function send(event) {
  const form = event.currentTarget;
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  const publicKey = readable(JSON.parse(form.dataset.options).publicKey);
  try {
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(written(credential));
    HTMLFormElement.prototype.submit.call(form);
  } catch (error) {
    console.warn("the passkey was not used:", error.name);
    problem.textContent = error.name === "InvalidStateError"
      ? "This device has a passkey for this account already."
      : "The passkey was not used. Try again, or choose another way.";
    problem.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", send);
  }
  for (const words of document.querySelectorAll("[data-without-script]")) { words.hidden = true; }
}
