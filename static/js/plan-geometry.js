// Corners as text, and what an outline is like. Nothing here touches the page.

const NUMBER = "[+-]?\\d{1,3}(?:\\.\\d+)?";
const LINE = new RegExp(`^\\s*\\(?\\s*(${NUMBER})\\s*[,;\\s]\\s*(${NUMBER})\\s*\\)?\\s*,?\\s*$`);
export const DECIMALS = 6;

/** [latitude, longitude] of each line that is a corner; other lines are left out. */
export function read(text) {
  const found = text.split("\n").map((line) => LINE.exec(line)).filter(Boolean);
  return found.map((match) => [Number(match[1]), Number(match[2])]).filter(([lat, lng]) => Math.abs(lat) <= 90 && Math.abs(lng) <= 180);
}

export function write(points) {
  return points.map(([lat, lng]) => `${lat.toFixed(DECIMALS)}, ${lng.toFixed(DECIMALS)}`).join("\n");
}

/** Places, an empty line between two: a name on a line, then its corners. */
export function readPlaces(text) {
  return text.trim().split(/\n[ \t]*\n/).filter((block) => block.trim()).map((block) => {
    const [name, ...lines] = block.trim().split("\n");
    return LINE.test(name) ? { name: "", points: read(block) } : { name: name.trim(), points: read(lines.join("\n")) };
  });
}

export function writePlaces(places) {
  return places.map(({ name, points }) => [name, write(points)].filter(Boolean).join("\n")).join("\n\n");
}

const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
const within = (p, a, b) => Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1]);

function meet(a, b, c, d) {
  const [first, second, third, fourth] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)].map(Math.sign);
  if (first !== second && third !== fourth) { return true; }
  return (!first && within(c, a, b)) || (!second && within(d, a, b)) || (!third && within(a, c, d)) || (!fourth && within(b, c, d));
}

/** The two sides, by their first corners counted from 1, that cross or touch where they should not; or null. */
export function crossing(points) {
  // Whole micro-degrees, as the server counts them: no rounding decides.
  const whole = points.map((point) => point.map((value) => Math.round(value * 10 ** DECIMALS)));
  const count = whole.length;
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) {
      const neighbours = j === i + 1 || (i === 0 && j === count - 1);
      if (!neighbours && meet(whole[i], whole[(i + 1) % count], whole[j], whole[(j + 1) % count])) { return [i + 1, j + 1]; }
    }
  }
  return null;
}

function away(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length)) : 0;
  return Math.hypot(p[0] - a[0] - along * dx, p[1] - a[1] - along * dy);
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/**
 * Where in the order of the corners a new one belongs: in the nearest side; of two equally near, where the detour is
 * smaller. `flat` are the corners and `added` the new one in units that are equally long in both directions.
 */
export function placeOf(flat, added) {
  if (flat.length < 3) { return flat.length; }
  let best = null;
  flat.forEach((corner, index) => {
    const next = flat[(index + 1) % flat.length];
    const found = { at: index + 1, off: away(added, corner, next), detour: distance(corner, added) + distance(added, next) - distance(corner, next) };
    const nearer = !best || found.off < best.off - 0.5 || (Math.abs(found.off - best.off) <= 0.5 && found.detour < best.detour);
    if (nearer) { best = found; }
  });
  return best.at;
}
