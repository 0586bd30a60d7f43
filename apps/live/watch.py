"""What stops recognition by itself while it is live (domain.md §2): silent cameras, false alerts, staffing,
signs that nobody looks at.

Called by the dispatcher every three seconds and, for false alerts, at once when one is confirmed. Stopping
what is stopped already changes nothing, so several dispatchers do no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.alerts import api as alerts
from apps.core.events import DomainEventData, subscribe
from apps.core.tenancy import force_context
from apps.core.wording import say_list
from apps.deployments import api as deployments
from apps.deployments.data import Cause, DeploymentData, DeploymentState
from apps.live.cameras import SILENT_FOR, last_heard, stop_silent
from apps.live.queries import tallies
from apps.relays import api as relays

log = logging.getLogger(__name__)

CAMERAS, ACCURACY = "cameras", "accuracy"


def register() -> None:
    subscribe(kind="alert.confirmed_false", name="live.accuracy", handler=_confirmed_false)


def _confirmed_false(event: DomainEventData) -> None:
    suspend_inaccurate(deployment_id=UUID(event.payload["deployment_id"]), now=event.now)


def watch(*, force_id: UUID, now: datetime) -> int:
    """Look at every live deployment of a force; one that fails holds up no other. How many deployments were
    stopped: a single silent camera stops by itself, and the others go on."""
    stopped = 0
    with force_context(force_id):
        live = [deployment.id for deployment in deployments.list_live()]
    for deployment_id in live:
        for look in LOOKS:
            stopped += _looked(look, force_id, deployment_id, now)
        # Last: where all are silent the deployment itself has just stopped.
        _looked(stop_silent, force_id, deployment_id, now)
    return stopped


def _looked(look: Callable[..., int], force_id: UUID, deployment_id: UUID, now: datetime) -> int:
    try:
        with force_context(force_id):
            return look(deployment_id=deployment_id, now=now)
    except Exception:  # logged, and looked at again in three seconds
        log.exception("deployment %s: %s failed", deployment_id, look.__name__)
        return 0


@transaction.atomic
def suspend_silent(*, deployment_id: UUID, now: datetime) -> bool:
    """Stop it when no relay of any of its cameras has given a sign of life for 30 s, nor a camera a frame.

    A single silent camera is stopped by itself (cameras.py); the others go on.
    """
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.LIVE:
        return False
    since = _last_sign_of_life(deployment)
    if now - since < SILENT_FOR:
        return False
    names = say_list([camera.name for camera in deployment.authority.cameras])
    reason = (
        f"No camera has been heard of for {int((now - since).total_seconds())} seconds: {names}. Nothing was "
        "kept to be looked at later."
    )
    return _stopped(deployment_id, Cause.CAMERAS_SILENT, reason, CAMERAS, now)


def _last_sign_of_life(deployment: DeploymentData) -> datetime:
    """Of a relay that carries one of the cameras, or of a frame; at the earliest since it is live."""
    cameras = {camera.id for camera in deployment.authority.cameras}
    heard: Iterable[datetime | None] = (
        *last_heard(deployment_id=deployment.id).values(),
        *(
            relay.last_seen_at
            for relay in relays.list_relays(deployment_id=deployment.id)
            if relay.revoked_at is None and _carries(relay.camera_ids, cameras)
        ),
    )
    begun = deployment.state_since or deployment.authority.window_start
    return max([begun, *(at for at in heard if at is not None)])


def _carries(carried: Collection[UUID], cameras: Collection[UUID]) -> bool:
    return any(camera in cameras for camera in carried)


@transaction.atomic
def suspend_inaccurate(*, deployment_id: UUID, now: datetime) -> bool:
    """Stop it after false alerts that were confirmed by an officer; then only an officer resumes."""
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.LIVE:
        return False
    fresh = alerts.false_alerts(deployment_id=deployment_id, since=deployment.accuracy_from)
    if not fresh:
        return False
    tracks = sum(row.tracks for row in tallies(deployment_id=deployment_id))
    rate = alerts.false_alert_rates(alerts.summary(deployment_id=deployment_id), tracks=tracks)
    total = rate.confirmed_of_tracks.numerator if rate.confirmed_of_tracks else 0
    found = deployments.judge_accuracy(fresh=fresh, total=total, tracks=tracks)
    if found is None:
        return False
    cause, reason = found
    return _stopped(deployment_id, cause, reason, ACCURACY, now)


def _stopped(deployment_id: UUID, cause: Cause, reason: str, label: str, now: datetime) -> bool:
    done = deployments.suspend_by_itself(
        deployment_id=deployment_id, cause=cause, reason=reason, label=label, now=now
    )
    return done is not None


LOOKS: tuple[Callable[..., int], ...] = (
    suspend_silent,
    suspend_inaccurate,
    deployments.suspend_if_unstaffed,
    deployments.suspend_if_signs_abandoned,
)
