// One map on which one outline is drawn: with a finger, a mouse, or the keyboard alone. It says aloud what happens,
// and at once when the outline crosses itself.

import { crossing, placeOf } from "./plan-geometry.js";
import { label, layGround } from "./plan-ground.js";

const MOST = 100;
const STEP_PX = 4;
const ARROWS = { ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX], ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0] };
const BLUE = "#0b3a5e";
const RED = "#b3261e";

/**
 * `box` is the element of the map, with data-lines (address of the base map) and the ids of the paragraphs that say
 * aloud (data-said) and whose map it is (data-source). `begin` is [[south, west], [north, east]]; `aids` are areas of
 * others, [{name, points}]. `changed(points)` is told every change.
 */
export class Board {
  constructor(box, { begin, aids, changed }) {
    box.hidden = false;
    this.box = box;
    this.changed = changed;
    this.points = [];
    this.said = document.getElementById(box.dataset.said);
    this.map = L.map(box, { attributionControl: false, zoomSnap: 0.5, maxZoom: 20, worldCopyJump: false });
    L.control.scale({ imperial: false }).addTo(this.map);
    // Leaflet draws nothing before it knows what to show.
    this.map.fitBounds(begin, { animate: false });
    layGround(this.map, box.dataset.lines, document.getElementById(box.dataset.source));
    this.aids = L.layerGroup().addTo(this.map);
    this.showAids(aids);
    this.outline = L.polygon([], { color: BLUE, weight: 4, fillOpacity: 0.2, interactive: false }).addTo(this.map);
    this.corners = L.layerGroup().addTo(this.map);
    this.map.on("click", ({ latlng }) => this.add(latlng));
    // Before Leaflet's own: Enter is nothing to it, and a corner is no place to pan from.
    box.addEventListener("keydown", (event) => {
      if (event.target === box && event.key === "Enter") { event.preventDefault(); this.add(this.map.getCenter(), true); }
    });
  }

  showAids(aids) {
    this.aids.clearLayers();
    for (const { name, points } of aids) {
      if (points.length < 3) { continue; }
      L.polygon(points, { color: "#595f69", weight: 2, dashArray: "6 6", fillOpacity: 0.05, interactive: false }).addTo(this.aids);
      label(L.latLngBounds(points).getCenter(), name, "center", "plan-map__label plan-map__aid").addTo(this.aids);
    }
  }

  /** Show an outline that was changed elsewhere. `look` moves the map there, `seek` only where it is out of sight. */
  show(points, { look = false, seek = false } = {}) {
    this.points = points.map(([lat, lng]) => L.latLng(lat, lng));
    const bounds = L.latLngBounds(this.points);
    // Typed far away, it would be drawn where nobody looks.
    const lost = seek && points.length > 2 && !this.map.getBounds().intersects(bounds);
    if ((look || lost) && points.length) { this.map.fitBounds(bounds.pad(0.6), { animate: false }); }
    // What was said of the outline before holds of that one only.
    this.say("");
    this.draw();
  }

  say(words) {
    this.said.textContent = words;
  }

  pairs() {
    return this.points.map((point) => [point.lat, point.lng]);
  }

  flat(point) {
    const { x, y } = this.map.latLngToLayerPoint(point);
    return [x, y];
  }

  tell(words) {
    this.changed(this.pairs());
    const crossed = crossing(this.pairs());
    this.say([words, crossed ? this.warning(crossed) : ""].filter(Boolean).join(" "));
  }

  warning([first, second]) {
    const after = (corner) => `corner ${corner} to ${corner % this.points.length + 1}`;
    return `The outline crosses itself: the side from ${after(first)} meets the side from ${after(second)}. Move a corner.`;
  }

  add(at, focus = false) {
    if (this.points.length >= MOST) { this.say(`An area has at most ${MOST} corners.`); return; }
    const index = placeOf(this.points.map((point) => this.flat(point)), this.flat(at));
    this.points.splice(index, 0, at);
    this.draw();
    this.tell(`Corner ${index + 1} of ${this.points.length} added.`);
    if (focus) { this.focus(index); }
  }

  focus(index) {
    const found = this.corners.getLayers()[Math.min(index, this.points.length - 1)]?.getElement();
    (found ?? this.box).focus({ preventScroll: true });
  }

  key(event, index) {
    if (event.key === "Delete" || event.key === "Backspace") {
      this.points.splice(index, 1);
      this.draw();
      this.tell(`Corner ${index + 1} removed; ${this.points.length} left.`);
    } else if (ARROWS[event.key]) {
      this.points[index] = this.map.unproject(this.map.project(this.points[index]).add(ARROWS[event.key]));
      this.draw();
      this.tell("");
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.focus(index);
  }

  draw() {
    const crossed = crossing(this.pairs());
    this.outline.setLatLngs(this.points);
    this.outline.setStyle({ color: crossed ? RED : BLUE, dashArray: crossed ? "10 8" : null });
    this.corners.clearLayers();
    this.points.forEach((point, index) => this.corner(point, index).addTo(this.corners));
    if (crossed) { this.say(this.warning(crossed)); }
  }

  corner(point, index) {
    const icon = L.divIcon({ className: "plan-map__corner", iconSize: [24, 24], html: String(index + 1) });
    const name = `Corner ${index + 1} of ${this.points.length}`;
    const corner = L.marker(point, { icon, draggable: true, keyboard: true, autoPanOnFocus: true, alt: name, title: `${name}: drag or arrow keys move it, Delete removes it` });
    corner.on("add", () => corner.getElement().setAttribute("aria-label", name));
    corner.on("drag", () => { this.points[index] = corner.getLatLng(); this.outline.setLatLngs(this.points); });
    corner.on("dragend", () => { this.draw(); this.tell(""); });
    corner.on("keydown", ({ originalEvent }) => this.key(originalEvent, index));
    return corner;
  }
}
