"""An outline that is typed, drawn and typed again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.deployments.documents.drawing import draw, read_points, write_points
from tests.support.plans import SQUARE

DEGREES = st.integers(-90_000_000, 90_000_000).map(lambda micro: micro / 1_000_000)


@pytest.mark.parametrize(
    "line",
    ["51.80, -0.21", "51.80 -0.21", "51.80;-0.21", "(51.80, -0.21)", "  51.80 ,  -0.21 ,"],
    ids=["comma", "space", "semicolon", "brackets", "untidy"],
)
def test_points_are_read_however_people_separate_them(line):
    assert read_points(line) == (((51.80, -0.21),), [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("51.80", "Line 2"),
        ("51.80, west", "Line 2"),
        ("51,80, -0,21", "Line 2"),
        ("99.1, 3.0", "at most 90"),
        ("10.0, 181.0", "at most 180"),
    ],
    ids=["one number", "a word", "decimal commas", "latitude", "longitude"],
)
def test_a_bad_line_is_named(line, words):
    _, problems = read_points(f"51.80, -0.21\n{line}\n51.79, -0.20")
    assert len(problems) == 1
    assert words in problems[0]


def test_an_outline_closed_by_hand_is_the_same_outline():
    closed = write_points([*SQUARE, SQUARE[0]])
    assert read_points(closed)[0] == SQUARE


@given(st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=3))
def test_what_was_written_is_read_again(points):
    assert list(read_points(write_points(points))[0]) == points


def test_an_outline_is_drawn_with_its_size_in_words():
    drawing = draw(SQUARE)
    assert drawing is not None
    assert len(drawing.corners) == len(SQUARE)
    assert "from north to south" in drawing.words


@pytest.mark.parametrize(
    "points",
    [(), SQUARE[:2], (SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3])],
    ids=["empty", "two points", "crosses itself"],
)
def test_what_is_no_outline_is_not_drawn(points):
    assert draw(points) is None
