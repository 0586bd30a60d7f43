// Draws the zone of a camera on a still. The still is read in this browser only: its box has no name, so no form
// sends it, and it is gone with the page. Without this script the corners are typed.

import { crossing } from "./plan-geometry.js";

const LINE = /^\s*(\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(\d{1,3}(?:\.\d+)?)\s*$/;
const WIDEST = 1280;
const STEP = 0.5;
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
// How far an arrow moves the cross, in per cent of the picture; with Shift the smaller way.
const FAR = 5;
const NEAR = 0.5;
const ON_IT = "Press on it to add a corner. By keyboard: arrows move the cross (with Shift a little), Enter adds a corner there, Delete removes the last one.";

function typed(field) {
  const found = field.value.split("\n").map((line) => LINE.exec(line)).filter(Boolean);
  return found.map((match) => [Number(match[1]), Number(match[2])]);
}

function element(name, attributes, words = "") {
  const made = Object.assign(document.createElement(name), attributes);
  if (words) { made.textContent = words; }
  return made;
}

function drawEmpty(ink, canvas) {
  ink.strokeStyle = "#505a5f";
  ink.lineWidth = 1;
  for (let tenth = 1; tenth < 10; tenth += 1) {
    const [x, y] = [canvas.width * tenth / 10, canvas.height * tenth / 10];
    ink.beginPath();
    ink.moveTo(x, 0);
    ink.lineTo(x, canvas.height);
    ink.moveTo(0, y);
    ink.lineTo(canvas.width, y);
    ink.stroke();
  }
}

function drawCross(ink, canvas, [across, down]) {
  const [x, y] = [across / 100 * canvas.width, down / 100 * canvas.height];
  for (const [colour, width] of [["#0b0c0c", 6], ["#ffffff", 2]]) {
    ink.strokeStyle = colour;
    ink.lineWidth = width;
    ink.beginPath();
    ink.moveTo(x - 16, y);
    ink.lineTo(x + 16, y);
    ink.moveTo(x, y - 16);
    ink.lineTo(x, y + 16);
    ink.stroke();
  }
}

function board(field) {
  const name = document.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent?.trim() ?? "Zone";
  const box = element("div", { className: "plan-zone" });
  const still = element("input", { type: "file", accept: "image/*", id: `${field.id}-still` });
  const label = element("label", { htmlFor: still.id }, "Open a still of this camera (it stays on this device)");
  const canvas = element("canvas", { width: 640, height: 360, tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `${name}: drawing`);
  const keys = element("p", { className: "hint", id: `${field.id}-keys` });
  canvas.setAttribute("aria-describedby", keys.id);
  const said = element("p", { className: "plan-zone__said" });
  said.setAttribute("role", "status");
  const undo = element("button", { type: "button", className: "button button--secondary" }, "Remove the last corner");
  box.append(label, still, keys, canvas, said, undo);
  field.before(box);
  let picture = null;
  let cross = [50, 50];

  function draw() {
    const ink = canvas.getContext("2d");
    ink.clearRect(0, 0, canvas.width, canvas.height);
    if (picture) { ink.drawImage(picture, 0, 0, canvas.width, canvas.height); } else { drawEmpty(ink, canvas); }
    keys.textContent = picture ? ON_IT : `No still is open: the frame stands for the whole picture, in tenths. Open a still to see what the zone covers. ${ON_IT}`;
    if (document.activeElement === canvas) { drawCross(ink, canvas, cross); }
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

  function write(points, words) {
    field.value = points.map(([across, down]) => `${across}, ${down}`).join("\n");
    field.dispatchEvent(new Event("change", { bubbles: true }));
    draw();
    said.textContent = [words, points.length > 2 && crossing(points) ? "The outline of this zone crosses itself: move or remove a corner." : ""].filter(Boolean).join(" ");
  }

  function add(at) {
    const points = [...typed(field), at.map((value) => Math.min(100, Math.max(0, Math.round(value / STEP) * STEP)))];
    write(points, `Corner ${points.length} added, ${points.at(-1)[0]} per cent across and ${points.at(-1)[1]} down.`);
  }

  function drop() {
    const points = typed(field).slice(0, -1);
    write(points, points.length ? `The last corner is removed; ${points.length} left.` : "No corner is left: the zone is the whole picture.");
  }

  function key(event) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const far = event.shiftKey ? NEAR : FAR;
      cross = cross.map((value, axis) => Math.min(100, Math.max(0, value + arrow[axis] * far)));
      said.textContent = `Cross at ${cross[0]} per cent across and ${cross[1]} down.`;
      draw();
    } else if (event.key === "Enter") {
      add(cross);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      drop();
    } else {
      return;
    }
    event.preventDefault();
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
    add([across, down]);
  });
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", draw);
  undo.addEventListener("click", drop);
  field.addEventListener("input", draw);
  draw();
}

document.querySelectorAll("textarea[data-zone]").forEach(board);
