"""Whether the platform does what it must do by itself: for a probe that holds no account. Numbers, no
names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis as redis_errors
from django.db import DatabaseError

from apps.accounts import api as accounts
from apps.core import redis
from apps.core.database_clock import database_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.retention import api as retention
from apps.vault import api as vault

BEAT_KEY = ("ops", "beat")
BEAT_KEPT_S = 24 * 3600
# The sweep runs every five seconds.
BEAT_LATE_S = 30.0


@dataclass(frozen=True)
class Health:
    """`beat_age_s` is the time since the last sweep that went through, None when there was none for a day and
    while the database, by whose clock it is, does not answer.

    `failed_steps`, `overdue` and `overdue_breaches` are of that sweep: steps that failed, and in all forces
    together data classes past their deadline and breaches past the 72 hours of DPA 2018 s.67 about which
    nobody recorded that the Commissioner was told, or why not. The chainer is a step of the sweep, so its lag
    is at most `beat_age_s`.
    """

    database: bool
    valkey: bool
    # Whether the master key is that of the keys.
    keys: bool
    beat_age_s: float | None
    failed_steps: int
    overdue: int
    overdue_breaches: int

    @property
    def ok(self) -> bool:
        beating = self.beat_age_s is not None and self.beat_age_s <= BEAT_LATE_S
        wanting = self.failed_steps or self.overdue or self.overdue_breaches
        return self.database and self.valkey and self.keys and beating and not wanting

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "ok" if self.ok else "failing",
            "database": self.database,
            "valkey": self.valkey,
            "keys": self.keys,
            "beat_age_s": self.beat_age_s,
            "chainer_lag_s": self.beat_age_s,
            "failed_steps": self.failed_steps,
            "overdue_purges": self.overdue,
            "overdue_breaches": self.overdue_breaches,
        }


def note_beat(*, failed_steps: int, now: datetime) -> None:
    """Called at the end of each sweep over all forces; `now` is the database's."""
    overdue, breaches = 0, 0
    for force_id in forces.all_force_ids():
        overdue += len(retention.overdue(force_id=force_id, now=now))
        with force_context(force_id):
            breaches += accounts.overdue_count(now=now)
    content = {
        "at": now.isoformat(),
        "failed_steps": failed_steps,
        "overdue": overdue,
        "overdue_breaches": breaches,
    }
    redis.client().set(redis.key(*BEAT_KEY), json.dumps(content), ex=BEAT_KEPT_S)


def health(*, now: datetime | None = None) -> Health:
    """Cheap enough to be asked by anybody: one round trip to each server."""
    valkey, beat = read_beat()
    answered = database_time()
    at, age = now or answered, None
    if beat is not None and at is not None:
        age = round((at - datetime.fromisoformat(beat["at"])).total_seconds(), 1)
    return Health(
        database=answered is not None,
        valkey=valkey,
        keys=not vault.key_store_problem(),
        beat_age_s=age,
        failed_steps=beat["failed_steps"] if beat else 0,
        overdue=beat["overdue"] if beat else 0,
        # A worker of the version before leaves none.
        overdue_breaches=beat.get("overdue_breaches", 0) if beat else 0,
    )


def read_beat() -> tuple[bool, dict[str, Any] | None]:
    """(whether Valkey answers, what the last sweep left)."""
    try:
        found = redis.client().get(redis.key(*BEAT_KEY))
    except redis_errors.RedisError:
        return False, None
    return True, json.loads(found) if isinstance(found, bytes) else None


def database_time() -> datetime | None:
    """The clock that the sweep went by; None while the database does not answer."""
    try:
        return database_now()
    except DatabaseError:
        return None
