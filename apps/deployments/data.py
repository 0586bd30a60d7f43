"""What the deployments app gives to others: frozen values and closed lists.

Terms are those of domain.md §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.core.data import Actor, Role
from apps.core.errors import DomainError
from apps.deployments.documents.content import AssessmentRef as AssessmentRef
from apps.deployments.documents.content import Authority as Authority
from apps.deployments.documents.content import CameraRef as CameraRef
from apps.deployments.documents.content import Place as Place
from apps.deployments.rules.conditions import ConditionData as ConditionData
from apps.deployments.rules.suspensions import Cause as Cause

# The power to keep and use pictures taken in custody; a list of consenting staff holds none of them.
CUSTODY_PICTURES = "Police and Criminal Evidence Act 1984, section 64A"
# What applies to every operational deployment (domain.md §2), as a start for a new plan.
LEGAL_BASES = (
    "Common law policing powers",
    "Human Rights Act 1998, Articles 8, 9, 10, 11 and 14",
    "Data Protection Act 2018, Part 3, section 35 and Schedule 8 (strict necessity)",
    "Data Protection Act 2018, section 42 (policy document) and section 64 (impact assessment)",
    CUSTODY_PICTURES,
    "Equality Act 2010, section 149",
)


class DeploymentState(StrEnum):
    """Lifecycle of domain.md §2. "Purged" is a property with certificates, not a state."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REFUSED = "refused"
    APPROVED = "approved"
    NOTICE_PUBLISHED = "notice_published"
    LIST_SEALED = "list_sealed"
    READY = "ready"
    LIVE = "live"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REVIEWED = "reviewed"
    RESULTS_PUBLISHED = "results_published"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVOKED = "revoked"


class UseCase(StrEnum):
    """The closed list of domain.md §2; there is no "other"."""

    CRIME_HOTSPOT = "crime_hotspot"
    PROTECTIVE_SECURITY = "protective_security"
    SPECIFIC_INTELLIGENCE = "specific_intelligence"


class Nearby(StrEnum):
    """What must be flagged when it is near the place (domain.md §2)."""

    WORSHIP = "worship"
    SCHOOL = "school"
    HEALTH = "health"
    PROTEST = "protest"


class UrgentGrounds(StrEnum):
    """The only grounds for less notice than the minimum (domain.md §3)."""

    IMMINENT_THREAT = "imminent_threat"
    TIME_LIMITED_INTELLIGENCE = "time_limited_intelligence"


class AssessmentKind(StrEnum):
    """The assessments of domain.md §2, each a file with dates in force."""

    DPIA = "dpia"
    EIA = "eia"
    CIA = "cia"
    BIAS = "bias"


class Duty(StrEnum):
    """What a person did on one deployment. Some pairs exclude each other (domain.md §1)."""

    PLANNER = "planner"
    AUTHORISING = "authorising"
    SILVER = "silver"
    OPERATOR = "operator"
    ENGAGEMENT = "engagement"
    ENGINEER = "engineer"


class CheckKind(StrEnum):
    """The pre-start checklist of domain.md §2."""

    CAMERA_FOCUS = "camera_focus"
    ZONE_MARKED = "zone_marked"
    BLUE_LIST_PASS = "blue_list_pass"  # noqa: S105 - somebody walking past, not a password
    MODEL_MATCHES = "model_matches"
    WATCHLIST_MATCHES = "watchlist_matches"
    CLOCKS_IN_SYNC = "clocks_in_sync"
    SIGNAGE = "signage"
    STAFFING = "staffing"


class Step(StrEnum):
    """What a person can do to a deployment: one rule for its button and its enforcement (gates.py).

    EDIT is any change of the plan; once it is approved, a change that widens it and so voids the approval.
    NARROW makes an approved authority smaller and keeps the approval.
    """

    EDIT = "edit"
    SUBMIT = "submit"
    CANCEL = "cancel"
    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"
    REVOKE = "revoke"
    NARROW = "narrow"
    IMPORT_LIST = "import_list"
    SEAL_LIST = "seal_list"
    ACCEPT_LIST = "accept_list"
    CHECK = "check"
    MAKE_READY = "make_ready"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    REVIEW = "review"
    CONFIRM = "confirm"
    REFUSE_AFTERWARDS = "refuse_afterwards"
    MEET_CONDITION = "meet_condition"


@dataclass(frozen=True)
class Action:
    """Whether somebody sees the button of a step and, when it cannot be pressed, why, in full sentences."""

    step: Step
    shown: bool
    reasons: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.shown and not self.reasons


@dataclass(frozen=True)
class CheckItem:
    """One item of the checklist, for somebody. `cannot_pass` says why it can only be recorded as failed;
    `duty` is what the platform notes them for by recording it, None where it is noted already."""

    check: CheckData
    action: Action
    cannot_pass: tuple[str, ...]
    duty: Duty | None


@dataclass(frozen=True)
class WaitsFor:
    """Whose turn it is. `roles` is empty where the platform or the calendar is awaited, or nothing is.

    `words` say it to everybody, `task` to the person whose turn it is. `due` is the last good moment.
    """

    roles: tuple[Role, ...]
    words: str
    task: str = ""
    since: datetime | None = None
    due: datetime | None = None
    # What they can do about it, besides the usual steps of their role.
    steps: frozenset[Step] = frozenset()

    @property
    def role(self) -> Role | None:
        """The role that acts next, the first one where several may."""
        return self.roles[0] if self.roles else None

    def is_turn_of(self, actor: Actor) -> bool:
        """By role only; what somebody did before may still bar them: pages ask `turns.is_turn_of`."""
        return actor.has(*self.roles)

    def is_late(self, now: datetime) -> bool:
        return self.due is not None and self.due <= now


