"""Reads. All of them see the open force's rows only, and raise ForceContextError when no force is open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.deployments.data import (
    Authority,
    CameraData,
    Cause,
    ConditionData,
    DecisionData,
    DeploymentData,
    DeploymentState,
    Duty,
    DutyData,
    GapData,
    LiveAuthority,
    RevisionData,
)
from apps.deployments.data_day import CameraStopData, EngagementData, EngagementKind, ReviewNoteData
from apps.deployments.models import (
    ApprovalCondition,
    AuthorityRevision,
    Camera,
    CameraStop,
    Deployment,
    DeploymentDecision,
    DeploymentDuty,
    EngagementEntry,
    RecognitionGap,
    ReviewNote,
)
from apps.deployments.rules.authority import OPERATIONAL, UNSUPPORTED
from apps.deployments.rules.estimate import evidence_supports
from apps.deployments.rules.policies import check_live
from apps.deployments.rules.staffing import ON_DUTY
from apps.deployments.rules.states import RETURN
from apps.recognition import api as recognition

# No operation has more days than this on one page.
MOST_DAYS = 60
# So many other operations of one name are pointed to.
FEW = 5


def rows() -> QuerySet[Deployment]:
    """Without a context there would simply be no rows: an empty answer must not be mistaken for that."""
    current_force_id()
    return Deployment.objects.all()


def as_data(row: Deployment) -> DeploymentData:
    return DeploymentData(
        id=row.id,
        force_id=row.force_id,
        reference=row.reference,
        state=DeploymentState(row.state),
        authority=Authority.from_canonical(row.authority),
        authority_hash=row.authority_hash,
        approved_hash=row.approved_hash,
        planner_id=row.planner_id,
        planner_label=row.planner_label,
        approver_id=row.approver_id,
        approver_label=row.approver_label,
        approved_at=row.approved_at,
        publish_at=row.publish_at,
        notice_published_at=row.notice_published_at,
        notice_verified_at=row.notice_verified_at,
        watchlist_id=row.watchlist_id,
        watchlist_seal_hash=row.watchlist_seal_hash,
        accepted_seal_hash=row.accepted_seal_hash,
        sealed_at=row.sealed_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        created_at=row.created_at,
        state_since=row.state_since,
        settings_version=row.settings_version,
        accuracy_from=row.accuracy_from,
        suspended_for=Cause(row.suspended_for) if row.suspended_for else None,
        confirm_by=row.confirm_by,
        confirmed_at=row.confirmed_at,
        confirmer_id=row.confirmer_id,
        confirmer_label=row.confirmer_label,
        refused_afterwards_at=row.refused_afterwards_at,
        cancel_done=row.cancel_done,
        cancel_collected=row.cancel_collected,
        operation_id=row.operation_id,
        log_deleted_at=row.log_deleted_at,
    )


# Submitted or later, and what became of it not published yet.
UNREVIEWED = (
    DeploymentState.SUBMITTED,
    DeploymentState.APPROVED,
    DeploymentState.NOTICE_PUBLISHED,
    DeploymentState.LIST_SEALED,
    DeploymentState.READY,
    DeploymentState.LIVE,
    DeploymentState.SUSPENDED,
    DeploymentState.ENDED,
    DeploymentState.REVIEWED,
)


def unreviewed() -> DeploymentData | None:
    """The earliest deployment of the open force that was submitted and whose results are not public yet."""
    row = rows().filter(state__in=UNREVIEWED).first()
    return None if row is None else as_data(row)


def get(*, deployment_id: UUID) -> DeploymentData:
    """Raises NotFound."""
    row = rows().filter(id=deployment_id).first()
    if row is None:
        raise NotFound("there is no such deployment in this force")
    return as_data(row)


def get_by_reference(*, reference: str) -> DeploymentData:
    """Raises NotFound. References are compared without regard to case."""
    row = rows().filter(reference=reference.upper()).first()
    if row is None:
        raise NotFound("there is no such deployment in this force")
    return as_data(row)


def references(*, deployment_ids: Collection[UUID]) -> dict[UUID, str]:
    """What people call these deployments of the open force. One query."""
    return dict(Deployment.objects.filter(id__in=deployment_ids).values_list("id", "reference"))


def which_exist(*, deployment_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those that are deployments of the open force."""
    return frozenset(rows().filter(id__in=deployment_ids).values_list("id", flat=True))


def list_for_force() -> list[DeploymentData]:
    """Every deployment of the open force, by window."""
    return [as_data(row) for row in rows()]


def list_in(*, states: Iterable[DeploymentState]) -> list[DeploymentData]:
    """Those of the open force that are in one of these states, by window."""
    return [as_data(row) for row in rows().filter(state__in=sorted(states))]


