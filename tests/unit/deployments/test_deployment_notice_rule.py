"""The seven-day rule in London wall-clock terms: both clock changes, a leap day, midnight (domain.md §3)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import RuleViolated
from apps.deployments.rules.notice_clock import earliest_start, latest_publication
from apps.deployments.rules.policies import check_notice

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("verified", "earliest"),
    [
        # Winter, summer, the turn of a year, a leap day and a year without one.
        ("2026-12-03 10:00", "2026-12-10 10:00"),
        ("2026-07-01 09:00", "2026-07-08 09:00"),
        ("2026-12-28 23:30", "2027-01-04 23:30"),
        ("2028-02-22 10:00", "2028-02-29 10:00"),
        ("2028-02-29 10:00", "2028-03-07 10:00"),
        ("2027-02-22 10:00", "2027-03-01 10:00"),
        # Clocks go forward on 29 March 2026 at 01:00 UTC: seven days are an hour less.
        ("2026-03-25 10:00", "2026-04-01 09:00"),
        ("2026-03-22 00:59", "2026-03-29 00:59"),
        # 01:30 does not exist that night: the later reading, 02:30 BST.
        ("2026-03-22 01:30", "2026-03-29 01:30"),
        ("2026-03-22 02:00", "2026-03-29 01:00"),
        # Clocks go back on 25 October 2026 at 01:00 UTC: seven days are an hour more.
        ("2026-10-20 09:00", "2026-10-27 10:00"),
        ("2026-10-17 23:59", "2026-10-24 23:59"),
        # 01:30 happens twice that night: the second time.
        ("2026-10-18 00:30", "2026-10-25 01:30"),
        # Verified during the hour that happens twice, first and second time: the same time a week later.
        ("2026-10-25 00:30", "2026-11-01 01:30"),
        ("2026-10-25 01:30", "2026-11-01 01:30"),
        # Half past midnight in summer is the day before in UTC.
        ("2026-06-30 23:30", "2026-07-07 23:30"),
    ],
)
def test_seven_calendar_days_at_the_same_local_time(verified, earliest):
    assert earliest_start(at(verified), 7) == at(earliest)


@pytest.mark.parametrize("days", [0, 1, 7, 14])
def test_a_start_one_moment_early_is_refused_and_on_time_is_not(days):
    verified = at("2026-10-20 09:00")
    earliest = earliest_start(verified, days)
    check_notice(verified_at=verified, start=earliest, minimum_days=days)
    with pytest.raises(RuleViolated, match="has not been public"):
        check_notice(verified_at=verified, start=earliest - MOMENT, minimum_days=days)


def test_without_a_verified_notice_nothing_starts():
    with pytest.raises(RuleViolated, match="not been verified"):
        check_notice(verified_at=None, start=at("2036-01-01 00:00"), minimum_days=0)


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))
# Within a day of a change, where mistakes live.
AROUND_CHANGES = st.builds(
    lambda year, autumn, minutes: last_sunday(year, 10 if autumn else 3) + timedelta(minutes=minutes),
    st.integers(2020, 2037),
    st.booleans(),
    st.integers(-1440, 1440),
)
WEEK_BEFORE = AROUND_CHANGES.map(lambda instant: instant - timedelta(days=7))
ANY = st.one_of(INSTANTS, AROUND_CHANGES, WEEK_BEFORE)


def last_sunday(year: int, month: int) -> datetime:
    """01:00 UTC, when British clocks change."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@given(ANY, st.integers(0, 30))
def test_notice_is_that_many_days_give_or_take_one_clock_change(verified, days):
    assert -HOUR <= earliest_start(verified, days) - verified - timedelta(days=days) <= HOUR


@given(ANY, st.integers(1, 30))
def test_the_clock_on_the_wall_shows_the_same_time_of_the_right_day(verified, days):
    then = verified.astimezone(LONDON).replace(tzinfo=None) + timedelta(days=days)
    start = earliest_start(verified, days).astimezone(LONDON)
    exists = then.replace(tzinfo=LONDON).astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == then
    assert start.replace(tzinfo=None) == (then if exists else then + HOUR)


@given(ANY, st.integers(1, 30))
def test_of_two_equal_times_it_is_never_the_first(verified, days):
    """An hour later the wall never shows that time again."""
    start = earliest_start(verified, days)
    assert (start + HOUR).astimezone(LONDON).replace(tzinfo=None) != start.astimezone(LONDON).replace(
        tzinfo=None
    )


@given(ANY, st.integers(0, 30))
def test_publishing_at_the_latest_time_is_in_time(start, days):
    latest = latest_publication(start, days)
    assert earliest_start(latest, days) <= start
    assert start - latest <= timedelta(days=days) + 2 * HOUR


@given(ANY, st.integers(0, 30))
def test_the_latest_publication_of_an_earliest_start_is_not_after_the_verification_by_an_hour(verified, days):
    assert latest_publication(earliest_start(verified, days), days) - verified <= HOUR
