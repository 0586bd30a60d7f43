"""How far a sign is from the area, and when nobody has looked at it for too long."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.core.errors import RuleViolated
from apps.deployments.data_day import SignData
from apps.deployments.rules import nearness, signs

SQUARE = ((51.80, -0.21), (51.80, -0.20), (51.79, -0.20), (51.79, -0.21))
NOON = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("place", "metres"),
    [((51.795, -0.205), 0), ((51.81, -0.205), 1112), ((51.795, -0.22), 688), ((51.81, -0.22), 1308)],
    ids=["within", "north", "west", "off-a-corner"],
)
def test_the_nearest_edge_counts_and_not_the_nearest_corner(place, metres):
    assert nearness.metres_outside(place, [SQUARE]) == pytest.approx(metres, abs=2)


def test_far_away_is_refused_and_an_area_that_is_not_drawn_refuses_nobody():
    with pytest.raises(RuleViolated, match="72 km"):
        nearness.check_near(nearness.metres_outside((51.80, 0.853), [SQUARE]))
    assert nearness.metres_outside((51.8, -0.2), []) is None
    nearness.check_near(None)
    assert [nearness.words(m) for m in (None, 0.0, 85.4, 2400.0)] == [
        "",
        "within the area",
        "85 m from the area",
        "2.4 km from the area",
    ]


@pytest.mark.parametrize(
    ("other", "metres"),
    [
        (((51.796, -0.206), (51.796, -0.204), (51.794, -0.204), (51.794, -0.206)), 0),
        (((51.82, -0.24), (51.82, -0.18), (51.77, -0.18), (51.77, -0.24)), 0),
        (((51.81, -0.206), (51.81, -0.204), (51.78, -0.204), (51.78, -0.206)), 0),
        (((51.80, -0.20), (51.80, -0.19), (51.79, -0.19), (51.79, -0.20)), 0),
        (((51.815, -0.22), (51.81, -0.205), (51.815, -0.19)), 1112),
    ],
    ids=["within it", "around it", "across it", "beside it", "its corner before a side"],
)
def test_areas_that_share_a_point_are_at_no_distance(other, metres):
    for one, two in ((SQUARE, other), (other, SQUARE)):
        assert nearness.metres_between(one, [two]) == pytest.approx(metres, abs=2)
    assert nearness.metres_between(SQUARE, [()]) is None
    assert nearness.metres_between((), [SQUARE]) is None


def test_a_look_lasts_for_the_interval_and_is_given_up_after_twice_that():
    look = SignData("High Street", True, "", "PC", NOON, NOON + HOUR, None, None, None)
    failed = SignData("Church Lane", False, "gone", "PC", NOON, None, None, None, None)
    both = (look, failed)
    just_before = NOON + HOUR - timedelta(seconds=1)
    assert signs.overdue(both, now=just_before) == ()
    assert signs.overdue(both, now=NOON + HOUR) == ("High Street",)
    assert signs.abandoned(both, every=HOUR, now=NOON + HOUR) == ()
    assert signs.abandoned(both, every=HOUR, now=NOON + 2 * HOUR) == ("High Street",)
