"""The seven-day rule as arithmetic: calendar days at the same London wall-clock time (domain.md §3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apps.core.clock import LONDON, london, minus_calendar_days


def earliest_start(verified_at: datetime, minimum_days: int) -> datetime:
    """The first instant at which recognition may start, as UTC.

    The same local time `minimum_days` calendar days later. Where that time happens twice (clocks go back) or
    never (clocks go forward) the later of the two readings counts: notice is never cut short by an hour.
    """
    wanted = london(verified_at).replace(tzinfo=None) + timedelta(days=minimum_days)
    return max(wanted.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))


def latest_publication(start: datetime, minimum_days: int) -> datetime:
    """The last instant at which a notice may become public for recognition to start at `start`, as UTC."""
    latest = minus_calendar_days(start, minimum_days)
    # Only where `start` is the first of two equal local times, or just after a skipped hour.
    while earliest_start(latest, minimum_days) > start:
        latest -= timedelta(hours=1)
    return latest
