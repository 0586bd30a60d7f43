"""Whether the platform does what it must do by itself: for a probe that holds no account. Numbers, no
names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
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
# A sweep after such a silence is a new start.
BEAT_GONE = timedelta(minutes=5)
REHEARSAL_KEY = ("ops", "rehearsal")
# Purges are rehearsed every quarter of an hour.
REHEARSAL_LATE_S = 3600.0


@dataclass(frozen=True)
class Health:
    """`beat_age_s` is the time since the last sweep that went through, None when there was none for a day and
    while the database, by whose clock it is, does not answer.

    `failed_steps`, `overdue` and `overdue_breaches` are of that sweep: steps that failed, and in all forces
    together data classes past their deadline and breaches past the 72 hours of DPA 2018 s.67 about which
    nobody recorded that the Commissioner was told, or why not. The chainer is a step of the sweep, so its lag
    is at most `beat_age_s`.

    `failing_purges` is of the last rehearsal: purges of the next four hours that would fail, in all forces
    together. `rehearsal_age_s` is the time since then, None when there was none for a day;
    `rehearsal_late`, that there was none for an hour in which the sweep ran.
    """

    database: bool
    valkey: bool
    # Whether the master key is that of the keys.
    keys: bool
    beat_age_s: float | None
    failed_steps: int
    overdue: int
    overdue_breaches: int
    failing_purges: int = 0
    rehearsal_age_s: float | None = None
    rehearsal_late: bool = False

    @property
    def ok(self) -> bool:
        beating = self.beat_age_s is not None and self.beat_age_s <= BEAT_LATE_S
        wanting = self.failed_steps or self.overdue or self.overdue_breaches
        wanting = wanting or self.failing_purges or self.rehearsal_late
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
            "failing_purges": self.failing_purges,
            "rehearsal_age_s": self.rehearsal_age_s,
            "rehearsal_late": self.rehearsal_late,
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
        "since": _sweeping_since(now).isoformat(),
    }
    redis.client().set(redis.key(*BEAT_KEY), json.dumps(content), ex=BEAT_KEPT_S)


def _sweeping_since(now: datetime) -> datetime:
    """When the sweep began to run without a silence: the hour of a rehearsal counts from then."""
    _, beat = read_beat()
    if beat is None or "since" not in beat or now - datetime.fromisoformat(beat["at"]) > BEAT_GONE:
        return now
    return datetime.fromisoformat(beat["since"])


def note_rehearsal(*, failing: int, now: datetime) -> None:
    """Called when the purges of every force were rehearsed; `now` is the database's."""
    content = {"at": now.isoformat(), "failing": failing}
    redis.client().set(redis.key(*REHEARSAL_KEY), json.dumps(content), ex=BEAT_KEPT_S)


def health(*, now: datetime | None = None) -> Health:
    """Cheap enough to be asked by anybody: a round trip or two to each server."""
    valkey, beat = read_beat()
    rehearsed = _read(REHEARSAL_KEY)[1] if valkey else None
    answered = database_time()
    at = now or answered
    rehearsal_age = _age_s(rehearsed, "at", at)
    # None of a worker of the version before, which rehearses nothing.
    swept_for = _age_s(beat, "since", at)
    return Health(
        database=answered is not None,
        valkey=valkey,
        keys=not vault.key_store_problem(),
        beat_age_s=_age_s(beat, "at", at),
        failed_steps=beat["failed_steps"] if beat else 0,
        overdue=beat["overdue"] if beat else 0,
        # A worker of the version before leaves none.
        overdue_breaches=beat.get("overdue_breaches", 0) if beat else 0,
        failing_purges=rehearsed["failing"] if rehearsed else 0,
        rehearsal_age_s=rehearsal_age,
        rehearsal_late=_rehearsal_late(rehearsal_age, swept_for),
    )


def _rehearsal_late(age_s: float | None, swept_for_s: float | None) -> bool:
    if swept_for_s is None or swept_for_s <= REHEARSAL_LATE_S:
        return False
    return age_s is None or age_s > REHEARSAL_LATE_S


def _age_s(content: dict[str, Any] | None, name: str, at: datetime | None) -> float | None:
    if content is None or name not in content or at is None:
        return None
    return round((at - datetime.fromisoformat(content[name])).total_seconds(), 1)


def read_beat() -> tuple[bool, dict[str, Any] | None]:
    """(whether Valkey answers, what the last sweep left)."""
    return _read(BEAT_KEY)


def _read(key: tuple[str, ...]) -> tuple[bool, dict[str, Any] | None]:
    try:
        found = redis.client().get(redis.key(*key))
    except redis_errors.RedisError:
        return False, None
    return True, json.loads(found) if isinstance(found, bytes) else None


def database_time() -> datetime | None:
    """The clock that the sweep went by; None while the database does not answer."""
    try:
        return database_now()
    except DatabaseError:
        return None
