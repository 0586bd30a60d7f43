"""Another time of day for the machine and the database at once; time_machine alone sets the machine's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

import time_machine

from apps.core import database_clock
from apps.core.clock import utc_now


@contextmanager
def travelled(at: datetime, *, tick: bool = True, web: datetime | None = None) -> Iterator[None]:
    """The database is asked all the same, so that queries are counted as they are. `web`: what the clock of
    this machine shows meanwhile, where it is wrong."""
    ask, wrong_by = database_clock._clock_timestamp, (web or at) - at

    def answers() -> datetime:
        ask()
        return utc_now() - wrong_by

    with (
        time_machine.travel(web or at, tick=tick),
        mock.patch.object(database_clock, "_clock_timestamp", answers),
    ):
        yield
