"""Deployments of years ago with everything that is kept of them, as rows: what the schedule deletes.

Nobody travels: the functions of the owner count by the clock of the database, and no test moves that one.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps

from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.models import Alert, AlertOutcome, Counter, Decision, Engagement, Escalation
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.models import TenantModel
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import (
    AuthorityRevision,
    Camera,
    CameraStop,
    CheckRecord,
    Deployment,
    DeploymentDecision,
    DeploymentDuty,
    EngagementEntry,
    RecognitionGap,
    ReviewNote,
    SignCheck,
)
from apps.forces import api as forces
from apps.live.models import CameraTally, ShardLease
from apps.notices.data import NoticeStatus
from apps.notices.models import Notice
from apps.notices.people_models import NoticeOutage, OutgoingMail, Reminder
from apps.relays.models import EnrolmentCode, IngestTally, Relay
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Watchlist
from apps.watchlists.status_models import StatusCheck
from tests.support.notice_rows import make_content
from tests.support.results import RESULTS

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RUNNING = frozenset({S.LIVE, S.SUSPENDED})
NOTICE_STATUS = {
    S.RESULTS_PUBLISHED: NoticeStatus.RESULTS_PUBLISHED,
    S.REVOKED: NoticeStatus.REVOKED,
    S.CANCELLED: NoticeStatus.CANCELLED,
    S.EXPIRED: NoticeStatus.EXPIRED,
}


def years(number: int) -> timedelta:
    """As the schedule counts them: never a day short."""
    return timedelta(days=math.ceil(number * 365.25))


def set_years(stage: Any, **changes: int) -> None:
    with force_context(stage.force.id):
        force = forces.get_force(force_id=stage.force.id)
        admin = Actor(uuid4(), "admin", stage.force.id, frozenset({Role.FORCE_ADMIN}), reauthenticated=True)
        wanted = {name: number for name, number in changes.items() if getattr(force, name) != number}
        if wanted:
            forces.change_settings(
                changes=wanted, seen_version=force.version, reason="The schedule of the force changed.",
                actor=admin, now=utc_now(),
            )  # fmt: skip


def plant(
    stage: Any,
    closed_at: datetime,
    *,
    state: S = S.RESULTS_PUBLISHED,
    rehearsal: bool = True,
    alerts: int = 1,
    began: bool = True,
    **changes: Any,
) -> UUID:
    """A deployment of which the last thing happened at `closed_at`, with a row of everything kept of one."""
    with force_context(stage.force.id):
        row = Deployment.objects.get(id=stage.deployment_id)
        row.id, row.reference, row.state = uuid4(), f"OLD-{uuid4().hex[:8].upper()}", state.value
        row.authority = row.authority | {"rehearsal": rehearsal}
        start = closed_at - 2 * DAY
        row.window_start, row.window_end, row.lapses_at = start, start + 6 * HOUR, start + 6 * HOUR
        row.created_at, row.approved_at = start - 10 * DAY, start - 9 * DAY
        row.notice_published_at = row.notice_verified_at = start - 9 * DAY
        row.sealed_at, row.started_at = start - 2 * HOUR, start if began else None
        row.ended_at = start + 6 * HOUR if began and state not in RUNNING else None
        row.state_since, row.watchlist_id = closed_at, None
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(force_insert=True)
        _plan_and_day(row, closed_at)
        _below_and_above(row, start)
        for number in range(1, alerts + 1):
            _alert(row, number, start + HOUR)
        if alerts:
            Counter.objects.create(deployment_id=row.id, last_number=alerts, last_revision=alerts)
            Escalation.objects.create(
                deployment_id=row.id, step=Step.OPERATOR.value, waits_since=start, first_number=1, waiting=1,
                began_at=start, ended_at=start + HOUR,
            )  # fmt: skip
        _notice(stage, row, start)
        return row.id


def _plan_and_day(row: Deployment, closed_at: datetime) -> None:
    who = {"actor_id": row.planner_id, "actor_label": row.planner_label}
    start = row.window_start
    AuthorityRevision.objects.create(
        deployment=row, number=1, kind="draft", content=row.authority, content_hash=row.authority_hash,
        recorded_at=row.created_at, **who,
    )  # fmt: skip
    for kind, at in (("approve", row.created_at + DAY), ("publish_results", closed_at)):
        DeploymentDecision.objects.create(
            deployment=row, kind=kind, role="system", content_hash=row.authority_hash, decided_at=at, **who
        )
    DeploymentDuty.objects.create(deployment=row, duty="silver", first_at=start, **who)
    CheckRecord.objects.create(deployment=row, kind="zone_marked", passed=True, recorded_at=start, **who)
    EngagementEntry.objects.create(
        deployment=row, kind="question", happened_at=start, words="What is this?", recorded_at=start, **who
    )
    ReviewNote.objects.create(deployment=row, lessons="None.", recorded_at=start + DAY, **who)
    SignCheck.objects.create(
        deployment=row, approach="High Street", passed=True, photograph=b"a sign", latitude=51.0,
        longitude=0.0, recorded_at=start, **who,
    )  # fmt: skip
    camera, _made = Camera.objects.get_or_create(name="North gate", defaults={"registered_at": start})
    CameraStop.objects.create(deployment=row, camera=camera, stopped_at=start, reason="silent")
    RecognitionGap.objects.create(
        deployment=row, camera=camera, started_at=start, ended_at=start + HOUR, reason="silent"
    )


def _below_and_above(row: Deployment, start: datetime) -> None:
    camera_id = uuid4()
    Watchlist.objects.create(
        deployment_id=row.id, state=WatchlistState.PURGED, blue_list_only=True, max_subjects=1, pack_id="p",
        pack_version="1", dimension=128, key_id=uuid4(), imported_at=start, imported_by_label="planner",
        purge_due_at=start + DAY, purged_at=start + DAY,
    )  # fmt: skip
    StatusCheck.objects.create(
        deployment_id=row.id, source="file", began_at=start, asked=1, by_label="planner"
    )
    ShardLease.objects.create(deployment_id=row.id, shard=0, heartbeat_at=start, expires_at=start)
    CameraTally.objects.create(deployment_id=row.id, camera_id=camera_id, tracks=100)
    IngestTally.objects.create(deployment_id=row.id, camera_id=camera_id, received=100)
    Relay.objects.create(
        name="van", key_id=uuid4().hex[:16], key_sha256=b"0" * 32, deployment_id=row.id, camera_ids=[],
        enrolled_at=start,
    )  # fmt: skip
    EnrolmentCode.objects.create(
        name="van", code_sha256=uuid4().bytes * 2, deployment_id=row.id, camera_ids=[], created_at=start,
        expires_at=start,
    )  # fmt: skip


def _alert(row: Deployment, number: int, at: datetime) -> None:
    alert = Alert.objects.create(
        deployment_id=row.id, number=number, revision=number, raised_revision=number, camera_id=uuid4(),
        track_id=uuid4().hex, subject_id=uuid4(), captured_at=at, raised_at=at, expires_at=at,
        state=AlertState.OUTCOME_RECORDED.value, cosine_similarity=0.6, threshold=0.45, key_id=uuid4(),
        purge_due_at=at + DAY, purged_at=at + DAY,
    )  # fmt: skip
    who = {"alert": alert, "actor_label": "somebody"}
    said = ((Step.OPERATOR, OperatorDecision.MATCH), (Step.ENGAGEMENT, EngagementDecision.ENGAGE))
    for step, value in said:
        Decision.objects.create(step=step.value, value=value.value, actor_id=uuid4(), decided_at=at, **who)
    outcome = Outcome.RELEASED_IDENTITY_WRONG.value
    AlertOutcome.objects.create(outcome=outcome, actor_id=uuid4(), recorded_at=at, **who)
    Engagement.objects.create(
        alert=alert, deployment_id=row.id, engaged_at=at, escalates_at=at, ethnicity="asian", sex="male",
        age_band="18_24", recorded_at=at, texts_due_at=at + 40 * 365 * DAY,
    )  # fmt: skip


def _notice(stage: Any, row: Deployment, start: datetime) -> None:
    status = NOTICE_STATUS.get(S(row.state), NoticeStatus.ENDED)
    content = make_content(
        stage.force, reference=row.reference, window_start=start, window_end=start + 6 * HOUR
    ).snapshot()
    results = RESULTS.snapshot() if row.started_at else None
    notice = Notice.objects.create(
        deployment_id=row.id, slug=row.reference.lower(), status=status.value, content=content,
        digest="0" * 64, results=results, window_start=start, window_end=start + 6 * HOUR,
        published_at=start - 9 * DAY, verified_at=start - 9 * DAY,
        versions=[],
    )  # fmt: skip
    NoticeOutage.objects.create(
        notice=notice, was_looked_at=True, began_at=start, ended_at=start + HOUR, problem="away"
    )
    reminder = Reminder.objects.create(deployment_id=row.id, kind="results", due_at=start, told_at=start)
    OutgoingMail.objects.create(notice=notice, kind="published", created_at=start)
    OutgoingMail.objects.create(reminder=reminder, kind="reminder", created_at=start)


def left_of(stage: Any, deployment_id: UUID) -> dict[str, int]:
    """Every row of any table that names this deployment, by table; no list of tables is needed for it."""
    found = {}
    with force_context(stage.force.id):
        for model in apps.get_models():
            if not issubclass(model, TenantModel):
                continue
            names = {field.attname for field in model._meta.local_fields}
            key = "deployment_id" if "deployment_id" in names else "id" if model is Deployment else ""
            if key and (number := model.objects.filter(**{key: deployment_id}).count()):
                found[model._meta.label] = number
    return found
