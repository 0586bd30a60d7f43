"""What the demonstration tells: past deployments as values. Everything in it is invented.

Nothing here reads a clock or a database; apps/demo/history.py plays it through the real operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from apps.core.clock import LONDON
from apps.demo.plan import PURPOSE, Place

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


@dataclass(frozen=True, slots=True)
class Past:
    """One deployment of the past year. `start` is London time; `tracks`: how many people passed, as counted.

    `returned`, `narrowed`: the reason where the plan went back to the planner, or was made smaller after the
    approval. `why`: the reason of an ending that needs one, or the findings of the review. `key` names it for
    the guided pages.
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
    purpose: str = PURPOSE
    key: str = ""


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
