"""London wall-clock arithmetic: the seven days of the public notice rest on it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.clock import london, minus_calendar_days

INSTANTS = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2032, 1, 1), timezones=st.just(UTC)
)


@pytest.mark.parametrize(
    ("start", "seven_days_before"),
    [
        # Clocks go forward on 29 March 2026 and back on 25 October 2026.
        (datetime(2026, 4, 1, 9, 0, tzinfo=UTC), datetime(2026, 3, 25, 10, 0, tzinfo=UTC)),
        (datetime(2026, 10, 28, 10, 0, tzinfo=UTC), datetime(2026, 10, 21, 9, 0, tzinfo=UTC)),
        # Over the leap day of 2028.
        (datetime(2028, 3, 2, 10, 0, tzinfo=UTC), datetime(2028, 2, 24, 10, 0, tzinfo=UTC)),
        (datetime(2026, 12, 12, 10, 0, tzinfo=UTC), datetime(2026, 12, 5, 10, 0, tzinfo=UTC)),
    ],
)
def test_seven_days_are_calendar_days_at_the_same_local_time(start, seven_days_before):
    assert minus_calendar_days(start, 7) == seven_days_before


@given(start=INSTANTS, days=st.integers(min_value=0, max_value=40))
def test_the_local_date_is_exactly_that_many_days_earlier(start, days):
    earlier = minus_calendar_days(start, days)
    assert london(earlier).date() == london(start).date() - timedelta(days=days)


@given(start=INSTANTS)
def test_the_period_is_never_off_by_more_than_the_clock_change(start):
    assert abs((start - minus_calendar_days(start, 7)) - timedelta(days=7)) <= timedelta(hours=1)


def test_an_hour_that_happens_twice_counts_from_its_first_time():
    # 25 October 2026 01:30 happens at 00:30 and 01:30 UTC.
    start = datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
    assert minus_calendar_days(start, 7) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_does_not_exist_never_shortens_the_period():
    # 29 March 2026 01:30 does not exist: 00:59 GMT is followed by 02:00 BST.
    start = datetime(2026, 4, 5, 0, 30, tzinfo=UTC)
    assert minus_calendar_days(start, 7) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
