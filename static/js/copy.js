// A button that puts a long secret on the clipboard. Without this script, or on a page that the browser does not trust
// with a clipboard, the button stays hidden and the text can be marked as before.

if (navigator.clipboard) {
  for (const place of document.querySelectorAll("[data-copy]")) {
    const said = place.querySelector("[role=status]");
    place.hidden = false;
    place.querySelector("button").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(place.dataset.copy).textContent.trim());
        said.textContent = "Copied.";
      } catch (error) {
        console.warn("not copied:", error.name);
        said.textContent = "The browser did not allow it. Mark the text and copy it.";
      }
    });
  }
}
