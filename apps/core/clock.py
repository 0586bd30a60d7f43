"""Time. Instants are aware UTC; rules that people know by the calendar are London wall-clock time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
# Further from the real clock than this, a passed-in `now` is a simulation and its audit events say so.
SIMULATION_TOLERANCE = timedelta(minutes=5)


def utc_now() -> datetime:
    return datetime.now(UTC)


def london(instant: datetime) -> datetime:
    """`instant` on a London clock."""
    return instant.astimezone(LONDON)


def minus_calendar_days(instant: datetime, days: int) -> datetime:
    """The instant `days` calendar days earlier at the same London wall-clock time, as UTC.

    A local time that does not exist on that day (clocks went forward over it) becomes the instant the same
    distance after the gap; one that exists twice is the earlier of the two, so that a period counted from it
    is never shorter than promised.
    """
    local = london(instant)
    earlier = (local.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=LONDON, fold=0)
    return earlier.astimezone(UTC)


def is_simulated(now: datetime) -> bool:
    return abs(now - utc_now()) > SIMULATION_TOLERANCE
