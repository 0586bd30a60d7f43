"""Which recognition workers there are, and how many shards each carries and may carry.

Kept in Valkey for seconds and judged by its clock alone. What it tells people is why nobody recognises for a
shard: there may be no worker, or only full ones.
"""

from __future__ import annotations

import json
import logging

from redis.exceptions import RedisError

from apps.core import redis

log = logging.getLogger(__name__)

# A worker says it every two seconds (worker.WATCH_EVERY_S). Gone before its leases are: a worker that died is
# no full one.
SAID_FOR_S = 4.0
KEPT_S = 60


def note(*, name: str, shards: int, most: int) -> None:
    """What one worker process carries now. Not said where Valkey is away: its tasks come from there too."""
    try:
        said, now_s = _read()
        gone = [other for other, entry in said.items() if not _is_current(entry, now_s)]
        pipe = redis.client().pipeline(transaction=False)
        pipe.hset(_key(), name, json.dumps({"shards": shards, "most": most, "at": now_s}))
        if gone:
            pipe.hdel(_key(), *gone)
        pipe.expire(_key(), KEPT_S)
        pipe.execute()
    except RedisError as problem:
        log.warning("how many shards this worker carries could not be said: %s", type(problem).__name__)


def gone(*, name: str) -> None:
    """A worker process that ends."""
    try:
        redis.client().hdel(_key(), name)
    except RedisError:
        return


def all_full() -> bool:
    """Whether there are workers and none may take a further shard; False where nobody can say."""
    try:
        said, now_s = _read()
    except RedisError:
        return False
    current = [entry for entry in said.values() if _is_current(entry, now_s)]
    return bool(current) and all(entry["shards"] >= entry["most"] for entry in current)


def _read() -> tuple[dict[bytes, dict[str, float]], float]:
    pipe = redis.client().pipeline(transaction=False)
    pipe.hgetall(_key())
    pipe.time()
    found, (seconds, micros) = pipe.execute()
    return {name: json.loads(entry) for name, entry in found.items()}, seconds + micros / 1e6


def _is_current(entry: dict[str, float], now_s: float) -> bool:
    return abs(now_s - entry["at"]) <= SAID_FOR_S


def _key() -> str:
    return redis.key("live", "workers")
