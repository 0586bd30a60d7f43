"""What the transition matrix is asked on: a deployment in each state to which nothing is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core.data import Actor, Role
from apps.deployments.data import (
    AssessmentKind,
    Cause,
    CheckData,
    CheckKind,
    DeploymentData,
    Duty,
    DutyData,
    UseCase,
)
from apps.deployments.data import DeploymentState as S
from apps.deployments.documents.content import Authority, CameraRef
from apps.deployments.rules import states
from apps.deployments.rules.assessments import AssessmentData
from apps.deployments.rules.conditions import ConditionData
from apps.deployments.rules.waiting import Awaited
from apps.forces.data import ForceData
from apps.watchlists.data import WatchlistData, WatchlistState

PLANNER_ID, OFFICER_ID, STRANGER, OTHER = (UUID(int=number) for number in (1, 2, 3, 4))
DEPLOYMENT_ID, LIST_ID = UUID(int=10), UUID(int=11)
CAMERAS = (CameraRef(UUID(int=20), "Camera A"), CameraRef(UUID(int=21), "Camera B"))
START = datetime(2026, 12, 10, 10, 0, tzinfo=UTC)
END = START + timedelta(hours=6)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEAL = "5" * 64
NOTHING_OPEN = Awaited((), has_model=True)
WORDS = "Written by the people who planned it, in whole sentences."

KNOWN_FORCE = ForceData(
    id=UUID(int=30),
    slug="north",
    name="North Police",
    notice_minimum_days=7,
    list_window_hours=24,
    watchlist_keep_hours=24,
    alert_keep_hours=24,
    decision_expiry_s=60,
    max_watchlist_size=1000,
    minimum_staffing=3,
    categories=frozenset({"suspected"}),
    contact_lines=(),
    results_deadline_days=5,
)
PARAGRAPHS: dict[str, Any] = dict.fromkeys(
    (
        "necessity",
        "proportionality",
        "less_intrusive_means",
        "collateral_intrusion",
        "policing_purpose",
        "place_reason",
        "nearby_measures",
        "criteria",
        "vulnerable",
        "signage_plan",
        "engagement_plan",
        "resourcing_plan",
    ),
    WORDS,
)
ASSESSMENTS = {
    UUID(int=number): AssessmentData(
        id=UUID(int=number),
        kind=kind,
        title=f"{kind.upper()} of the force",
        version="1",
        in_force_from=date(2026, 1, 1),
        in_force_until=date(2026, 12, 31),
        pack_id="pack" if kind is AssessmentKind.BIAS else "",
        is_public=True,
        sha256="7" * 64,
        size=1,
        replaces_id=None,
        uploaded_by="planner",
        uploaded_at=START - 30 * DAY,
    )
    for number, kind in enumerate(AssessmentKind, start=70)
}
AUTHORITY = Authority(
    place_name="Market Square",
    polygon=((51.80, -0.21), (51.80, -0.20), (51.79, -0.20)),
    window_start=START,
    window_end=END,
    use_case=UseCase.CRIME_HOTSPOT,
    **PARAGRAPHS,
    legal_bases=("common law",),
    categories=("suspected",),
    max_subjects=10,
    cameras=CAMERAS,
    pack_id="pack",
    threshold=0.42,
    rehearsal=False,
    operation="Operation Lantern",
    sources=("custody",),
    approaches=("High Street",),
    footfall=5000,
    assessments=tuple(each.ref for each in ASSESSMENTS.values()),
)


@dataclass(frozen=True)
class Case:
    """Facts that are known in advance (gates.Facts), who acts, and when."""

    deployment: DeploymentData
    actor: Actor
    now: datetime
    force: ForceData = KNOWN_FORCE
    duties: tuple[DutyData, ...] = ()
    cameras: Mapping[UUID, str] = field(default_factory=lambda: {each.id: each.name for each in CAMERAS})
    watchlist: WatchlistData | None = None
    checks: tuple[CheckData, ...] = ()
    conditions: tuple[ConditionData, ...] = ()
    assessments: Mapping[UUID, AssessmentData] = field(default_factory=lambda: ASSESSMENTS)
    grade: str | None = "operational"
    edition: str | None = ""
    awaited: Awaited = NOTHING_OPEN
    open_trial: DeploymentData | None = None
    untrained: frozenset[UUID] = frozenset()
    signs_late: tuple[str, ...] = ()

    def lapsed(self, now: datetime) -> Collection[DutyData]:
        return ()

    def signs_overdue(self, now: datetime) -> Collection[str]:
        return self.signs_late

    def trained(self, user_id: UUID, role: Role, days: Collection[date]) -> bool:
        return user_id not in self.untrained

    def planned(self, **changes: object) -> Case:
        """The same with another content, approved as far as it was approved before."""
        authority = replace(self.deployment.authority, **changes)  # type: ignore[arg-type]  # fields of it
        deployment, digest = self.deployment, authority.sha256()
        holds = deployment.approved_hash == deployment.authority_hash
        approved = digest if holds else deployment.approved_hash
        return self.but(authority=authority, authority_hash=digest, approved_hash=approved)

    def but(self, **changes: object) -> Case:
        """The same with another row of the deployment."""
        return replace(self, deployment=replace(self.deployment, **changes))  # type: ignore[arg-type]  # as above

    def acted(self, duty: Duty) -> Case:
        """Whoever acts has acted in `duty` on it before."""
        if self.actor.id is None:
            return self
        return replace(self, duties=(*self.duties, DutyData(self.actor.id, self.actor.label, duty)))


# When each step is usually taken.
TIMES: Mapping[S, datetime] = {
    **dict.fromkeys((S.DRAFT, S.RETURNED, S.SUBMITTED), START - 9 * DAY),
    S.APPROVED: START - 9 * DAY,
    S.NOTICE_PUBLISHED: START - 3 * HOUR,
    S.LIST_SEALED: START - HOUR,
    **dict.fromkeys((S.READY, S.LIVE, S.SUSPENDED), START + HOUR),
}
# What the platform does at a time of its own.
DUE_TIMES = {states.EXPIRE: END, states.END_AT_WINDOW_CLOSE: END}


def case_of(name: str, source: S, actor: Actor) -> Case:
    """A deployment in `source` to which nothing is missing, when this row of the table is usually taken."""
    deployment = _deployment_in(source)
    present = (
        DutyData(UUID(int=40), "silver", Duty.SILVER),
        DutyData(UUID(int=41), "operator", Duty.OPERATOR),
    )
    return Case(
        deployment=deployment,
        actor=actor,
        now=DUE_TIMES.get(name) or TIMES.get(source, END + HOUR),
        duties=(*present, DutyData(UUID(int=42), "engagement", Duty.ENGAGEMENT)),
        watchlist=None if deployment.watchlist_id is None else _list(source in states.CHECKING),
        checks=tuple(CheckData(kind, True, False, "", "engineer", START - HOUR) for kind in CheckKind),
    )


def _deployment_in(source: S) -> DeploymentData:
    """With what each step on the way to `source` left on it, at the time at which it is usually taken."""
    early = {S.DRAFT, S.RETURNED, S.SUBMITTED}
    sealed = source in states.CHECKING
    announced = source not in early | {S.APPROVED}
    started = source in states.RUNNING | {S.ENDED, S.REVIEWED}
    digest = AUTHORITY.sha256()
    return DeploymentData(
        id=DEPLOYMENT_ID,
        force_id=KNOWN_FORCE.id,
        reference="LFR-2026-001",
        state=source,
        authority=AUTHORITY,
        authority_hash=digest,
        approved_hash=None if source in early else digest,
        planner_id=PLANNER_ID,
        planner_label="planner",
        approver_id=None if source in early else OFFICER_ID,
        approver_label="" if source in early else "officer",
        approved_at=None if source in early else START - 9 * DAY,
        publish_at=None,
        notice_published_at=START - 8 * DAY if announced else None,
        notice_verified_at=START - 8 * DAY if announced else None,
        watchlist_id=LIST_ID if announced else None,
        watchlist_seal_hash=SEAL if sealed else None,
        accepted_seal_hash=SEAL if sealed else None,
        sealed_at=START - 2 * HOUR if sealed else None,
        started_at=START if started else None,
        ended_at=END if source in {S.ENDED, S.REVIEWED} else None,
        created_at=START - 10 * DAY,
        suspended_for=Cause.PERSON if source is S.SUSPENDED else None,
    )


def _list(sealed: bool) -> WatchlistData:
    return WatchlistData(
        id=LIST_ID,
        deployment_id=DEPLOYMENT_ID,
        state=WatchlistState.SEALED if sealed else WatchlistState.IMPORTED,
        pack_id="pack",
        subjects=5,
        pictures=5,
        seal_hash=SEAL if sealed else None,
        purge_due_at=END + DAY,
        sealed_at=START - 2 * HOUR if sealed else None,
        accepted_at=START - 2 * HOUR if sealed else None,
        dimension=128,
    )
