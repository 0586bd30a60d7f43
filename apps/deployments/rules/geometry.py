"""Is one simple polygon inside another? Exact arithmetic on whole micro-degrees, so that no rounding decides.

Points are (latitude, longitude) pairs in degrees with six decimals, treated as a plane: right for places the
size of a town centre that do not lie across the 180th meridian.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

SCALE = 10**6
MIN_VERTICES = 3

Point = tuple[Fraction, Fraction]
Segment = tuple[Point, Point]


def _exact(polygon: Sequence[Sequence[float]]) -> list[Point]:
    """Whole micro-degrees, without repeated or closing points."""
    points = [(Fraction(round(p[0] * SCALE)), Fraction(round(p[1] * SCALE))) for p in polygon]
    return [point for before, point in zip([points[-1], *points], points, strict=False) if point != before]


def _edges(points: Sequence[Point]) -> list[Segment]:
    return list(pairwise([*points, points[0]]))


def _turn(a: Point, b: Point, c: Point) -> Fraction:
    """Positive when a → b → c turns left, zero when the three lie on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _on_segment(p: Point, segment: Segment) -> bool:
    a, b = segment
    return (
        _turn(a, b, p) == 0
        and min(a[0], b[0]) <= p[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
    )


def _contains(edges: Sequence[Segment], p: Point) -> bool:
    """Inside or on the boundary."""
    inside = False
    for a, b in edges:
        if _on_segment(p, (a, b)):
            return True
        if (a[1] > p[1]) != (b[1] > p[1]):
            # Where the edge meets the horizontal through p, compared without dividing.
            left_of_crossing = (p[0] - a[0]) * (b[1] - a[1]) < (b[0] - a[0]) * (p[1] - a[1])
            inside ^= left_of_crossing if b[1] > a[1] else not left_of_crossing
    return inside


def _meetings(segment: Segment, other: Segment) -> list[Fraction]:
    """Where `other` touches or crosses `segment`, as fractions 0..1 along `segment`."""
    (a, b), (c, d) = segment, other
    along = _turn(c, d, a) - _turn(c, d, b)
    if along == 0:  # parallel: the ends of the stretch they share, if any
        shared = [p for p in other if _on_segment(p, segment)] + [p for p in segment if _on_segment(p, other)]
        return [_fraction(segment, p) for p in shared]
    t = _turn(c, d, a) / along
    if not 0 <= t <= 1:
        return []
    return [t] if _on_segment(_at(segment, t), other) else []


def _fraction(segment: Segment, p: Point) -> Fraction:
    (a, b) = segment
    axis = 0 if a[0] != b[0] else 1
    return (p[axis] - a[axis]) / (b[axis] - a[axis])


def _at(segment: Segment, t: Fraction) -> Point:
    (a, b) = segment
    return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))


def is_simple(polygon: Sequence[Sequence[float]]) -> bool:
    """At least three vertices, some area, and no edge that touches any but its two neighbours."""
    if len(polygon) < MIN_VERTICES:
        return False
    points = _exact(polygon)
    if len(points) < MIN_VERTICES or len(set(points)) != len(points):
        return False
    return _clash(_edges(points)) is None


def _clash(edges: Sequence[Segment]) -> tuple[int, int] | None:
    """The first two edges that meet where they should not."""
    for i, edge in enumerate(edges):
        for j in range(i + 1, len(edges)):
            neighbours = j == i + 1 or (i == 0 and j == len(edges) - 1)
            # Neighbours share one end and nothing else; a second meeting point means a fold back.
            if len(set(_meetings(edge, edges[j]))) > (1 if neighbours else 0):
                return i, j
    return None


def crossing_sides(polygon: Sequence[Sequence[float]]) -> tuple[int, int] | None:
    """The sides of an outline that cross or touch, each by its first corner, counted from 1.

    None where none do, and where a corner is there twice: its sides have no numbers that a reader would find.
    """
    if len(polygon) < MIN_VERTICES:
        return None
    points = _exact(polygon)
    if len(points) != len(polygon) or len(set(points)) != len(points):
        return None
    clash = _clash(_edges(points))
    return None if clash is None else (clash[0] + 1, clash[1] + 1)


def is_inside(inner: Sequence[Sequence[float]], outer: Sequence[Sequence[float]]) -> bool:
    """Whether no point of `inner` lies outside `outer`; a shared boundary counts as inside.

    Every edge of `inner` is cut where it meets the boundary of `outer`; each piece then lies wholly inside or
    wholly outside, so its middle decides. Two simple polygons are assumed; False when either is not one.
    """
    if not is_simple(inner) or not is_simple(outer):
        return False
    outer_edges = _edges(_exact(outer))
    for edge in _edges(_exact(inner)):
        meetings = (t for other in outer_edges for t in _meetings(edge, other))
        cuts = sorted({Fraction(0), Fraction(1), *meetings})
        middles = [(before + after) / 2 for before, after in pairwise(cuts)]
        if not all(_contains(outer_edges, _at(edge, t)) for t in (*cuts, *middles)):
            return False
    return True
