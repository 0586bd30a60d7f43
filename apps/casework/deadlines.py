"""By when something has to be told or answered. Pure: dates in, dates out, and never later than the law says.

A day on which nothing is open is not added to a month, and only the bank holidays of England and Wales are
left out of working days: where the law would give a day more, the force is reminded a day early.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from apps.casework.data import BreachKind, RequestKind, Risk
from apps.core.clock import LONDON

# DPA 2018 s.67(1), from when the force became aware.
TELL_WITHIN = timedelta(hours=72)
# Freedom of Information Act 2000 s.10(1): the twentieth working day after the day on which it came.
FOI_DAYS = 20
SATURDAY = 5
DAY = timedelta(days=1)
MONDAY = 0
TWELVE = 12


def tell_by(*, kind: BreachKind, aware_at: datetime) -> datetime | None:
    """Until when the Commissioner is to be told; None of what is no breach of personal data."""
    return aware_at + TELL_WITHIN if kind is BreachKind.PERSONAL_DATA else None


def is_told_of(*, kind: BreachKind, risk: Risk) -> bool:
    """Whether the Commissioner is to be told at all: not where a risk to anybody is unlikely."""
    return kind is BreachKind.PERSONAL_DATA and risk is not Risk.UNLIKELY


def due_on(*, kind: RequestKind, received_on: date) -> date:
    """The last day for an answer: a month (DPA 2018 s.54), or twenty working days."""
    return working_days_after(received_on, FOI_DAYS) if kind is RequestKind.FOI else month_after(received_on)


def month_after(day: date) -> date:
    """The same day of the next month, or its last one."""
    year, month = (day.year + 1, 1) if day.month == TWELVE else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def working_days_after(day: date, count: int) -> date:
    while count:
        day += DAY
        count -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def bank_holidays(year: int) -> frozenset[date]:
    """Of England and Wales, without those proclaimed for one year only."""
    sunday = easter(year)
    fixed = {_substitute(date(year, 1, 1))}
    christmas = date(year, 12, 25)
    # Both days of Christmas are made up for, each by a day of its own.
    fixed |= {day for day in (christmas, christmas + DAY) if day.weekday() < SATURDAY}
    shift = {5: (27, 28), 6: (27,), 4: (28,)}.get(christmas.weekday(), ())
    fixed |= {date(year, 12, day) for day in shift}
    spring, summer = _last_monday(year, 5), _last_monday(year, 8)
    early = next(date(year, 5, day) for day in range(1, 8) if date(year, 5, day).weekday() == MONDAY)
    return frozenset({*fixed, sunday - 2 * DAY, sunday + DAY, early, spring, summer})


def _substitute(day: date) -> date:
    while day.weekday() >= SATURDAY:
        day += DAY
    return day


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=last.weekday())


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)


def end_of(day: date) -> datetime:
    """The first instant after a day in London."""
    return datetime.combine(day + DAY, time.min, LONDON).astimezone(UTC)
