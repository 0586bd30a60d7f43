"""Which districts of its force a notice touches, and so which subscribers it is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, hypot, radians

from apps.core.area import EAST_M, NORTH_M
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.forces.districts import District
from apps.notices.data import NoticeContent

Outline = Sequence[tuple[float, float]]
Point = tuple[float, float]
METRES = 1000


def touched(force: ForceData, contents: Iterable[NoticeContent]) -> frozenset[str]:
    """Names of the force's districts that the area of one of `contents` touches, or a place that may be used
    instead. Several contents: what a notice said before counts too, its readers must learn that it moved.
    """
    outlines = [
        outline
        for content in contents
        for outline in (content.polygon, *(drawn for _name, drawn in content.alternatives))
    ]
    return frozenset(
        district.name
        for district in forces.districts_of(force)
        if any(distance_m(district, outline) <= district.radius_km * METRES for outline in outlines)
    )


def concerns(wanted: Sequence[str], *, listed: frozenset[str], here: frozenset[str]) -> bool:
    """Whether somebody who chose `wanted` is told of a notice in the districts `here`. Nothing chosen is the
    whole force; so is a district that the force does not list any more: told too often, never too seldom."""
    return not wanted or any(name in here or name not in listed for name in wanted)


def distance_m(district: District, outline: Outline) -> float:
    """From the middle of the district to the nearest point of the outline, in metres; 0 inside it."""
    factor = EAST_M * cos(radians(district.latitude))
    points = [
        ((east - district.longitude) * factor, (north - district.latitude) * NORTH_M)
        for north, east in outline
    ]
    sides = list(zip(points, [*points[1:], points[0]], strict=True))
    if _surrounds_origin(sides):
        return 0.0
    return min(_from_origin(first, second) for first, second in sides)


def _from_origin(first: Point, second: Point) -> float:
    """To the nearest point of the side."""
    dx, dy = second[0] - first[0], second[1] - first[1]
    squared = dx * dx + dy * dy
    along = 0.0 if not squared else max(0.0, min(1.0, -(first[0] * dx + first[1] * dy) / squared))
    return hypot(first[0] + along * dx, first[1] + along * dy)


def _surrounds_origin(sides: Sequence[tuple[Point, Point]]) -> bool:
    """A ray to the east crosses the outline an odd number of times."""
    crossed = 0
    for (x1, y1), (x2, y2) in sides:
        if (y1 > 0) != (y2 > 0) and x1 + (x2 - x1) * -y1 / (y2 - y1) > 0:
            crossed += 1
    return crossed % 2 == 1
