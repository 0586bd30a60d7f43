// Sends what somebody had typed before they were asked who they are. Without this script there is a button.

const form = document.querySelector("[data-go-on]");
// A field of the page may be called "submit".
HTMLFormElement.prototype.submit.call(form);
