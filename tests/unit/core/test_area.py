"""The map that we draw ourselves: true to scale, inside its frame, and said in words."""

import pytest

from apps.core.area import HEIGHT, WIDTH, area, nice_length, say_length

# About 69 m from west to east and 111 m from north to south.
STREET = ((51.8, -0.201), (51.8, -0.2), (51.799, -0.2), (51.799, -0.201))
OUTLINES = {
    "street": STREET,
    "south-west of nowhere": ((-33.9, 18.4), (-33.9, 18.5), (-34.0, 18.45)),
    "thin": ((51.8, -0.2), (51.8, -0.19), (51.8000001, -0.195)),
    "county": ((51.6, -0.7), (52.0, -0.7), (52.0, 0.2), (51.6, 0.2)),
    "half a metre": ((51.8, -0.2), (51.800004, -0.2), (51.800004, -0.199995)),
    "a hundred corners": tuple((51.8 + n / 1e5, -0.2 + (n % 7) / 1e5) for n in range(100)),
}


@pytest.mark.parametrize("outline", OUTLINES.values(), ids=OUTLINES.keys())
def test_every_outline_lies_inside_the_frame_with_its_bar(outline):
    drawn = area(outline)
    for corner in drawn.corners:
        assert 0 < corner.x < WIDTH
        assert 0 < corner.y < HEIGHT
        assert 0 <= corner.label_x <= WIDTH
        assert 0 <= corner.label_y <= HEIGHT
    assert 0 < drawn.bar_width <= WIDTH * 0.3
    assert len(drawn.grid_x) + len(drawn.grid_y) < 60
    assert len(drawn.corners) == len(outline)


def test_north_is_up_and_east_is_right():
    north_west, north_east, south_east, _ = area(STREET).corners
    assert north_west.x < north_east.x
    assert north_east.y < south_east.y


def test_the_bar_measures_the_outline():
    drawn = area(STREET)
    assert drawn.bar_words == "50 metres"
    north, south = drawn.corners[1], drawn.corners[2]
    assert (south.y - north.y) / drawn.bar_width * 50 == pytest.approx(111, abs=1)


def test_the_words_say_what_the_drawing_shows():
    said = area(STREET).words
    assert (
        said
        == "An area with 4 corners, about 69 metres from west to east and 110 metres from north to south."
    )
    assert area(STREET).middle == "51.79950° north, 0.20050° west"


def test_too_many_corners_are_not_numbered():
    assert area(STREET).numbered
    assert not area(OUTLINES["a hundred corners"]).numbered


def test_two_points_are_no_area():
    with pytest.raises(ValueError, match="three"):
        area(STREET[:2])


@pytest.mark.parametrize(("most", "nice"), [(0.9, 0.5), (1, 1), (7, 5), (49, 20), (199, 100), (2000, 2000)])
def test_a_bar_has_a_length_that_people_can_use(most, nice):
    assert nice_length(most) == pytest.approx(nice)


@pytest.mark.parametrize(
    ("metres", "said"),
    [(1, "1 metre"), (0.5, "0.5 metres"), (50, "50 metres"), (1000, "1 kilometre"), (1500, "1.5 kilometres")],
)
def test_a_length_in_words(metres, said):
    assert say_length(metres) == said
