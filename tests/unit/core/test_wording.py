"""Dates, spans and states as people say them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import wording
from apps.deployments.data import DeploymentState


def test_every_state_of_a_deployment_has_words_and_nothing_else_has():
    assert set(wording.STATE_WORDS) == {state.value for state in DeploymentState}
    with pytest.raises(KeyError):
        wording.say_state("gone")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (119 * 60, "119 minutes"),
        (7200, "2 hours"),
        (47 * 3600 + 3599, "47 hours"),
        (2 * 86_400, "2 days"),
        (9 * 86_400 - 1, "8 days"),
    ],
)
def test_a_span_is_said_in_its_largest_sensible_unit(seconds, said):
    assert wording.say_span(timedelta(seconds=seconds)) == said


@given(st.integers(min_value=0, max_value=10**8))
def test_a_span_is_never_said_longer_than_it_is(seconds):
    said = wording.say_span(timedelta(seconds=seconds))
    number, _, unit = said.partition(" ")
    if number != "less":
        size = {"minute": 60, "hour": 3600, "day": 86_400}[unit.rstrip("s")]
        assert int(number) * size <= seconds < (int(number) + 1) * size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a second"),
        (0.9, "less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (125, "2 minutes 5 seconds"),
        (3 * 3600 + 53 * 60 + 59, "3 hours 53 minutes"),
        (3600 + 59, "1 hour"),
        (2 * 3600 + 60, "2 hours 1 minute"),
        (14 * 86_400, "14 days"),
        (86_400 + 3 * 3600 + 1, "1 day 3 hours"),
        (-125, "2 minutes 5 seconds"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds, said):
    assert wording.say_duration(timedelta(seconds=seconds)) == said


def test_a_moment_lies_ahead_or_behind():
    now = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert wording.say_distance(now + timedelta(days=3), now) == "in 3 days"
    assert wording.say_distance(now - timedelta(hours=5), now) == "5 hours ago"
    evening = datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert wording.say_distance(evening + timedelta(days=2, hours=12), evening) == "in 3 days"


@pytest.mark.parametrize(
    ("things", "said"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_a_list_is_said_with_and_before_the_last(things, said):
    assert wording.say_list(things) == said


def test_the_hour_that_comes_twice_says_which_one_it_is():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wording.say_time(first) == "1:30am (BST)"
    assert wording.say_time(first + timedelta(hours=1)) == "1:30am (GMT)"
    assert wording.say_time(first + timedelta(hours=2)) == "2:30am"


def test_a_clock_of_hours_is_said_in_hours():
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert wording.say_hours(now + timedelta(hours=71, minutes=59), now) == "in 71 hours"
    assert wording.say_hours(now + timedelta(minutes=90), now) == "in 90 minutes"
    assert wording.say_hours(now - timedelta(hours=50), now) == "50 hours ago"
