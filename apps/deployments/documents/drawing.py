"""The area of a plan, typed as points and drawn without a map (apps/core/area.py).

Nothing is fetched from anywhere: a map of somebody else would tell them where police plan to be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.core.area import Area, area, ground_of, view_of
from apps.deployments.data import Place
from apps.deployments.documents.content import ZONE_DECIMALS
from apps.deployments.rules.authority import MAX_VERTICES
from apps.deployments.rules.geometry import is_simple
from apps.forces import api as forces

NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
LINE = re.compile(rf"\s*\(?\s*({NUMBER})\s*(?:[,;\s])\s*({NUMBER})\s*\)?\s*,?\s*")
EXAMPLE = "51.80050, -0.20200"
ZONE_EXAMPLE = "12.5, 40"
BLOCKS = re.compile(r"\n[ \t]*\n")

# So many lines of the base map are drawn under one area: a town centre has fewer.
MOST_GROUND = 800

# A town centre is smaller. What is larger is rather a slip of the hand than a place for a few cameras.
VAST_M = 2_000

Point = tuple[float, float]


def draw(polygon: Sequence[Sequence[float]]) -> Area | None:
    """None for what is not one simple outline: a drawing of it would only mislead."""
    if (
        len(polygon) > MAX_VERTICES
        or not is_simple(polygon)
        or any(abs(point[0]) > 90 or abs(point[1]) > 180 for point in polygon)
    ):
        return None
    return area([(point[0], point[1]) for point in polygon])


def draw_on_map(polygon: Sequence[Sequence[float]]) -> Area | None:
    """The same on the force's own base map, where it has one. One query; for pages that no stranger reads.

    No file is drawn so: the map may be another one tomorrow, and the same authority must stay the same file.
    """
    if draw(polygon) is None:
        return None
    points = [(point[0], point[1]) for point in polygon]
    view = view_of(points)
    part = forces.part_of_map(view.box, most=MOST_GROUND)
    ground = [ground_of(view, line.kind, line.points) for line in part.lines]
    return area(points, ground=ground, source=part.source)


def is_vast(polygon: Sequence[Sequence[float]]) -> bool:
    """Whether an outline is wider or taller than `VAST_M` metres. Not forbidden, and looked at twice."""
    if draw(polygon) is None:
        return False
    view = view_of([(point[0], point[1]) for point in polygon])
    return max(view.wide_m, view.tall_m) > VAST_M


def read_points(text: str) -> tuple[tuple[Point, ...], list[str]]:
    """The points of a list, one "latitude, longitude" a line, and what is wrong with which line."""
    points: list[Point] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = LINE.fullmatch(line)
        if found is None:
            problems.append(f"Line {number}: write latitude, then longitude, for instance {EXAMPLE}.")
            continue
        point = (float(found[1]), float(found[2]))
        if abs(point[0]) > 90 or abs(point[1]) > 180:
            problems.append(f"Line {number}: latitude is at most 90 degrees and longitude at most 180.")
        points.append(point)
    if len(points) > 3 and points[-1] == points[0]:
        points.pop()  # closed by hand: an authority's outline closes itself
    if len(points) > MAX_VERTICES:
        problems.append(f"Draw the area with at most {MAX_VERTICES} points.")
    return tuple(points), problems


def write_points(polygon: Sequence[Sequence[float]]) -> str:
    """The opposite of `read_points`."""
    return "\n".join(f"{latitude:.6f}, {longitude:.6f}" for latitude, longitude in polygon)


def read_places(text: str) -> tuple[tuple[Place, ...], list[str]]:
    """Places, an empty line between two: the name on a line, then the points, one a line."""
    places: list[Place] = []
    problems: list[str] = []
    for number, block in enumerate(BLOCKS.split(text.strip()), start=1):
        if not block.strip():
            continue
        name, _, outline = block.strip().partition("\n")
        points, wrong = read_points(outline)
        if LINE.fullmatch(name):
            wrong = ["write the name of the place on the first line, above its points."]
        elif not points and not wrong:
            wrong = ["add its points below its name, one a line."]
        problems += [f"Place {number}: {words[0].lower()}{words[1:]}" for words in wrong]
        places.append(Place(name.strip(), points))
    return tuple(places), problems


def write_places(places: Sequence[Place]) -> str:
    """The opposite of `read_places`."""
    return "\n\n".join(f"{place.name}\n{write_points(place.polygon)}" for place in places)


def read_zone(text: str) -> tuple[tuple[Point, ...], list[str]]:
    """Corners in per cent of the picture's width and height, from its top left, as fractions."""
    points: list[Point] = []
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = LINE.fullmatch(line)
        across, down = (float(found[1]), float(found[2])) if found else (-1.0, -1.0)
        if not (0 <= across <= 100 and 0 <= down <= 100):
            problems.append(
                f"Line {number}: write how far across, then how far down, each from 0 to 100 per cent, for "
                f"instance {ZONE_EXAMPLE}."
            )
            continue
        points.append((round(across / 100, ZONE_DECIMALS), round(down / 100, ZONE_DECIMALS)))
    if not problems and points and (len(points) > MAX_VERTICES or not is_simple(points)):
        problems.append("Draw one outline of at least three corners that does not cross itself.")
    return tuple(points), problems


def write_zone(zone: Sequence[Sequence[float]]) -> str:
    """The opposite of `read_zone`."""
    return "\n".join(f"{across * 100:g}, {down * 100:g}" for across, down in zone)
