"""Trying each purge before its deadline (domain.md §6), while there is still time to mend what would stop it.

It is done as if the deadline had come and then rolled back. Keys, partitions and hints to consoles go on a
commit only, so none goes; the key store is asked instead whether it could destroy each key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from apps.core import retention as registry
from apps.core.rehearsal import rehearsal
from apps.core.retention import RetentionRule
from apps.core.tenancy import force_context
from apps.retention.data import WouldFail
from apps.vault import api as vault

log = logging.getLogger(__name__)

# What is kept for 24 hours is tried from the 20th on.
AHEAD = timedelta(hours=4)
# Shorter than PostgreSQL's own wait before it looks for a deadlock: of a rehearsal and somebody's real work
# it is the rehearsal that gives way, and frees what it holds before it tries again.
LOCK_WAIT = "900ms"
ATTEMPTS = 3


def rehearse(*, force_id: UUID, now: datetime, ahead: timedelta = AHEAD) -> tuple[WouldFail, ...]:
    """The purges that would fail of what falls due within `ahead`, one a data class; each is an ERROR in the
    log.

    Deletes nothing, destroys no key and begins no certificate. What is past its deadline is not told of here
    (`overdue`). Must not be called inside a force context.
    """
    found = []
    for rule in registry.rules():
        try:
            problem = _rehearse(rule, force_id, now, now + ahead)
        except Exception as broken:  # a rule that cannot even count hides nothing of the others
            log.warning("what is due of %s cannot be counted", rule.data_class, exc_info=True)
            problem = WouldFail(rule.data_class, rule.title, None, None, error_name(broken))
        if problem is not None:
            log.error("force %s: %s", force_id, problem.words)
            found.append(problem)
    return tuple(found)


def _rehearse(rule: RetentionRule, force_id: UUID, now: datetime, moment: datetime) -> WouldFail | None:
    late, by_then = _counted(rule, force_id, now), _counted(rule, force_id, moment)
    if by_then <= late:
        return None
    try:
        stuck = _tried(rule, force_id, moment)
    except Exception as error:  # as in the purge itself: one rule must not stop the others
        log.warning("the purge of %s failed when it was rehearsed", rule.data_class, exc_info=True)
        count, failed = by_then - late, error_name(error)
    else:
        count, failed = len(stuck), ", ".join(sorted(set(stuck.values())))
    if not failed:
        return None
    due_at = _first_due(lambda at: _counted(rule, force_id, at) > late, now, moment)
    return WouldFail(rule.data_class, rule.title, count, due_at, failed)


def _counted(rule: RetentionRule, force_id: UUID, at: datetime) -> int:
    with force_context(force_id):
        return rule.due_count(at)


def _tried(rule: RetentionRule, force_id: UUID, moment: datetime) -> dict[UUID, str]:
    """Purge and roll back. The keys that could not be destroyed, each with the class of the error.

    Somebody else's lock is waited for a few times. Raises what the purge raises.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _tried_once(rule, force_id, moment)
        except DatabaseError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
    raise AssertionError("the last attempt returns or raises")


def _tried_once(rule: RetentionRule, force_id: UUID, moment: datetime) -> dict[UUID, str]:
    with rehearsal(force_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
        # Asked first: a folder that is not mounted looks like a new one, and a purge would begin to use it.
        vault.assert_reachable()
        rule.purge_all(moment)
        # What would only be found at the commit: a row that still points to one that is gone.
        connection.check_constraints()
        return vault.undestroyable(destroyed_at=moment)


def _first_due(due_by: Callable[[datetime], bool], now: datetime, moment: datetime) -> datetime:
    """The first second at which something more is due than at `now`; by `moment` something is."""
    before, after = 0, round((moment - now).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if due_by(now + timedelta(seconds=middle)) else (middle, after)
    return now + timedelta(seconds=after)


def error_name(error: BaseException) -> str:
    """The class alone: what an error says may quote a row. Of one of the database the more exact class."""
    exact = error.__cause__ if isinstance(error, DatabaseError) and error.__cause__ else error
    return type(exact).__name__
