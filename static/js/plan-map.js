// Draws the corners of the field as an outline on a grid, and writes back what is drawn. No tile and no address
// is asked for anywhere: what lies under the outline is a grid of degrees.
// Without this script the corners are typed.

const map_ = document.getElementById("plan-map");
const field = document.getElementById(map_?.dataset.polygon ?? "");
const LINE = /^\s*\(?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*\)?\s*,?\s*$/;
const UNITED_KINGDOM = [[50.0, -6.5], [58.7, 1.8]];
const MOST = 100;

function typed() {
  const found = field.value.split("\n").map((line) => LINE.exec(line)).filter(Boolean);
  return found.map((match) => L.latLng(Number(match[1]), Number(match[2]))).filter((p) => Math.abs(p.lat) <= 90 && Math.abs(p.lng) <= 180);
}

function step(span) {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
}

function start() {
  map_.hidden = false;
  const map = L.map(map_, { attributionControl: false, zoomSnap: 0.5, maxZoom: 20, worldCopyJump: false });
  L.control.scale({ imperial: false }).addTo(map);
  let points = typed();
  // Leaflet draws nothing before it knows what to show.
  map.fitBounds(points.length ? L.latLngBounds(points).pad(0.6) : UNITED_KINGDOM);
  const grid = L.layerGroup().addTo(map);
  const outline = L.polygon([], { color: "#0b3a5e", weight: 4, fillOpacity: 0.2 }).addTo(map);
  const corners = L.layerGroup().addTo(map);

  function drawGrid() {
    grid.clearLayers();
    const bounds = map.getBounds().pad(0.1);
    const size = step(bounds.getNorth() - bounds.getSouth());
    const digits = Math.max(0, -Math.floor(Math.log10(size)));
    const style = { color: "#a9b3ab", weight: 1, interactive: false };
    const label = (at, words, direction) => L.tooltip({ permanent: true, direction, className: "plan-map__label", interactive: false }).setLatLng(at).setContent(words).addTo(grid);
    for (let lat = Math.ceil(bounds.getSouth() / size) * size; lat <= bounds.getNorth(); lat += size) {
      L.polyline([[lat, bounds.getWest()], [lat, bounds.getEast()]], style).addTo(grid);
      label([lat, map.getBounds().getWest()], `${lat.toFixed(digits)}°`, "right");
    }
    for (let lng = Math.ceil(bounds.getWest() / size) * size; lng <= bounds.getEast(); lng += size) {
      L.polyline([[bounds.getSouth(), lng], [bounds.getNorth(), lng]], style).addTo(grid);
      label([map.getBounds().getSouth(), lng], `${lng.toFixed(digits)}°`, "top");
    }
  }

  function write() {
    field.value = points.map((point) => `${point.lat.toFixed(6)}, ${point.lng.toFixed(6)}`).join("\n");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function draw() {
    outline.setLatLngs(points);
    corners.clearLayers();
    points.forEach((point, index) => {
      const icon = L.divIcon({ className: "plan-map__corner", iconSize: [18, 18] });
      const corner = L.marker(point, { icon, draggable: true, keyboard: true, alt: `Corner ${index + 1}`, title: `Corner ${index + 1}. Drag to move; Delete removes it.` });
      corner.on("drag", () => { points[index] = corner.getLatLng(); outline.setLatLngs(points); });
      corner.on("dragend", () => { write(); draw(); });
      corner.on("keydown", ({ originalEvent }) => move(originalEvent, index));
      corner.addTo(corners);
    });
  }

  function move(event, index) {
    const keys = { ArrowUp: [0, -4], ArrowDown: [0, 4], ArrowLeft: [-4, 0], ArrowRight: [4, 0] };
    if (event.key === "Delete" || event.key === "Backspace") {
      points.splice(index, 1);
    } else if (keys[event.key]) {
      points[index] = map.unproject(map.project(points[index]).add(keys[event.key]));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    write();
    draw();
    corners.getLayers()[Math.min(index, points.length - 1)]?.getElement()?.focus();
  }

  map.on("click", ({ latlng }) => {
    if (points.length < MOST) { points.push(latlng); write(); draw(); }
  });
  map.on("moveend", drawGrid);
  field.addEventListener("input", () => { points = typed(); draw(); });
  drawGrid();
  draw();
}

if (map_ && field && window.L) { start(); }
