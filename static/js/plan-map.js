// Draws the corners of the field on a map, and writes back what is drawn: the area, or one of several places that
// may be used instead. Without this script the corners are typed.

import { Board } from "./plan-board.js";
import { read, readPlaces, write, writePlaces } from "./plan-geometry.js";

const UNITED_KINGDOM = [[50.0, -6.5], [58.7, 1.8]];

function beginning(points, known) {
  if (points.length) { return L.latLngBounds(points).pad(0.6); }
  return known.begin ?? UNITED_KINGDOM;
}

function put(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function one(box, field, known) {
  const points = read(field.value);
  const board = new Board(box, { begin: beginning(points, known), aids: known.aids, changed: (drawn) => put(field, write(drawn)) });
  board.show(points);
  field.addEventListener("input", () => board.show(read(field.value), { seek: true }));
}

function several(box, field, known) {
  const bar = document.getElementById("plan-places");
  const [choice, name, add] = [bar.querySelector("select"), bar.querySelector("input"), bar.querySelector("button")];
  let places = readPlaces(field.value);
  let chosen = 0;
  const first = places[0]?.points ?? [];
  const board = new Board(box, {
    begin: beginning(first, known),
    aids: [],
    changed(points) {
      if (!places.length) { places = [{ name: name.value.trim() || "Place 1", points: [] }]; chosen = 0; }
      places[chosen].points = points;
      put(field, writePlaces(places));
      list();
    },
  });

  function list() {
    choice.replaceChildren(...places.map((place, index) => new Option(place.name || `Place ${index + 1}`, String(index), false, index === chosen)));
    choice.disabled = !places.length;
    board.showAids([...known.aids, ...places.filter((_, index) => index !== chosen)]);
  }

  function show(index, look) {
    chosen = Math.max(0, Math.min(index, places.length - 1));
    list();
    board.show(places[chosen]?.points ?? [], { look });
  }

  bar.hidden = false;
  choice.addEventListener("change", () => show(Number(choice.value), true));
  add.addEventListener("click", () => {
    places.push({ name: name.value.trim() || `Place ${places.length + 1}`, points: [] });
    name.value = "";
    show(places.length - 1, false);
    board.say(`${places[chosen].name}: add its corners on the map.`);
    box.focus();
  });
  // A press of Enter is meant for this field: it must not send the plan and drop the name.
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); add.click(); } });
  field.addEventListener("input", () => { places = readPlaces(field.value); show(chosen, false); });
  show(0, false);
}

const box = document.getElementById("plan-map");
const field = document.getElementById(box?.dataset.field ?? "");
if (box && field && window.L) {
  const known = JSON.parse(document.getElementById("plan-map-known").textContent);
  (box.dataset.several ? several : one)(box, field, known);
}
