// Sends what somebody had typed before they were asked who they are. Without this script there is a button.

const form = document.querySelector("[data-go-on]");
// A field of the page may be called "submit".
HTMLFormElement.prototype.submit.call(form);
// A file leaves this page where it is: it says so, and offers nothing that would take the file a second time.
if ("download" in form.dataset) {
  form.hidden = true;
  document.querySelector("[data-started]").hidden = false;
}
