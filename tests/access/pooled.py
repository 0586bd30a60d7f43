"""The application's own pool of connections, as production has it, in this process; and a look into it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from psycopg.pq import TransactionStatus

from lfrplatform.settings.base import POOL

SETTLED_WITHIN_S = 10


@contextmanager
def real_pool(*, max_size: int) -> Iterator[Any]:
    """Until it ends, every thread's connection comes from one pool of `max_size`; other tests have none."""
    options = connections.settings["default"]["OPTIONS"]
    connections.close_all()
    options["pool"] = {**POOL, "max_size": max_size}
    try:
        assert connection.settings_dict["OPTIONS"]["pool"] is options["pool"]
        assert connection.settings_dict["CONN_MAX_AGE"] == 0
        connection.ensure_connection()  # opens the pool
        connection.close()
        yield connection.pool
    finally:
        connections.close_all()
        connection.close_pool()
        options["pool"] = False


def _taken(stats: dict[str, int]) -> int:
    return stats.get("pool_size", 0) - stats.get("pool_available", 0)


def left_behind(pool: Any) -> list[str]:
    """What somebody left on a connection that is idle in the pool, or in use although nothing runs."""
    found = []
    # One that was lost is replaced by the pool's own thread, and one whose client went away is given back by
    # the thread that still worked for it.
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while (taken := _taken(stats := pool.get_stats())) and time.monotonic() < deadline:
        time.sleep(0.001)
    if taken:
        found.append(f"{taken} connections were not given back")
    idle = [pool.getconn(5) for _ in range(stats["pool_available"])]
    try:
        for each in idle:
            if each.info.transaction_status is not TransactionStatus.IDLE:
                found.append(f"a connection lies in the pool as {each.info.transaction_status.name}")
                continue
            each.autocommit = True
            row = each.execute("SELECT coalesce(current_setting('app.force_id', true), '')").fetchone()
            if row[0]:
                found.append(f"a connection lies in the pool with the force {row[0]}")
    finally:
        for each in idle:
            pool.putconn(each)
    return found
