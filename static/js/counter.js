// Says how many characters are still missing from a text with a minimum length. Only an aid: the server counts.

function counted(text) {
  return text.trim().replace(/\s+/gu, " ").length;
}

function words(length, minimum) {
  const missing = minimum - length;
  if (missing > 0) return `${missing} more character${missing === 1 ? "" : "s"} needed`;
  return `${length} characters`;
}

for (const area of document.querySelectorAll("textarea[data-minimum]")) {
  const line = document.createElement("p");
  line.className = "hint";
  line.id = `${area.id}-count`;
  area.after(line);
  area.setAttribute("aria-describedby", `${area.getAttribute("aria-describedby") ?? ""} ${line.id}`.trim());
  const spoken = document.createElement("p");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  line.after(spoken);
  let timer = 0;
  const count = () => {
    line.textContent = words(counted(area.value), Number(area.dataset.minimum));
    // A screen reader hears it when the typing pauses, not with every key.
    clearTimeout(timer);
    timer = setTimeout(() => { spoken.textContent = line.textContent; }, 1500);
  };
  area.addEventListener("input", count);
  line.textContent = words(counted(area.value), Number(area.dataset.minimum));
}
