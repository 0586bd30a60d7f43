"""How often less notice than the minimum was authorised, by whom, and whether it was confirmed (domain.md §3
and §8): every urgent approval of a time, one by one and summed. No name of anybody: role and rank are enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from apps.core.clock import LONDON
from apps.core.wording import say_day, say_duration, say_moment, say_role
from apps.deployments import api as deployments
from apps.deployments.api import UrgentApproval
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.scrutiny.data import notice_before

ENDED_BEFORE = "its approval ended before it was confirmed"
NOT_NEEDED = "not needed: an authorising officer approved it"


@dataclass(frozen=True)
class Period:
    """Days of the London calendar, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), LONDON)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), LONDON)

    def as_asked(self) -> dict[str, object]:
        """For the audit: which time a file was asked of."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}

    @property
    def words(self) -> str:
        return f"{say_day(self.first)} to {say_day(self.last)}"


@dataclass(frozen=True)
class ExceptionRow:
    """One urgent approval. `notice` is how long the public could read of it before it began; None where it
    did not begin, or before anybody could. `is_short`: it began with less notice than the minimum."""

    reference: str
    place: str
    approved_at: datetime
    by: str
    ground: str
    confirmation: str
    window_start: datetime
    started_at: datetime | None
    notice: timedelta | None
    is_short: bool

    @property
    def notice_words(self) -> str:
        if self.started_at is None:
            return "not started"
        if self.notice is None:
            return "none that was seen from outside"
        return f"{say_duration(self.notice)} before the start"


@dataclass(frozen=True)
class Summed:
    """What the rows add up to. `approvals` counts every approval of the time, urgent or not."""

    approvals: int
    urgent: int
    started: int
    short: int
    grounds: tuple[tuple[str, int], ...]
    roles: tuple[tuple[str, int], ...]
    confirmations: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Exceptions:
    force: str
    period: Period
    rows: tuple[ExceptionRow, ...]
    summed: Summed
    # Deployments whose window began in this time, deleted by the schedule with their approvals.
    deleted: deployments.Deleted

    @property
    def deleted_words(self) -> str:
        return say_deleted(self.deleted)


def exceptions(*, force: ForceData, period: Period, now: datetime) -> Exceptions:
    """Of the open force, by the day of the approval, the latest first. Raises RuleViolated for too many."""
    found = deployments.urgent_approvals(start=period.start, end=period.end)
    versions = {each.deployment.settings_version for each in found}
    bound = forces.settings_of(force=force, versions=versions)
    rows = [_row(each, bound[each.deployment.settings_version], now) for each in found]
    counts = Counter(_kind(each, now) for each in found)
    summed = Summed(
        approvals=deployments.approvals_count(start=period.start, end=period.end),
        urgent=len(rows),
        started=sum(row.started_at is not None for row in rows),
        short=sum(row.is_short for row in rows),
        grounds=_counted(row.ground for row in rows),
        roles=_counted(row.by for row in rows),
        confirmations=tuple((words, counts[words]) for words in KINDS if counts[words]),
    )
    deleted = deployments.deleted_between(start=period.start, end=period.end)
    return Exceptions(force.name, period, tuple(reversed(rows)), summed, deleted)


def _row(found: UrgentApproval, rules: ForceData, now: datetime) -> ExceptionRow:
    deployment, decision = found.deployment, found.decision
    started = deployment.started_at if found.is_latest else None
    seen = deployment.notice_verified_at
    minimum = None if seen is None else deployments.earliest_start(seen, rules.notice_minimum_days)
    return ExceptionRow(
        reference=deployment.reference,
        place=found.authority.place_name,
        approved_at=decision.decided_at,
        by=f"{say_role(decision.role)}{f', {decision.rank}' if decision.rank else ''}",
        ground=str(found.authority.urgent_grounds).replace("_", " "),
        confirmation=_confirmation(found, now),
        window_start=found.authority.window_start,
        started_at=started,
        notice=notice_before(started_at=started, seen_at=seen),
        is_short=started is not None and (minimum is None or started < minimum),
    )


KINDS = (
    *("Confirmed in time", "Confirmed late", "Refused afterwards"),
    *("Waiting", "Overdue", "Never confirmed", "None needed", "Ended"),
)


def _kind(found: UrgentApproval, now: datetime) -> str:
    answer, due = found.answer, found.deployment.confirm_by if found.is_latest else None
    if answer is not None and answer.kind != "confirm":
        return "Refused afterwards"
    if answer is not None:
        return "Confirmed late" if due is not None and answer.decided_at >= due else "Confirmed in time"
    if due is not None and found.over_at is None:
        return "Waiting" if now < due else "Overdue"
    if due is not None and found.over_at is not None and found.over_at >= due:
        return "Never confirmed"
    return "None needed" if found.decision.role == "authorising_officer" else "Ended"


def _confirmation(found: UrgentApproval, now: datetime) -> str:
    kind, due = _kind(found, now), found.deployment.confirm_by
    if found.answer is not None:
        return f"{kind.lower()}, {say_moment(found.answer.decided_at)}"
    if kind in {"Waiting", "Overdue", "Never confirmed"} and due is not None:
        return f"{kind.lower()}: due {say_moment(due)}"
    return NOT_NEEDED if kind == "None needed" else ENDED_BEFORE


def _counted(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def say_deleted(deleted: deployments.Deleted) -> str:
    """In the words of the pages and the tables; empty where nothing is missing."""
    if not deleted:
        return ""
    noun = "deployment" if deleted.deployments == 1 else "deployments"
    return f"Deleted by the schedule: {deleted.deployments} {noun}, {deleted.began} of which had begun"