# Worked out by the platform from what is loaded and sealed; nobody can tick them.
COMPUTED_CHECKS = frozenset({CheckKind.MODEL_MATCHES, CheckKind.WATCHLIST_MATCHES})


@dataclass(frozen=True)
class CameraData:
    id: UUID
    force_id: UUID
    name: str


@dataclass(frozen=True)
class Amendment:
    """How one authority differs from another (domain.md §2), field by field.

    `moved` names what changes the place or the time: it widens, and restarts the notice clock.
    """

    widened: tuple[str, ...]
    narrowed: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def is_widening(self) -> bool:
        return bool(self.widened)

    @property
    def is_nothing(self) -> bool:
        return not self.widened and not self.narrowed


NO_OPERATION = UUID(int=0)


@dataclass(frozen=True)
class DeploymentData:
    """One deployment. Hashes are hexadecimal SHA-256; `approved_hash` is None where no approval holds."""

    id: UUID
    force_id: UUID
    reference: str
    state: DeploymentState
    authority: Authority
    authority_hash: str
    approved_hash: str | None
    planner_id: UUID
    planner_label: str
    approver_id: UUID | None
    approver_label: str
    approved_at: datetime | None
    publish_at: datetime | None
    notice_published_at: datetime | None
    notice_verified_at: datetime | None
    watchlist_id: UUID | None
    watchlist_seal_hash: str | None
    accepted_seal_hash: str | None
    sealed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    # When it came into its present state.
    state_since: datetime | None = None
    # The version of the force's settings that binds it: the one in force when it was drafted.
    settings_version: int = 1
    # Why it is suspended, None while it is not.
    suspended_for: Cause | None = None
    # False alerts until then were looked into by the officer who resumed it.
    accuracy_from: datetime | None = None
    # Of an urgent approval: until when a superintendent confirms it, who did when, or that it was refused.
    confirm_by: datetime | None = None
    confirmed_at: datetime | None = None
    confirmer_id: UUID | None = None
    confirmer_label: str = ""
    refused_afterwards_at: datetime | None = None
    # What a planner reports who cancels: what had been done, and whether anything was collected.
    cancel_done: str = ""
    cancel_collected: str = ""
    # What the days of one operation share; nil only where no row is behind this.
    operation_id: UUID = NO_OPERATION
    # Its decision log was deleted by the schedule: its numbers of alerts are not 0, they are not here.
    log_deleted_at: datetime | None = None

    @property
    def lapses_at(self) -> datetime:
        """When the approval lapses if recognition has not begun."""
        return self.authority.starts_by or self.authority.window_end


@dataclass(frozen=True)
class DeploymentPage:
    """One page of a list. `before` and `after` are what to pass to `list_page` for the page further on and
    the page back, None where there is none."""

    items: tuple[DeploymentData, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class LiveAuthority:
    """What recognition may do right now; `live_authority` makes it. `threshold` is a cosine similarity.

    `camera_ids` may be searched. `stopped_ids` are of the authority too and fell silent: nothing of them is
    searched until somebody on duty says so. `cameras` are all of them, with the zone that may be searched.
    `settings_version` is that of the force's settings which bind the deployment.
    """

    deployment_id: UUID
    force_id: UUID
    camera_ids: frozenset[UUID]
    pack_id: str
    threshold: float
    seal_hash: str
    window_end: datetime
    rehearsal: bool
    settings_version: int
    stopped_ids: frozenset[UUID] = frozenset()
    cameras: tuple[CameraRef, ...] = ()

    @property
    def all_camera_ids(self) -> frozenset[UUID]:
        """Every camera of the authority, stopped or not. Work is cut by these, so that it stays as cut."""
        return self.camera_ids | self.stopped_ids


@dataclass(frozen=True)
class CheckData:
    """The state of one checklist item. `recorded_at` is None when it was never recorded or is computed."""

    kind: CheckKind
    passed: bool
    computed: bool
    note: str
    recorded_by: str
    recorded_at: datetime | None


@dataclass(frozen=True)
class DecisionData:
    """One row of the decision log: who, in which role, what, why, of which hash."""

    kind: str
    role: str
    actor_id: UUID | None
    actor_label: str
    reasons: str
    content_hash: str
    decided_at: datetime
    # Of an officer, as they were then; empty for decisions that were made before they were recorded.
    rank: str = ""
    collar_number: str = ""


@dataclass(frozen=True)
class RevisionData:
    """One link of the chain of authority hashes of a deployment."""

    number: int
    kind: str
    content_hash: str
    previous_hash: str
    changes: Mapping[str, Any]
    reason: str
    actor_id: UUID
    actor_label: str
    recorded_at: datetime


@dataclass(frozen=True)
class DutyData:
    """A duty that somebody acted in. `laid_down_at`: off duty since, None while they are on it."""

    actor_id: UUID
    actor_label: str
    duty: Duty
    laid_down_at: datetime | None = None


@dataclass(frozen=True)
class GapData:
    """A time in which recognition should have run and did not. `camera_id` None means every camera."""

    id: UUID
    deployment_id: UUID
    camera_id: UUID | None
    started_at: datetime
    ended_at: datetime
    reason: str


class NotLive(DomainError):
    """Recognition is not authorised at this moment; `reason` says why, in words for an officer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, code="not_live")
        self.reason = reason
