"""How long each part of a worker's round takes, for whoever measures. Off, it costs one look at a name.

Numbers and the names of stages only: nothing of a frame, a camera or a face passes through here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Stage(StrEnum):
    CONFIRM = "confirm"
    WAIT = "wait"
    CHECK = "check"
    DECODE = "decode"
    PROCESS = "process"
    SEARCH = "search"
    RAISE = "raise"


# (stage, seconds), from whatever thread worked.
Sink = Callable[[Stage, float], None]

_sink: Sink | None = None


def listen(sink: Sink | None) -> None:
    """Tell `sink` of every stage of this process from now on; None ends it."""
    global _sink
    _sink = sink


@contextmanager
def span(stage: Stage) -> Iterator[None]:
    sink = _sink
    if sink is None:
        yield
        return
    started = time.perf_counter()
    try:
        yield
    finally:
        sink(stage, time.perf_counter() - started)
