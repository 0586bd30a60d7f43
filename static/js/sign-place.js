// Fills in the position of a sign from where this device is, and says how far that is from the planned area.
// Without this script, or without leave to ask, the position is typed or comes with the photograph.

const EARTH_RADIUS_M = 6371000;
const GIVE_UP_MS = 15000;
const WARN_M = 300;
const box = document.getElementById("sign-place");

if (box && navigator.geolocation) {
  const [button, told] = [box.querySelector("button"), box.querySelector("p")];
  const areas = JSON.parse(box.dataset.areas);
  box.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = "Looking for where you are…";
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { button.disabled = false; take(coords, areas, told); },
      (refused) => { button.disabled = false; told.textContent = excuse(refused); },
      { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 0 });
  });
}

function take(coords, areas, told) {
  const field = document.getElementById("id_position");
  field.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const away = Math.min(...areas.map((area) => outside([coords.latitude, coords.longitude], area)));
  // A plan without an area yet has nothing to be far from.
  if (!areas.length) { told.textContent = `Accurate to about ${Math.round(coords.accuracy)} m.`; return; }
  const where = away < 1 ? "That is within the area." : `That is ${said(away)} from the area.`;
  const doubt = away > WARN_M ? " Look whether this is the right sign." : "";
  told.textContent = `${where}${doubt} Accurate to about ${Math.round(coords.accuracy)} m.`;
}

function excuse(refused) {
  if (refused.code === refused.PERMISSION_DENIED) {
    return "This browser may not say where you are. Allow it for this page, or type the position.";
  }
  return "Where you are cannot be found just now. Type the position, or try again outside.";
}

function said(metres) {
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
}

// Metres to the nearest edge, 0 within; the same sum as rules/nearness.py.
function outside(here, area) {
  const corners = area.map((corner) => plane(here, corner));
  let inside = false;
  let nearest = Infinity;
  corners.forEach(([x1, y1], index) => {
    const [x2, y2] = corners[(index + 1) % corners.length];
    if ((y1 > 0) !== (y2 > 0) && x1 - y1 * (x2 - x1) / (y2 - y1) > 0) { inside = !inside; }
    const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
    const along = length ? Math.max(0, Math.min(1, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length)) : 0;
    nearest = Math.min(nearest, Math.hypot(x1 + along * (x2 - x1), y1 + along * (y2 - y1)));
  });
  return inside ? 0 : nearest;
}

function plane(origin, point) {
  const radians = Math.PI / 180;
  const north = (point[0] - origin[0]) * radians * EARTH_RADIUS_M;
  return [(point[1] - origin[1]) * radians * EARTH_RADIUS_M * Math.cos(origin[0] * radians), north];
}
