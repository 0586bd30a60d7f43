// The answer to a form marked data-download is a file, and the page stays: what was wrong with the try before goes when
// the next one is sent. A refusal brings a page of its own.

for (const form of document.querySelectorAll("form[data-download]")) {
  form.addEventListener("submit", () => {
    for (const old of document.querySelectorAll(".error-summary, .field__error")) { old.remove(); }
    for (const field of form.querySelectorAll(".field--error")) { field.classList.remove("field--error"); }
    for (const input of form.querySelectorAll("[aria-invalid]")) { input.removeAttribute("aria-invalid"); }
    document.title = document.title.replace(/^Error: /, "");
  });
}
