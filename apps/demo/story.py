"""What the demonstration tells: past deployments as values. Everything in it is invented.

Nothing here reads a clock or a database; apps/demo/history.py plays it through the real operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from apps.core.clock import LONDON
from apps.demo.plan import Place
from apps.deployments.data import Cause

FRIDAY = 4


class Ending(StrEnum):
    """How a past deployment ended."""

    REVIEWED = "reviewed"
    REVOKED = "revoked while live"
    UNSTARTED = "approved, never started"
    CANCELLED = "cancelled before the day"
    REFUSED = "refused"


class Event(StrEnum):
    """What became of one alert."""

    CONFIRMED = "operator: match; officer engaged; identity confirmed"
    FALSE = "operator: match; officer engaged; identity contradicted, released"
    REJECTED = "operator: not a match"
    EXPIRED = "nobody decided in time: no stop"
    SECOND_LOOK = "one operator unsure, the second says match; confirmed"
    NOT_ENGAGED = "operator: match; officer decides not to engage"
    NOT_LOCATED = "operator: match; the person was not found again"


RECOGNISED = frozenset({Event.CONFIRMED, Event.SECOND_LOOK})
UNRESOLVED = frozenset({Event.EXPIRED, Event.NOT_ENGAGED, Event.NOT_LOCATED})


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert, so many minutes after the start. `who` is the reference it was raised for."""

    minute: float
    who: str
    event: Event
    camera: int = 0


@dataclass(frozen=True, slots=True)
class Blind:
    """Recognition should have run and did not. `camera` None is every camera."""

    minute: float
    minutes: float
    reason: str
    camera: int | None = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """The commander (or anybody on duty) suspends, and the commander resumes."""

    minute: float
    minutes: float
    reason: str
    # What the public reads of it.
    cause: Cause


@dataclass(frozen=True, slots=True)
class Past:
    """One deployment of the past year. `start` is London time; `tracks`: how many people passed, as counted.

    `passes`: how often people of the Blue List walked past a camera, as the engineer counted; 0 where nobody
    did. `returned`, `narrowed`: the reason where the plan went back to the planner, or was made smaller after
    the approval. `why`: the reason of an ending that needs one, or the findings of the review.
    `list_late_min`: by how many minutes its list was deleted late. `key` names it for the guided pages.
    """

    days_ago: int
    start: str
    hours: float
    place: Place
    ending: Ending
    why: str
    tracks: int = 0
    seen: tuple[Seen, ...] = ()
    blind: tuple[Blind, ...] = ()
    pause: Pause | None = None
    returned: str = ""
    narrowed: str = ""
    passes: int = 0
    list_late_min: int = 0
    key: str = ""

    @property
    def recognised(self) -> int:
        """How many passes led to an alert that an officer confirmed."""
        return sum(seen.event in RECOGNISED for seen in self.seen)

    @property
    def unresolved(self) -> int:
        """How many passes led to an alert that nobody confirmed or rejected."""
        return sum(seen.event in UNRESOLVED for seen in self.seen)

    @property
    def counted(self) -> str:
        """What became of the passes, in words. Composed, so that words and numbers cannot differ."""
        missed = self.passes - self.recognised - self.unresolved
        return (
            f"Of {self.passes} passes of staff on the list, {_were(self.recognised)} recognised and "
            "confirmed, "
            f"{self.unresolved or 'none'} led to an alert that was not resolved, and {_were(missed)} missed."
        )


def _were(number: int) -> str:
    return f"{number or 'none'} {'was' if number == 1 else 'were'}"


def on_day(day: date, clock: str) -> datetime:
    """That time of day on a London clock, as UTC. A time that does not exist moves past the gap."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=LONDON).astimezone(UTC)


def working_day(day: date, *, step: int) -> date:
    """The first day from `day` on, in steps of `step` days, that is no weekend: rehearsals need staff."""
    while day.weekday() > FRIDAY:
        day += timedelta(days=step)
    return day


def london_day(now: datetime, days: int) -> date:
    """The London date so many days from `now`; negative is before."""
    return now.astimezone(LONDON).date() + timedelta(days=days)
