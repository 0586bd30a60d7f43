"""What was on record, and what follows from it for one instant. Frozen values; times are aware UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.accounts.data import HeldRole
from apps.alerts.api import PastAlert
from apps.deployments.api import RecordedCheck, RevisionContent, TakenDuty
from apps.deployments.data import ConditionData, DeploymentState, GapData
from apps.deployments.data_day import CameraStopData, SignData
from apps.forces.data import ForceData
from apps.watchlists.api import AnsweredCheck, SealedList


class Standing(StrEnum):
    """NOT_ASKED: recognition was impossible then, so the rule had nothing to be kept by."""

    KEPT = "kept"
    NOT_KEPT = "not kept"
    NOT_RECORDED = "not recorded"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Happened:
    """An audit event. `payload` is empty once its content was erased."""

    id: UUID
    ordinal: int
    at: datetime
    verb: str
    actor_id: UUID | None
    actor_label: str
    rank: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """A line of the decision log, with the state that it led to (None: none) and its audit event.

    `cause` and `confirm_by` are of a suspension and of an urgent approval, as the event has them.
    """

    kind: str
    role: str
    actor_id: UUID | None
    actor_label: str
    rank: str
    at: datetime
    content_hash: str
    state: DeploymentState | None
    event_id: UUID | None = None
    cause: str = ""
    confirm_by: datetime | None = None


@dataclass(frozen=True)
class Away:
    """A time in which nobody from outside could read the notice, or in which nobody looked."""

    began_at: datetime
    ended_at: datetime | None
    was_looked_at: bool


@dataclass(frozen=True)
class Blind:
    """A gap that has no end yet."""

    since: datetime
    reason: str


def _label(_person_id: UUID | None, label: str, _rank: str) -> str:
    return label


def _text(text: str) -> str:
    return text


@dataclass(frozen=True)
class Records:
    """Everything that was written down of one deployment, in order of time. `people` are who held which role
    with which certificate at the instant that is asked about, and nothing else here is of an instant.

    `settings` is the force under the version of its settings that binds the deployment. `who` says a person
    as the reader may read them (id, label, rank as it was then); `said` what somebody typed, without names.
    """

    deployment_id: UUID
    reference: str
    force: str
    settings: ForceData
    created_at: datetime
    authority_hash: str
    # When the schedule deleted its alerts: they are not nought, they are not here.
    log_deleted_at: datetime | None = None
    decisions: tuple[Decided, ...] = ()
    revisions: tuple[RevisionContent, ...] = ()
    events: tuple[Happened, ...] = ()
    conditions: tuple[ConditionData, ...] = ()
    duties: tuple[TakenDuty, ...] = ()
    people: tuple[HeldRole, ...] = ()
    looks: tuple[SignData, ...] = ()
    checks: tuple[RecordedCheck, ...] = ()
    stops: tuple[CameraStopData, ...] = ()
    gaps: tuple[GapData, ...] = ()
    blind: tuple[Blind, ...] = ()
    lists: tuple[SealedList, ...] = ()
    removals: tuple[Happened, ...] = ()
    status_checks: tuple[AnsweredCheck, ...] = ()
    outages: tuple[Away, ...] = ()
    alerts: tuple[PastAlert, ...] = ()
    who: Callable[[UUID | None, str, str], str] = _label
    said: Callable[[str], str] = _text


@dataclass(frozen=True)
class Line:
    """One rule at one instant: what was, which rule (of docs/domain.md), whether it was kept, and where that
    stands. `always`: it is asked also where recognition was impossible.
    """

    key: str
    title: str
    was: tuple[str, ...]
    section: str
    rule: str
    standing: Standing
    source: tuple[str, ...] = ()
    always: bool = False


@dataclass(frozen=True)
class Moment:
    """`impossible` are the reasons for which recognition could not run then, empty where it could."""

    at: datetime
    conclusion: str
    impossible: tuple[str, ...]
    lines: tuple[Line, ...]

    def standing(self, key: str) -> Standing:
        return next(line.standing for line in self.lines if line.key == key)

    def with_standing(self, standing: Standing) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.standing is standing)
