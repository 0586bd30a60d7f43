"""The area of a plan, typed as points and drawn without a map (apps/core/area.py).

Nothing is fetched from anywhere: a map of somebody else would tell them where police plan to be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.core.area import Area, area
from apps.deployments.authority import MAX_VERTICES
from apps.deployments.geometry import is_simple

NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
LINE = re.compile(rf"\s*\(?\s*({NUMBER})\s*(?:[,;\s])\s*({NUMBER})\s*\)?\s*,?\s*")
EXAMPLE = "51.80050, -0.20200"

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
