"""What a commander weighs, from values alone: rates with their doubt, and time in which nothing looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from apps.alerts.data import AlertSummary
from apps.deployments import api as deployments
from apps.deployments.data import GapData
from apps.desk.board_numbers import outages, rates
from apps.desk.templatetags.board_words import clock_off

DEPLOYMENT, NORTH, STEPS, GONE = UUID(int=9), UUID(int=1), UUID(int=2), UUID(int=3)
CAMERAS = {NORTH: "North gate", STEPS: "Station steps"}
START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOTHING = AlertSummary(DEPLOYMENT, *[0] * 14)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def gap(camera: UUID | None, start: float, end: float) -> GapData:
    return GapData(uuid4(), DEPLOYMENT, camera, at(start), at(end), "a reason")


def words(summary, tracks):
    return [" ".join(filter(None, (rate.value, rate.note))) for rate in rates(summary, tracks=tracks)]


def counted(**changes):
    """With as many alerts as the parts add up to."""
    found = replace(NOTHING, **changes)
    parts = (found.operator_rejected, found.confirmed_true, found.confirmed_false, found.unresolved)
    return replace(found, alerts=sum(parts))


def test_where_nothing_was_counted_no_rate_is_claimed():
    assert words(NOTHING, 0) == ["none to count"] * 3


def test_a_rate_has_both_numbers_and_its_exact_interval():
    summary = counted(confirmed_false=1, operator_rejected=2, confirmed_true=11)
    of_alerts, of_tracks, by_officer = words(summary, 10_000)
    # Clopper-Pearson, as in any table of it.
    assert of_alerts == "3 of 14 (21%; exact 95% interval 4.7% to 51%)"
    assert of_tracks == (
        "3 of 10,000 (0.03%; exact 95% interval 0.0062% to 0.088%) Below the ceiling, 1 in 1,000."
    )
    assert by_officer == (
        "1 of 10,000 (0.01%; exact 95% interval 0.00025% to 0.056%) Below the ceiling, 1 in 1,000."
    )


def test_what_nobody_decided_on_makes_no_rate_better():
    """17 alerts, 15 of them ran out of time: one of the two that are known was false, and not 1 of 17."""
    known = counted(operator_rejected=1, confirmed_true=1)
    waited = counted(operator_rejected=1, confirmed_true=1, unresolved=15, expired=15)
    assert rates(known, tracks=0)[0].value == rates(waited, tracks=0)[0].value
    assert words(waited, 0)[0] == (
        "1 of 2 (50%; exact 95% interval 1.3% to 99%) "
        "15 of all 17 alerts are not in this rate: nobody has found out whether they were right."
    )
    assert words(counted(unresolved=1), 0)[0].startswith(
        "none to count 1 of all 1 alerts is not in this rate"
    )


def test_few_people_prove_nothing_and_many_false_alerts_do():
    few = rates(counted(confirmed_false=1), tracks=100)[-1]
    assert few.note == "Too few to tell whether it is below the ceiling, 1 in 1,000."
    assert not few.over
    many = rates(counted(confirmed_false=9), tracks=1000)[-1]
    assert many.over
    assert many.note == "Above the ceiling, 1 in 1,000, with 95% confidence (exact, one-sided)."


@pytest.mark.parametrize(
    ("false", "tracks"), [(1, 40), (1, 51), (2, 99), (2, 240), (2, 300), (2, 400), (3, 500)]
)
def test_it_says_above_exactly_where_the_platform_would_stop_by_the_rate(false, tracks):
    stops = deployments.judge_accuracy(fresh=1, total=false, tracks=tracks) is not None
    assert rates(counted(confirmed_false=false), tracks=tracks)[-1].over is stops


def test_no_false_alert_yet_still_has_an_upper_end():
    rate = rates(counted(confirmed_true=1), tracks=1200)[-1]
    assert rate.value == "0 of 1,200 (0%; exact 95% interval 0% to 0.31%)"
    assert rate.note.startswith("Too few to tell")


def test_more_false_alerts_than_tracks_is_said_and_not_computed():
    assert words(counted(confirmed_false=2), 1)[-1] == "fewer tracks were counted than false alerts"


def test_gaps_that_overlap_count_once_and_those_of_every_camera_for_each():
    found = outages(
        [gap(NORTH, 0, 60), gap(NORTH, 30, 90), gap(None, 80, 100), gap(STEPS, 200, 205), gap(GONE, 0, 999)],
        cameras=CAMERAS,
    )
    assert [(each.name, each.words) for each in found] == [
        ("North gate", "1 minute 40 seconds"),
        ("Station steps", "25 seconds"),
        ("No camera at all", "20 seconds"),
    ]


def test_cameras_that_were_dark_one_after_the_other_were_never_dark_together():
    found = outages([gap(NORTH, 0, 60), gap(STEPS, 60, 90)], cameras=CAMERAS)
    assert [each.name for each in found] == ["North gate", "Station steps"]
    assert outages([], cameras=CAMERAS) == ()


def test_the_words_of_a_clock():
    assert [clock_off(ms) for ms in (40, -2500, 4000)] == ["right", "2.5 s ahead", "4.0 s behind"]
