"""How far a position is from a place, in metres. No database, no clock.

Positions are (latitude, longitude) in degrees, projected onto a plane around the position asked about: right
to a metre for places the size of a town.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from apps.core.errors import RuleViolated

EARTH_RADIUS_M = 6_371_000
# A photograph from farther away is of another place, or carries the position of another day.
NEAR_M = 2_000
# A sign stands before the zone; from here on somebody should look whether it is the right one.
WARN_M = 300

Position = Sequence[float]


def metres_outside(location: Position, polygons: Sequence[Sequence[Position]]) -> float | None:
    """To the nearest edge of the nearest area; 0 within one, None where there is no area to be far from."""
    found = [_outside(location, polygon) for polygon in polygons if len(polygon) > 2]
    return min(found, default=None)


def metres_between(area: Sequence[Position], others: Sequence[Sequence[Position]]) -> float | None:
    """From an area to the nearest of the others; 0 where they share a point, None where one is not drawn."""
    if len(area) <= 2:
        return None
    return min((_between(area, other) for other in others if len(other) > 2), default=None)


def _between(one: Sequence[Position], other: Sequence[Position]) -> float:
    """The nearest points of two outlines are a corner of one and a side of the other, unless sides cross."""
    if one == other or any(_cross(side, another) for side in _sides(one) for another in _sides(other)):
        return 0.0
    return min(
        *(_outside(corner, other) for corner in one),
        *(_outside(corner, one) for corner in other),
    )


def _sides(polygon: Sequence[Position]) -> list[tuple[Position, Position]]:
    return list(pairwise([*polygon, polygon[0]]))


def _cross(side: tuple[Position, Position], another: tuple[Position, Position]) -> bool:
    """Whether each has its ends on both sides of the other. One that only touches has a corner at 0 m."""
    (a, b), (c, d) = side, another
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Position, b: Position, c: Position) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def words(metres: float | None) -> str:
    """For instance "85 m from the area"; empty where it is not known."""
    if metres is None:
        return ""
    if metres < 1:
        return "within the area"
    if metres < 1_000:
        return f"{metres:.0f} m from the area"
    return f"{metres / 1_000:.1f} km from the area"


def check_near(metres: float | None) -> None:
    """Raises RuleViolated for a position that is not at this place."""
    if metres is not None and metres > NEAR_M:
        raise RuleViolated(
            [
                f"The photograph was taken {metres / 1_000:,.0f} km from the place of the deployment. Take "
                "it where the sign stands, or give the position of the sign."
            ],
            code="far_away",
        )


def _outside(location: Position, polygon: Sequence[Position]) -> float:
    corners = [_plane(location, corner) for corner in polygon]
    edges = list(pairwise([*corners, corners[0]]))
    if _surrounds(edges):
        return 0.0
    return min(_to_edge(start, end) for start, end in edges)


def _plane(origin: Position, point: Position) -> tuple[float, float]:
    """Metres east and north of `origin`."""
    north = math.radians(point[0] - origin[0]) * EARTH_RADIUS_M
    east = math.radians(point[1] - origin[1]) * EARTH_RADIUS_M * math.cos(math.radians(origin[0]))
    return east, north


def _surrounds(edges: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> bool:
    """Whether the origin lies inside: an odd number of edges cross the line to the east of it."""
    inside = False
    for (x1, y1), (x2, y2) in edges:
        if (y1 > 0) != (y2 > 0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0:
            inside = not inside
    return inside


def _to_edge(start: tuple[float, float], end: tuple[float, float]) -> float:
    """From the origin to the nearest point of an edge."""
    (x1, y1), (x2, y2) = start, end
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length))
    return math.hypot(x1 + along * (x2 - x1), y1 + along * (y2 - y1))
