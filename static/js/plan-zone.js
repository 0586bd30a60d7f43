// Draws the zone of a camera on a still. The still is read in this browser only: its box has no name, so no form
// sends it, and it is gone with the page. Without this script the corners are typed.

const LINE = /^\s*(\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(\d{1,3}(?:\.\d+)?)\s*$/;
const WIDEST = 1280;
const STEP = 0.5;

function typed(field) {
  const found = field.value.split("\n").map((line) => LINE.exec(line)).filter(Boolean);
  return found.map((match) => [Number(match[1]), Number(match[2])]);
}

function element(name, attributes, words = "") {
  const made = Object.assign(document.createElement(name), attributes);
  if (words) { made.textContent = words; }
  return made;
}

function board(field) {
  const name = document.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent?.trim() ?? "Zone";
  const box = element("div", { className: "plan-zone" });
  const still = element("input", { type: "file", accept: "image/*", id: `${field.id}-still` });
  const label = element("label", { htmlFor: still.id }, "Open a still of this camera (it stays on this device)");
  const canvas = element("canvas", { width: 640, height: 360 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${name}: press to add a corner; the corners are listed in the field below`);
  const undo = element("button", { type: "button", className: "button button--secondary" }, "Remove the last corner");
  box.append(label, still, canvas, undo);
  field.before(box);
  let picture = null;

  function draw() {
    const ink = canvas.getContext("2d");
    ink.clearRect(0, 0, canvas.width, canvas.height);
    if (picture) { ink.drawImage(picture, 0, 0, canvas.width, canvas.height); }
    const points = typed(field).map(([across, down]) => [across / 100 * canvas.width, down / 100 * canvas.height]);
    if (!points.length) { return; }
    ink.beginPath();
    points.forEach(([x, y], index) => { if (index) { ink.lineTo(x, y); } else { ink.moveTo(x, y); } });
    ink.closePath();
    ink.fillStyle = "rgba(255, 191, 71, .25)";
    ink.fill();
    ink.lineWidth = 4;
    ink.strokeStyle = "#ffbf47";
    ink.stroke();
    for (const [x, y] of points) { ink.fillStyle = "#ffbf47"; ink.fillRect(x - 5, y - 5, 10, 10); }
  }

  function write(points) {
    field.value = points.map(([across, down]) => `${across}, ${down}`).join("\n");
    draw();
  }

  still.addEventListener("change", async () => {
    picture?.close();
    picture = null;
    if (still.files[0]) {
      try {
        picture = await createImageBitmap(still.files[0]);
        const scale = Math.min(1, WIDEST / picture.width);
        [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
      } catch {
        still.setCustomValidity("This is no picture that the browser can show.");
        still.reportValidity();
        still.setCustomValidity("");
      }
    }
    draw();
  });
  canvas.addEventListener("click", (event) => {
    const at = canvas.getBoundingClientRect();
    const across = (event.clientX - at.left) / at.width * 100;
    const down = (event.clientY - at.top) / at.height * 100;
    write([...typed(field), [across, down].map((value) => Math.min(100, Math.max(0, Math.round(value / STEP) * STEP)))]);
  });
  undo.addEventListener("click", () => write(typed(field).slice(0, -1)));
  field.addEventListener("input", draw);
  draw();
}

document.querySelectorAll("textarea[data-zone]").forEach(board);
