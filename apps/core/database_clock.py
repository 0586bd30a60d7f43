"""Which time it is for whatever several machines compare: the database's, whatever a machine's own says.

A lease, a heartbeat and a frame's arrival are written by one machine and judged by another, and a window ends
at one instant: a machine whose own clock is wrong would steal a lease, call a camera silent that sends, or
look past the end. Here the database is asked, and a clock that nobody can set carries its answer on until it
is asked again.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection

from apps.core.clock import utc_now

# A difference that the way to the database and the drift of half a second do not explain.
STEP = timedelta(seconds=1)


def elapsed_s() -> float:
    """Seconds that only ever grow, also while this process or this machine sleeps; from nowhere in
    particular."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def database_now() -> datetime:
    """The database's time at this instant, not at the start of its transaction."""
    return _clock_timestamp()


def _clock_timestamp() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


class DatabaseClock:
    """Call it for the time. It has to be asked `sync` before the first time, and often afterwards; one thread
    may do so while others read."""

    def __init__(self) -> None:
        # (its time, `elapsed_s` then) of the last answer: read and replaced as one.
        self._answer: tuple[datetime, float] | None = None
        # This machine's clock minus the database's.
        self.offset = timedelta()

    def __call__(self) -> datetime:
        if self._answer is None:
            raise RuntimeError("the database was not asked for its time yet")
        at, asked_s = self._answer
        return at + timedelta(seconds=elapsed_s() - asked_s)

    def sync(self) -> timedelta:
        """Ask the database; how far its own clock was set since the last time, zero if it was not.

        Raises what a database that is not there raises; the time then goes on from the last answer.
        """
        before_s = elapsed_s()
        answer = database_now()
        after_s = elapsed_s()
        # The answer was true somewhere between question and arrival: half-way at a guess.
        arrived = answer + timedelta(seconds=(after_s - before_s) / 2)
        last = self._answer
        self._answer = arrived, after_s
        self.offset = utc_now() - arrived
        if last is None:
            return timedelta()
        moved = arrived - (last[0] + timedelta(seconds=after_s - last[1]))
        unsure = STEP + timedelta(seconds=after_s - before_s)
        return moved if abs(moved) > unsure else timedelta()
