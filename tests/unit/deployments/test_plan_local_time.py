"""Reading a London clock, over both clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.clock import london
from apps.deployments.planning.local_time import NoSuchTime, TimeHappensTwice, happens_twice, instant_of

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda instant: instant.replace(second=0, microsecond=0)
)
# Around each change of a few years, where nearly every mistake is.
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
]
NEAR = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-200, 200),
)


@given(INSTANTS | NEAR)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
def test_every_instant_is_found_again_from_what_the_clock_shows(instant):
    local = london(instant)
    assert instant_of(local.date(), local.time(), fold=local.fold) == instant


@given(INSTANTS | NEAR)
def test_a_time_that_is_shown_once_needs_no_choice_and_one_shown_twice_is_never_guessed(instant):
    local = london(instant)
    if happens_twice(instant):
        with pytest.raises(TimeHappensTwice):
            instant_of(local.date(), local.time())
    else:
        assert instant_of(local.date(), local.time()) == instant


@given(st.sampled_from(CHANGES), st.integers(-3 * 60, 3 * 60))
def test_what_is_read_is_what_a_london_clock_shows_or_nothing(change, minutes):
    """Wall times, not instants: so those that do not exist are tried too."""
    wall = london(change).replace(tzinfo=None) + timedelta(minutes=minutes)
    shown = [
        instant
        for instant in (wall.replace(tzinfo=UTC) + timedelta(minutes=offset) for offset in (-60, 0, 60))
        if london(instant).replace(tzinfo=None, fold=0) == wall
    ]
    try:
        found = [instant_of(wall.date(), wall.time())]
    except NoSuchTime:
        found = []
    except TimeHappensTwice:
        found = [instant_of(wall.date(), wall.time(), fold=fold) for fold in (0, 1)]
    assert found == shown


def test_the_hour_that_is_skipped_is_refused_in_words():
    with pytest.raises(NoSuchTime, match="01:30 does not exist on Sunday 29 March 2026"):
        instant_of(date(2026, 3, 29), time(1, 30))


def test_the_hour_that_happens_twice_asks_which():
    with pytest.raises(TimeHappensTwice, match="happens twice on Sunday 25 October 2026"):
        instant_of(date(2026, 10, 25), time(1, 30))
    first, second = (instant_of(date(2026, 10, 25), time(1, 30), fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
