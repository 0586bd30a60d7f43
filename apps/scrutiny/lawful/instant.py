"""An instant as people type it: a time on a London clock, on one of the days of a window. No database.

A time that came twice (clocks went back) is asked about, one that never came (they went forward) refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from apps.core.clock import LONDON, london
from apps.deployments.api import RevisionContent
from apps.deployments.data import Authority

TYPED = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?", re.ASCII)
# The two readings of a time that came twice, in their order.
SUMMER, WINTER = "bst", "gmt"
READINGS = ((SUMMER, "British Summer Time, the first time"), (WINTER, "Greenwich Mean Time, the second time"))


def clock_of(typed: str) -> time | None:
    """The time of day, None where it is none: HH:MM or HH:MM:SS."""
    found = TYPED.fullmatch(typed.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def readings(day: date, clock: time) -> tuple[datetime, ...]:
    """Which instants it may be, as UTC, in order: one; two where the clocks went back over it; none where
    they went forward over it."""
    wall = datetime.combine(day, clock)
    both = {wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in both if london(at).replace(tzinfo=None) == wall))


def windows_of(now: Authority, revisions: Sequence[RevisionContent]) -> list[Authority]:
    """The window of the authority, and what it was before each narrowing. A day that was only ever planned
    is no day of the deployment."""
    narrowed = [before.authority for before, after in pairwise(revisions) if after.kind == "narrowed"]
    return [now, *narrowed]


def days_of(windows: Iterable[Authority]) -> tuple[date, ...]:
    """The London days on which any of the windows lies, in order: a window that was made shorter later counts
    as it was."""
    found: set[date] = set()
    for content in windows:
        day = london(content.window_start).date()
        end = london(content.window_end - timedelta(microseconds=1)).date()
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return tuple(sorted(found))