def list_live() -> list[DeploymentData]:
    """Deployments in state LIVE. Whether recognition may run is another question: `live_authority`."""
    return [as_data(row) for row in rows().filter(state=DeploymentState.LIVE)]


def live_authority(*, deployment_id: UUID, now: datetime) -> LiveAuthority:
    """The gate of every frame, batch and alert (invariant 1): one query. Raises NotLive(reason), NotFound."""
    open_stops = CameraStop.objects.filter(deployment_id=OuterRef("id"), released_at__isnull=True)
    row = (
        rows()
        .filter(id=deployment_id)
        .annotate(stopped=ArraySubquery(open_stops.values("camera_id")))
        .first()
    )
    if row is None:
        raise NotFound("there is no such deployment in this force")
    deployment, stopped = as_data(row), frozenset(row.stopped)
    authority = deployment.authority
    check_live(deployment, grade=grade_of(authority), now=now)
    if deployment.accepted_seal_hash is None:  # check_live has refused this already; mypy cannot know
        raise AssertionError("a live deployment has an accepted seal")
    return LiveAuthority(
        deployment_id=deployment.id,
        force_id=deployment.force_id,
        camera_ids=frozenset(camera.id for camera in authority.cameras) - stopped,
        stopped_ids=frozenset(camera.id for camera in authority.cameras) & stopped,
        cameras=tuple(authority.cameras),
        pack_id=authority.pack_id,
        threshold=authority.threshold,
        seal_hash=deployment.accepted_seal_hash,
        window_end=authority.window_end,
        rehearsal=authority.rehearsal,
        settings_version=deployment.settings_version,
    )


def of_operation(deployment: DeploymentData) -> list[DeploymentData]:
    """The deployments of the same operation, the first day first, whatever any of them calls it."""
    found = rows().filter(operation_id=deployment.operation_id)
    return [as_data(row) for row in found.order_by("window_start", "id")[:MOST_DAYS]]


def other_operations_called(deployment: DeploymentData) -> list[DeploymentData]:
    """The latest day of a few other operations that carry the same name. One query; none without a name."""
    if not deployment.authority.operation.strip():
        return []
    found = rows().filter(authority__operation=deployment.authority.operation)
    found = found.exclude(operation_id=deployment.operation_id).order_by("operation_id", "-window_start")
    return [as_data(row) for row in found.distinct("operation_id")[:FEW]]


def pack_grade(pack_id: str) -> str | None:
    """The evidence grade of a model pack, None when it is not installed."""
    if pack_id not in recognition.known_packs():
        return None
    return str(recognition.manifest(pack_id).evidence_grade)


def pack_edition(pack_id: str) -> str | None:
    """Which files of a model pack are here, None when it is not installed."""
    return recognition.manifest(pack_id).edition if pack_id in recognition.known_packs() else None


def grade_of(authority: Authority, *, pictures: Callable[[], int] = lambda: 0) -> str | None:
    """The grade of the plan's pack, or UNSUPPORTED where its evidence does not reach as far as the plan.

    `pictures` says how many are on the list: only asked where it matters.
    """
    grade = pack_grade(authority.pack_id)
    if grade == OPERATIONAL and not evidence_supports(authority, pictures=pictures()):
        return UNSUPPORTED
    return grade


def any_pack_operational() -> bool:
    """Whether any installed model pack has evidence enough for more than rehearsals."""
    return any(pack_grade(pack_id) == OPERATIONAL for pack_id in recognition.known_packs())


def last_return(deployment: DeploymentData, log: Iterable[DecisionData]) -> DecisionData | None:
    """The officer's decision that sent a plan back, while it is with the planner."""
    if deployment.state is not DeploymentState.RETURNED:
        return None
    return [row for row in log if row.kind == RETURN][-1]


def registered_cameras() -> dict[UUID, str]:
    current_force_id()
    return dict(Camera.objects.values_list("id", "name"))


def list_cameras() -> list[CameraData]:
    current_force_id()
    return [CameraData(id=row.id, force_id=row.force_id, name=row.name) for row in Camera.objects.all()]


def conditions(*, deployment_id: UUID) -> list[ConditionData]:
    """Every condition that an approval of it ever had, in order; those that lapsed too."""
    return conditions_of(deployment_ids=[deployment_id])


def conditions_of(*, deployment_ids: Iterable[UUID]) -> list[ConditionData]:
    """The same for several deployments, in one query."""
    current_force_id()
    return [
        ConditionData(
            id=row.id,
            deployment_id=row.deployment_id,
            number=row.number,
            text=row.text,
            set_by=row.set_by,
            set_at=row.set_at,
            met_by=row.met_by,
            met_at=row.met_at,
            note=row.note,
            lapsed_at=row.lapsed_at,
        )
        for row in ApprovalCondition.objects.filter(deployment_id__in=list(deployment_ids))
    ]


