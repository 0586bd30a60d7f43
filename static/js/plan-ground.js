// What lies under the outline: the force's own base map, and a grid of degrees. No tile and no address outside
// this service is asked for anywhere.

const STYLES = {
  road: { color: "#6b746e", weight: 3 },
  rail: { color: "#6b746e", weight: 2, dashArray: "8 4" },
  water: { color: "#4d86b0", weight: 2 },
  outline: { color: "#8b948e", weight: 2, dashArray: "3 4" },
  other: { color: "#8b948e", weight: 1 },
};
// Names of roads at a scale at which they do not lie on each other.
const NAMES_FROM_ZOOM = 16;
const MOST_NAMES = 40;
const WAIT_MS = 200;

/** Words on the map; as text, never as markup. */
export function label(at, words, direction, className = "plan-map__label") {
  return L.tooltip({ permanent: true, direction, className, interactive: false }).setLatLng(at).setContent(document.createTextNode(words));
}

function step(span) {
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
}

function drawGrid(map, grid) {
  grid.clearLayers();
  const bounds = map.getBounds().pad(0.1);
  const size = step(bounds.getNorth() - bounds.getSouth());
  const digits = Math.max(0, -Math.floor(Math.log10(size)));
  const style = { color: "#c9d0ca", weight: 1, interactive: false };
  for (let lat = Math.ceil(bounds.getSouth() / size) * size; lat <= bounds.getNorth(); lat += size) {
    L.polyline([[lat, bounds.getWest()], [lat, bounds.getEast()]], style).addTo(grid);
    label([lat, map.getBounds().getWest()], `${lat.toFixed(digits)}°`, "right").addTo(grid);
  }
  for (let lng = Math.ceil(bounds.getWest() / size) * size; lng <= bounds.getEast(); lng += size) {
    L.polyline([[bounds.getSouth(), lng], [bounds.getNorth(), lng]], style).addTo(grid);
    label([map.getBounds().getSouth(), lng], `${lng.toFixed(digits)}°`, "top").addTo(grid);
  }
}

function drawLines(map, ground, found) {
  ground.clearLayers();
  const named = new Set();
  for (const { kind, name, points } of found.lines) {
    L.polyline(points, { ...STYLES[kind], interactive: false }).addTo(ground);
    const middle = points[Math.floor(points.length / 2)];
    if (name && map.getZoom() >= NAMES_FROM_ZOOM && named.size < MOST_NAMES && !named.has(name) && map.getBounds().contains(middle)) {
      named.add(name);
      label(middle, name, "center", "plan-map__label plan-map__name").addTo(ground);
    }
  }
}

/** Draws under `map` whenever it moves. `address` answers with the lines of a box; `source` is where it says whose map it is. */
export function layGround(map, address, source) {
  const ground = L.layerGroup().addTo(map);
  const grid = L.layerGroup().addTo(map);
  let waiting = 0;
  let asked = null;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const box = map.getBounds().pad(0.2);
    const query = new URLSearchParams({ south: box.getSouth(), west: box.getWest(), north: box.getNorth(), east: box.getEast() });
    try {
      const answer = await fetch(`${address}?${query}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) { return; }
      const found = await answer.json();
      drawLines(map, ground, found);
      source.textContent = [found.source, found.whole ? "" : "Only a part of the map is drawn: zoom in to see all of it."].filter(Boolean).join(" · ");
    } catch (problem) {
      // Moved on meanwhile, or offline: the grid is enough to draw on.
      if (problem.name !== "AbortError") { source.textContent = "The base map could not be read. The grid is still right."; }
    }
  }

  function moved() {
    drawGrid(map, grid);
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT_MS);
  }

  map.on("moveend", moved);
  drawGrid(map, grid);
  ask();
}
