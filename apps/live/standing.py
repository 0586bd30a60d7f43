"""How recognition stands in a whole force, and what it did since the force began: numbers for a monitoring
system (apps/ops/metrics). Everything here needs an open force context.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, LiveAuthority, NotLive
from apps.live.data import COUNTERS
from apps.live.models import CameraTally, ShardLease
from apps.live.operations import CLOCK_ALLOWANCE, LEASE_TTL
from apps.live.queries import shard_count

RUNNING = (DeploymentState.LIVE, DeploymentState.SUSPENDED)


@dataclass(frozen=True)
class Standing:
    """`shards_owed` are those that recognition is owed for now. Of them a worker holds `shards_held`, and
    `shards_blind` of these do not recognise all the same.

    `cameras_stopped` fell silent for 30 seconds and wait for somebody on duty; `cameras_silent` send nothing
    to the worker that looks at them and are not stopped yet.
    """

    live: int = 0
    suspended: int = 0
    shards_owed: int = 0
    shards_held: int = 0
    shards_blind: int = 0
    cameras: int = 0
    cameras_stopped: int = 0
    cameras_silent: int = 0

    @property
    def shards_without_worker(self) -> int:
        return self.shards_owed - self.shards_held


def standing(*, now: datetime) -> Standing:
    """`now` is the database's. A query for each live deployment, since each is asked whether recognition is
    owed for it, and three besides."""
    running = deployments.list_in(states=RUNNING)
    live = [deployment.id for deployment in running if deployment.state is DeploymentState.LIVE]
    counted = {"live": len(live), "suspended": len(running) - len(live)}
    owed = [found for found in (_authority(deployment_id, now) for deployment_id in live) if found]
    if not owed:
        return Standing(**counted)
    held, blind = _held(owed, now)
    return Standing(
        **counted,
        shards_owed=sum(shard_count(camera_ids=authority.all_camera_ids) for authority in owed),
        shards_held=held,
        shards_blind=blind,
        cameras=sum(len(authority.all_camera_ids) for authority in owed),
        cameras_stopped=sum(len(authority.stopped_ids) for authority in owed),
        cameras_silent=_silent(owed),
    )


def _authority(deployment_id: UUID, now: datetime) -> LiveAuthority | None:
    try:
        return deployments.live_authority(deployment_id=deployment_id, now=now)
    except NotLive:
        return None


def _held(owed: Collection[LiveAuthority], now: datetime) -> tuple[int, int]:
    """(held, of these blind). A lease that is good for longer than any is was left by a clock that was set
    back, and nobody holds it."""
    due = {authority.deployment_id: shard_count(camera_ids=authority.all_camera_ids) for authority in owed}
    leases = ShardLease.objects.filter(
        deployment_id__in=due,
        released_at__isnull=True,
        expires_at__gt=now,
        expires_at__lte=now + LEASE_TTL + CLOCK_ALLOWANCE,
    ).values_list("deployment_id", "shard", "blind_since")
    held = [blind_since for deployment_id, shard, blind_since in leases if shard < due[deployment_id]]
    return len(held), sum(since is not None for since in held)


def _silent(owed: Collection[LiveAuthority]) -> int:
    looked_at = {authority.deployment_id: authority.camera_ids for authority in owed}
    rows = CameraTally.objects.filter(deployment_id__in=looked_at, silent_since__isnull=False)
    found = rows.values_list("deployment_id", "camera_id")
    return sum(camera_id in looked_at[deployment_id] for deployment_id, camera_id in found)


def totals() -> Mapping[str, int]:
    """By name of `data.COUNTERS`: all deployments of the force together, also those that ended. One query.

    The rows are never deleted while the force is there, so no number ever falls.
    """
    summed = CameraTally.objects.aggregate(**{f"sum_{name}": Sum(name) for name in COUNTERS})
    return {name: int(summed[f"sum_{name}"] or 0) for name in COUNTERS}
