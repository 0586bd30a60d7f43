"""Reads of live. All need an open force context, but `search`, which opens its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import LiveAuthority
from apps.live.data import CameraTallyData, Lease, LeaseLost, ShardScope, ShardStatus
from apps.live.models import CameraTally, ShardLease
from apps.watchlists import api as watchlists
from apps.watchlists.data import SearchResult

CAMERAS_PER_SHARD = 4


def shard_count(*, camera_ids: Collection[UUID]) -> int:
    return -(-len(camera_ids) // CAMERAS_PER_SHARD)


def shard_scope(*, camera_ids: Collection[UUID], shard: int) -> ShardScope:
    """The cameras of one shard: fixed by the ids alone, so that every process cuts alike."""
    ordered = sorted(camera_ids, key=str)
    return ShardScope(
        cameras=tuple(ordered[shard * CAMERAS_PER_SHARD : (shard + 1) * CAMERAS_PER_SHARD]),
        sole=len(ordered) <= CAMERAS_PER_SHARD,
    )


def search(
    *, lease: Lease, templates: npt.NDArray[np.float32], now: datetime
) -> tuple[LiveAuthority, SearchResult]:
    """Search the probes of one batch, with lease and authority asked for in the same short transaction.

    `templates` is (N, D) float32, L2-normalised; with N = 0 only the gallery is looked at, in `seal_ok`.
    Raises LeaseLost, NotLive, PackMismatch.
    """
    try:
        with force_context(lease.ref.force_id):
            held = ShardLease.objects.filter(id=lease.id, token=lease.token, released_at__isnull=True)
            if not held.exists():
                raise LeaseLost(f"token {lease.token} of shard {lease.ref.shard} was overtaken")
            authority = deployments.live_authority(deployment_id=lease.ref.deployment_id, now=now)
            found = watchlists.search(
                deployment_id=lease.ref.deployment_id,
                seal_hash=authority.seal_hash,
                templates=templates,
                now=now,
                goes_on=False,
            )
    except watchlists.GalleryMissing:
        found = SearchResult(hits=[None] * len(templates), seal_ok=False)
    return authority, found


def tallies(*, deployment_id: UUID) -> tuple[CameraTallyData, ...]:
    """What recognition did, per camera, in order of camera id."""
    return tuple(
        CameraTallyData(
            deployment_id=row.deployment_id,
            camera_id=row.camera_id,
            frames=row.frames,
            undecodable=row.undecodable,
            dropped=row.dropped,
            faces=row.faces,
            tracks=row.tracks,
            searches=row.searches,
            alerts=row.alerts,
            processing_us=row.processing_us,
            last_frame_at=row.last_frame_at,
            silent_since=row.silent_since,
        )
        for row in CameraTally.objects.filter(deployment_id=deployment_id).order_by("camera_id")
    )


def shards(*, deployment_id: UUID) -> tuple[ShardStatus, ...]:
    """The state of each shard that was ever due."""
    return tuple(
        ShardStatus(
            deployment_id=row.deployment_id,
            shard=row.shard,
            holder=row.holder,
            token=row.token,
            heartbeat_at=row.heartbeat_at,
            expires_at=row.expires_at,
            blind_since=row.blind_since,
            reason=row.blind_reason,
            released_at=row.released_at,
            clock_offset_ms=row.clock_offset_ms,
        )
        for row in ShardLease.objects.filter(deployment_id=deployment_id).order_by("shard")
    )
