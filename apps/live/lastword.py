"""Why a worker stopped renewing its lease, in its own words, where the database could not be told.

A database that is away for longer than a lease looks afterwards like a worker that was lost. So a worker that
cannot reach it says so beside it, in Valkey, and whoever takes the shard over reads that.
"""

from __future__ import annotations

import json
from datetime import datetime

from redis.exceptions import RedisError

from apps.core import redis
from apps.live.data import GapReason, Lease, ShardRef

# Said again at every attempt, seconds apart; afterwards it only has to last until somebody takes over.
KEPT_S = 3600


def leave(*, lease: Lease, reason: GapReason, at: datetime) -> None:
    """`at` by the clock that leases go by. Not said where Valkey is away too."""
    said = json.dumps({"token": lease.token, "reason": reason.value, "at": at.isoformat()})
    try:
        redis.client().set(_key(lease.ref), said, ex=KEPT_S)
    except RedisError:
        return


def why_lost(*, ref: ShardRef, token: int, heartbeat_at: datetime) -> GapReason:
    """What the holder with this token said after its last renewal; that it was lost where it said nothing, or
    nothing that this release understands."""
    try:
        found = redis.client().get(_key(ref))
    except RedisError:
        return GapReason.WORKER_LOST
    if not isinstance(found, bytes):
        return GapReason.WORKER_LOST
    said = json.loads(found)
    if said["token"] != token or datetime.fromisoformat(said["at"]) < heartbeat_at:
        return GapReason.WORKER_LOST
    try:
        return GapReason(said["reason"])
    except ValueError:
        # A word of a later release. The shard has to be taken over all the same.
        return GapReason.WORKER_LOST


def _key(ref: ShardRef) -> str:
    return redis.key("live", "lastword", ref.force_id, ref.deployment_id, ref.shard)
