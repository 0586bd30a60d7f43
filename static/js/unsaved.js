// Asks before a page is left on which somebody has typed something that was not sent. For forms that are marked
// data-unsaved; data-unsaved="already" for one that came back with what was typed, because it was refused.
// Without this script nothing is asked.

const forms = [...document.querySelectorAll("form[data-unsaved]")];
const open = new Set(forms.filter((form) => form.dataset.unsaved === "already"));

for (const form of forms) {
  for (const kind of ["input", "change"]) { form.addEventListener(kind, () => open.add(form)); }
  // What is sent is the server's to keep. A second form of the page may still hold something.
  form.addEventListener("submit", () => open.delete(form));
}

if (forms.length) {
  addEventListener("beforeunload", (event) => {
    if (open.size) { event.preventDefault(); }
  });
}
