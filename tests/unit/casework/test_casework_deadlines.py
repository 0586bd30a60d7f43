"""Last days for answers and for telling the Commissioner: never later than the law, over month ends, Easter
and both clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.casework.data import BreachKind, RequestKind, Risk
from apps.casework.deadlines import (
    bank_holidays,
    due_on,
    easter,
    end_of,
    is_told_of,
    is_working_day,
    month_after,
    tell_by,
)

# As gov.uk lists them for England and Wales.
BANK_HOLIDAYS = {
    2024: ["01-01", "03-29", "04-01", "05-06", "05-27", "08-26", "12-25", "12-26"],
    2026: ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"],
    2027: ["01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"],
    2021: ["01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"],
    2022: ["01-03", "04-15", "04-18", "05-02", "05-30", "08-29", "12-26", "12-27"],
    2023: ["01-02", "04-07", "04-10", "05-01", "05-29", "08-28", "12-25", "12-26"],
}


@pytest.mark.parametrize("year", sorted(BANK_HOLIDAYS))
def test_bank_holidays_are_those_of_the_government(year):
    listed = {date.fromisoformat(f"{year}-{day}") for day in BANK_HOLIDAYS[year]}
    assert {day for day in bank_holidays(year) if day.weekday() < 5} == listed


@pytest.mark.parametrize(
    ("year", "day"), [(2008, "03-23"), (2011, "04-24"), (2019, "04-21"), (2025, "04-20"), (2038, "04-25")]
)
def test_easter(year, day):
    assert easter(year) == date.fromisoformat(f"{year}-{day}")


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-09-03", "2026-10-03"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2026-12-31", "2027-01-31"),
    ],
)
@pytest.mark.parametrize("kind", [RequestKind.ACCESS, RequestKind.RECTIFICATION, RequestKind.ERASURE])
def test_a_right_over_data_is_answered_within_a_month(kind, received, due):
    assert due_on(kind=kind, received_on=date.fromisoformat(received)) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-06-01", "2026-06-29"),  # Monday to Monday, no holiday
        ("2026-06-06", "2026-07-03"),  # a Saturday: Monday is the first day
        ("2026-03-20", "2026-04-21"),  # over Easter
        ("2026-12-21", "2027-01-21"),  # over Christmas and New Year
    ],
)
def test_freedom_of_information_counts_twenty_working_days(received, due):
    assert due_on(kind=RequestKind.FOI, received_on=date.fromisoformat(received)) == date.fromisoformat(due)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_twenty_working_days_are_twenty(received):
    due = due_on(kind=RequestKind.FOI, received_on=received)
    between = [received + timedelta(days=after) for after in range(1, (due - received).days + 1)]
    assert sum(is_working_day(day) for day in between) == 20
    assert is_working_day(due)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_a_month_is_the_next_one_and_no_longer(received):
    due = month_after(received)
    assert timedelta(days=28) <= due - received <= timedelta(days=31)
    assert (due.year * 12 + due.month) - (received.year * 12 + received.month) == 1


@pytest.mark.parametrize("at", ["2026-03-28T12:00+00:00", "2026-10-24T12:00+00:00"])
def test_seventy_two_hours_are_hours_over_a_clock_change(at):
    aware = datetime.fromisoformat(at)
    assert tell_by(kind=BreachKind.PERSONAL_DATA, aware_at=aware) == aware + timedelta(hours=72)


@pytest.mark.parametrize("kind", [BreachKind.AUTHORITY, BreachKind.RULES])
def test_only_personal_data_has_a_clock(kind):
    assert tell_by(kind=kind, aware_at=datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert not is_told_of(kind=kind, risk=Risk.HIGH)


def test_what_is_unlikely_to_harm_anybody_need_not_be_told():
    assert not is_told_of(kind=BreachKind.PERSONAL_DATA, risk=Risk.UNLIKELY)
    assert is_told_of(kind=BreachKind.PERSONAL_DATA, risk=Risk.RISK)


def test_a_day_ends_at_midnight_in_london():
    assert end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert end_of(date(2026, 1, 1)) == datetime(2026, 1, 2, tzinfo=UTC)
