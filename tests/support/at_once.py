"""Two people at the same moment, on two connections: the second waits for the first, always in this order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from django.db import connections

from apps.core.errors import DomainError
from apps.core.tenancy import force_context

PATIENCE = 30  # seconds, for a machine that does much else
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE NOT granted AND datname = current_database()"
)


def meanwhile(force_id: Any, owner: Any, first: Callable[[], object], second: Callable[[], object]) -> Any:
    """`first` is done and not committed when `second` begins on another connection, and is committed only
    when the database says that `second` waits. Returns what `second` returned, or the DomainError it met."""

    def other() -> object:
        try:
            with force_context(force_id):
                return second()
        except DomainError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with force_context(force_id):
            first()
            answer = pool.submit(other)
            until = monotonic() + PATIENCE
            while not owner.execute(WAITING).fetchone()[0]:
                assert not answer.done(), f"it did not wait: {answer.result()!r}"
                assert monotonic() < until, "it never came to wait"
        return answer.result(timeout=PATIENCE)
