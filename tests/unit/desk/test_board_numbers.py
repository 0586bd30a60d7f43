"""What a commander weighs, from values alone: rates with their doubt, and time in which nothing looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from apps.alerts.data import AlertSummary
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
    return [
        " ".join(filter(None, (rate.value, rate.interval, rate.verdict)))
        for rate in rates(summary, tracks=tracks)
    ]


def test_where_nothing_was_counted_no_rate_is_claimed():
    assert words(NOTHING, 0) == ["none yet", "none yet", "none yet"]


def test_a_rate_has_both_numbers_and_its_exact_interval():
    summary = replace(NOTHING, alerts=14, confirmed_false=1, operator_rejected=2)
    officer, judged, tracks = words(summary, 10_000)
    # Clopper-Pearson, as in any table of it.
    assert officer == "1 of 14: 7.1 % 95 % interval 0.18 % to 34 %"
    assert judged == "3 of 14: 21 % 95 % interval 4.7 % to 51 %"
    assert tracks == (
        "1 of 10,000: 1 in 10,000 95 % interval 1 in 394,979 to 1 in 1,795 Below the ceiling, 1 in 1,000."
    )


def test_few_people_prove_nothing_and_many_false_alerts_do():
    one = replace(NOTHING, alerts=1, confirmed_false=1)
    few = rates(one, tracks=100)[-1]
    assert few.verdict == "Too few to tell whether it is below the ceiling, 1 in 1,000."
    assert not few.over
    many = rates(replace(NOTHING, alerts=9, confirmed_false=9), tracks=1000)[-1]
    assert many.over
    assert many.verdict == "Above the ceiling, 1 in 1,000."


def test_no_false_alert_yet_still_has_an_upper_end():
    rate = rates(replace(NOTHING, alerts=1, confirmed_true=1), tracks=1200)[-1]
    assert (rate.value, rate.interval) == ("0 of 1,200", "95 % interval none to 1 in 326")
    assert rate.verdict.startswith("Too few to tell")


def test_more_false_alerts_than_tracks_is_said_and_not_computed():
    assert words(replace(NOTHING, alerts=2, confirmed_false=2), 1)[-1] == "2 of 1"


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
