"""One camera that falls silent: nothing of it is searched until it is heard again and somebody on duty says
so (domain.md §2). The others go on.

What a camera sends meanwhile is refused where it arrives (relays) and searched nowhere: a camera that was
away may have been moved, turned or exchanged, and nobody has looked through it since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.live.queries import tallies
from apps.relays import api as relays

# domain.md §2: 30 s.
SILENT_FOR = timedelta(seconds=30)
# A camera heard longer ago than this is silent now, whatever it sent after it was stopped.
HEARD_WITHIN = timedelta(seconds=10)


def last_heard(*, deployment_id: UUID) -> Mapping[UUID, datetime]:
    """When the last frame of each camera arrived, taken or not; nothing of one that never sent."""
    found: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for arrived in relays.tallies(deployment_id=deployment_id):
        found[arrived.camera_id] += [at for at in (arrived.last_received_at, arrived.heard_at) if at]
    for looked_at in tallies(deployment_id=deployment_id):
        found[looked_at.camera_id] += [looked_at.last_frame_at] if looked_at.last_frame_at else []
    return {camera_id: max(times) for camera_id, times in found.items() if times}


@transaction.atomic
def stop_silent(*, deployment_id: UUID, now: datetime) -> int:
    """Stop each camera of a live deployment that has sent nothing for 30 s; how many were stopped."""
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.LIVE:
        return 0
    heard = last_heard(deployment_id=deployment_id)
    begun = deployment.state_since or deployment.authority.window_start
    already = {
        stop.camera_id
        for stop in deployments.camera_stops(deployment_id=deployment_id)
        if stop.released_at is None
    }
    stopped = 0
    for camera in deployment.authority.cameras:
        if camera.id in already:
            continue  # stopping holds the deployment's row: not every three seconds
        at = heard.get(camera.id)
        silent_for = now - max(begun, at or begun)
        if silent_for >= SILENT_FOR:
            seconds = int(silent_for.total_seconds())
            stopped += deployments.stop_camera(
                deployment_id=deployment_id,
                camera_id=camera.id,
                heard_at=at,
                reason=f"{camera.name} has sent nothing for {seconds} seconds.",
                now=now,
            )
    return stopped


def heard_again(*, deployment_id: UUID, now: datetime) -> frozenset[UUID]:
    """Stopped cameras that send pictures now: somebody on duty may have them looked at."""
    heard = last_heard(deployment_id=deployment_id)
    return frozenset(
        stop.camera_id
        for stop in deployments.camera_stops(deployment_id=deployment_id)
        if stop.released_at is None and _sends(heard.get(stop.camera_id), stop.stopped_at, now)
    )


def _sends(at: datetime | None, stopped_at: datetime, now: datetime) -> bool:
    return at is not None and at > stopped_at and now - at <= HEARD_WITHIN


@transaction.atomic
def look_again(*, deployment_id: UUID, camera_id: UUID, actor: Actor, now: datetime) -> None:
    """Somebody on duty says that a camera which is heard again may be searched.

    Raises NotPermitted, NotFound where it is not stopped, RuleViolated while it is silent.
    """
    at = last_heard(deployment_id=deployment_id).get(camera_id)
    deployments.release_camera(
        deployment_id=deployment_id,
        camera_id=camera_id,
        heard_at=at if at is not None and now - at <= HEARD_WITHIN else None,
        actor=actor,
        now=now,
    )