def duties(*, deployment_id: UUID) -> list[DutyData]:
    current_force_id()
    found = DeploymentDuty.objects.filter(deployment_id=deployment_id).order_by("first_at")
    return [DutyData(row.actor_id, row.actor_label, Duty(row.duty), row.laid_down_at) for row in found]


def duties_between(*, start: datetime, end: datetime) -> list[tuple[DeploymentData, DutyData]]:
    """Who acted in which duty on the deployments whose window touches a span of time, by window."""
    current_force_id()
    touched = {row.id: as_data(row) for row in rows().filter(window_start__lt=end, window_end__gt=start)}
    found = DeploymentDuty.objects.filter(deployment_id__in=touched).order_by("first_at")
    return [
        (
            touched[row.deployment_id],
            DutyData(row.actor_id, row.actor_label, Duty(row.duty), row.laid_down_at),
        )
        for row in found
    ]


def decisions(*, deployment_id: UUID) -> list[DecisionData]:
    """The decision log, oldest first."""
    current_force_id()
    found = DeploymentDecision.objects.filter(deployment_id=deployment_id)
    return [as_decision(row) for row in found]


def as_decision(row: DeploymentDecision) -> DecisionData:
    return DecisionData(
        kind=row.kind,
        role=row.role,
        actor_id=row.actor_id,
        actor_label=row.actor_label,
        reasons=row.reasons,
        content_hash=row.content_hash,
        decided_at=row.decided_at,
        rank=row.rank,
        collar_number=row.collar_number,
    )


def revisions(*, deployment_id: UUID) -> list[RevisionData]:
    """The chain of authority hashes, oldest first."""
    current_force_id()
    found: Iterable[AuthorityRevision] = AuthorityRevision.objects.filter(deployment_id=deployment_id)
    return [
        RevisionData(
            number=row.number,
            kind=row.kind,
            content_hash=row.content_hash,
            previous_hash=row.previous_hash,
            changes=row.changes,
            reason=row.reason,
            actor_id=row.actor_id,
            actor_label=row.actor_label,
            recorded_at=row.recorded_at,
        )
        for row in found
    ]


def gaps(*, deployment_id: UUID) -> list[GapData]:
    return gaps_of(deployment_ids=[deployment_id]).get(deployment_id, [])


def gaps_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, list[GapData]]:
    """By deployment, each in order of time, in one query; one without any is left out."""
    current_force_id()
    found: dict[UUID, list[GapData]] = {}
    for row in RecognitionGap.objects.filter(deployment_id__in=deployment_ids):
        gap = GapData(row.id, row.deployment_id, row.camera_id, row.started_at, row.ended_at, row.reason)
        found.setdefault(row.deployment_id, []).append(gap)
    return found


def camera_stops(*, deployment_id: UUID) -> list[CameraStopData]:
    """Every time a camera was stopped because it fell silent, the earliest first."""
    current_force_id()
    found = CameraStop.objects.filter(deployment_id=deployment_id).select_related("camera")
    return [
        CameraStopData(
            id=row.id,
            camera_id=row.camera_id,
            camera_name=row.camera.name,
            stopped_at=row.stopped_at,
            heard_at=row.heard_at,
            reason=row.reason,
            released_at=row.released_at,
            released_by=row.released_by,
        )
        for row in found
    ]


def as_engagement(row: EngagementEntry) -> EngagementData:
    return EngagementData(
        row.id, EngagementKind(row.kind), row.happened_at, row.words, row.actor_label, row.recorded_at
    )


def engagement_log(*, deployment_id: UUID) -> list[EngagementData]:
    """The public-engagement log, oldest first."""
    current_force_id()
    return [as_engagement(row) for row in EngagementEntry.objects.filter(deployment_id=deployment_id)]


def review_note(*, deployment_id: UUID) -> ReviewNoteData | None:
    """What the review asks of the next deployment; None where it asks nothing, or is not written."""
    current_force_id()
    row = ReviewNote.objects.filter(deployment_id=deployment_id).first()
    if row is None:
        return None
    return ReviewNoteData(row.lessons, row.conditions, row.actor_label, row.recorded_at)


def people_on_duty() -> frozenset[UUID]:
    """Who is on duty at a running deployment of the open force: their consoles must not go dark."""
    rows = DeploymentDuty.objects.filter(
        duty__in=ON_DUTY,
        laid_down_at__isnull=True,
        deployment__state__in=(DeploymentState.LIVE, DeploymentState.SUSPENDED),
    )
    return frozenset(rows.values_list("actor_id", flat=True))
