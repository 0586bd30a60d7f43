"""Polygon inside polygon, with the cases that a check of vertices alone gets wrong."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.deployments.rules.geometry import is_inside, is_simple

SQUARE = [(0, 0), (0, 4), (4, 4), (4, 0)]
# A U with its opening above: between its arms lies the outside.
HORSESHOE = [(0, 0), (0, 4), (1, 4), (1, 1), (3, 1), (3, 4), (4, 4), (4, 0)]


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        (SQUARE, SQUARE),
        (SQUARE[::-1], SQUARE),
        (SQUARE[2:] + SQUARE[:2], SQUARE),
        ([*SQUARE, SQUARE[0]], SQUARE),
        ([(1, 1), (1, 3), (3, 3), (3, 1)], SQUARE),
        ([(0, 0), (0, 2), (2, 2), (2, 0)], SQUARE),
        ([(0, 0), (4, 4), (4, 0)], SQUARE),
        ([(0, 0), (0, 4), (1, 4), (1, 1)], HORSESHOE),
        (HORSESHOE, SQUARE),
        ([(0, 0), (4, 0), (2, 1)], HORSESHOE),
    ],
)
def test_inside(inner, outer):
    assert is_inside(inner, outer)


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ([(1, 1), (1, 5), (3, 3)], SQUARE),
        ([(10, 10), (10, 11), (11, 11)], SQUARE),
        # Contains the old one.
        ([(-1, -1), (-1, 5), (5, 5), (5, -1)], SQUARE),
        # Every vertex inside, an edge across the gap.
        ([(0.5, 0.5), (0.5, 3.5), (3.5, 3.5), (3.5, 0.5)], HORSESHOE),
        # Every vertex a vertex of the old one, no edge properly crossing another: the gap itself.
        ([(1, 4), (3, 4), (3, 1), (1, 1)], HORSESHOE),
        (SQUARE, HORSESHOE),
        # The same corners plus the bridge between the arms.
        ([(0, 0), (0, 4), (4, 4), (4, 0)], HORSESHOE),
        # A millionth of a degree beyond the line.
        ([(0, 0), (0, 4.000001), (4, 4), (4, 0)], SQUARE),
    ],
)
def test_not_inside(inner, outer):
    assert not is_inside(inner, outer)


@pytest.mark.parametrize(
    "polygon",
    [
        [],
        [(0, 0)],
        [(0, 0), (1, 1)],
        [(0, 0), (1, 1), (2, 2)],
        [(0, 0), (0, 0), (0, 0)],
        [(0, 0), (1, 1), (0, 0), (1, 0)],
        # A bow tie, a fold back along an edge, a vertex that touches an edge.
        [(0, 0), (2, 2), (2, 0), (0, 2)],
        [(0, 0), (4, 0), (2, 0), (2, 2)],
        [(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)],
    ],
)
def test_what_is_not_a_simple_polygon_is_nowhere(polygon):
    assert not is_simple(polygon)
    assert not is_inside(polygon, SQUARE)
    assert not is_inside(SQUARE, polygon)


@st.composite
def stars(draw):
    """Simple polygons, mostly not convex: rays of random length around a point."""
    rays = draw(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=9))
    lat, lon = draw(st.floats(50, 55)), draw(st.floats(-3, 1))
    step = 2 * math.pi / len(rays)
    points = [
        (round(lat + 0.01 * ray * math.cos(i * step), 6), round(lon + 0.01 * ray * math.sin(i * step), 6))
        for i, ray in enumerate(rays)
    ]
    return (lat, lon), points


def scaled(star, factor):
    (lat, lon), points = star
    return [(round(lat + (a - lat) * factor, 6), round(lon + (b - lon) * factor, 6)) for a, b in points]


@given(stars(), st.floats(0.3, 0.95))
def test_shrinking_towards_the_middle_narrows_and_growing_widens(star, factor):
    _, points = star
    assume(is_simple(points))
    assert is_inside(scaled(star, factor), points)
    assert not is_inside(scaled(star, 1 / factor), points)
    assert not is_inside(points, scaled(star, factor))


@given(stars(), st.floats(-0.03, 0.03), st.floats(-0.03, 0.03))
def test_inside_both_ways_only_for_the_same_area(star, up, along):
    _, points = star
    moved = [(round(a + up, 6), round(b + along, 6)) for a, b in points]
    assume(is_simple(points) and is_simple(moved))
    same = sorted(moved) == sorted(points)
    assert (is_inside(moved, points) and is_inside(points, moved)) == same
