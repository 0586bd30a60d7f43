"""A date and a time as somebody reads them from a London clock, as one instant.

Twice a year that is not a formality: when the clocks go forward an hour of times does not exist, and when
they go back an hour of times happens twice (domain.md §3).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from apps.core.clock import LONDON, london

# What a choice between two equal times is called; the values are datetime's `fold`.
FIRST, SECOND = 0, 1


class NoSuchTime(ValueError):
    """The clocks jump over this time; `message` says what to do."""

    def __init__(self, day: date, clock: time) -> None:
        self.message = (
            f"{clock:%H:%M} does not exist on {_said(day)}: the clocks go forward from 01:00 to 02:00 that "
            "night. Choose a time before or after that hour."
        )
        super().__init__(self.message)


class TimeHappensTwice(ValueError):
    """The clocks show this time twice and nobody said which; `message` says what to do."""

    def __init__(self, day: date, clock: time) -> None:
        self.message = (
            f"{clock:%H:%M} happens twice on {_said(day)}: the clocks go back from 02:00 to 01:00 that "
            "night. Choose the first or the second."
        )
        super().__init__(self.message)


def instant_of(day: date, clock: time, *, fold: int | None = None) -> datetime:
    """The instant (UTC) at which a London clock shows this. `fold` decides only where the time happens twice.

    Raises NoSuchTime, TimeHappensTwice.
    """
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    found = sorted({wall.replace(tzinfo=LONDON, fold=which).astimezone(UTC) for which in (FIRST, SECOND)})
    found = [instant for instant in found if london(instant).replace(tzinfo=None) == wall]
    if not found:
        raise NoSuchTime(day, clock)
    if len(found) == 1:
        return found[0]
    if fold is None:
        raise TimeHappensTwice(day, clock)
    return found[fold]


def happens_twice(instant: datetime) -> bool:
    """Whether a London clock shows the time of this instant a second time that day."""
    local = london(instant)
    return any(
        london(other).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)
        for other in (instant - timedelta(hours=1), instant + timedelta(hours=1))
    )


def _said(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
