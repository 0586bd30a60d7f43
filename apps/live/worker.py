"""The Celery worker that recognises: how it starts, stops, and is killed when it hangs.

Time limits do not work in a threads pool, and a warm shutdown waits for ever on an endless task: so a flag
that every loop looks at, set by `worker_shutting_down`, and a watchdog on progress.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery.signals import worker_init, worker_shutting_down
from django.conf import settings

from apps.core.dumps import forbid_core_dumps
from apps.live import capacity

log = logging.getLogger(__name__)

STOP = threading.Event()
RECOGNISE_QUEUE = "recognise"
ALLOWED_POOLS = ("threads", "solo")
HUNG_AFTER_S = 30.0
WATCH_EVERY_S = 2.0
HUNG_EXIT_CODE = 70
# A process has eight connections to PostgreSQL (settings.POOL); each shard holds one much of the time.
MOST_SHARDS = 6

_beats: dict[int, float] = {}
_beats_lock = threading.Lock()


class Full(Exception):
    """This worker carries as many shards as it may: the next one is for another worker."""


def connect() -> None:
    """Called from AppConfig.ready."""
    worker_init.connect(_on_init, dispatch_uid="live.worker_init", weak=False)
    worker_shutting_down.connect(_on_shutting_down, dispatch_uid="live.worker_shutting_down", weak=False)


def holder_name() -> str:
    """Which worker this is, for a lease and the audit."""
    return f"{process_name()}:{threading.get_ident()}"


def process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def check_pool(*, queues: set[str], pool: str) -> None:
    """Raises SystemExit for a pool that forks: a model session does not survive it, and CUDA refuses.

    SystemExit because Celery swallows every other exception of a signal handler.
    """
    if RECOGNISE_QUEUE in queues and pool not in ALLOWED_POOLS:
        raise SystemExit(f"the {RECOGNISE_QUEUE} queue needs --pool threads or solo, not {pool}")


def check_shards() -> None:
    """Raises SystemExit for a limit that the connections of a process do not carry."""
    if not 1 <= settings.LFR_SHARDS_PER_WORKER <= MOST_SHARDS:
        raise SystemExit(f"LFR_SHARDS_PER_WORKER must be from 1 to {MOST_SHARDS}: start more workers instead")


def _on_init(sender: Any, **_: Any) -> None:
    STOP.clear()
    forbid_core_dumps()
    module = getattr(sender.pool_cls, "__module__", str(sender.pool_cls))
    pool = "threads" if module.endswith(("thread", "threads")) else module.rsplit(".", 1)[-1]
    queues = set(sender.app.amqp.queues.consume_from)
    check_pool(queues=queues, pool=pool)
    if RECOGNISE_QUEUE in queues:
        check_shards()
        threads = 1 if pool == "solo" else int(sender.concurrency or os.cpu_count() or 1)
        threading.Thread(target=_watch, args=[threads], name="live-watchdog", daemon=True).start()


def _on_shutting_down(**_: Any) -> None:
    STOP.set()


@contextmanager
def watched() -> Iterator[Callable[[], None]]:
    """Have the loop of this thread watched while inside; yields what it must call every round. Raises Full
    where no further shard may be taken."""
    me = threading.get_ident()
    with _beats_lock:
        if len(_beats) >= settings.LFR_SHARDS_PER_WORKER:
            raise Full(f"{len(_beats)} shards are carried already")
        _beats[me] = time.monotonic()

    def beat() -> None:
        with _beats_lock:
            _beats[me] = time.monotonic()

    try:
        yield beat
    finally:
        with _beats_lock:
            _beats.pop(me, None)


def hung_threads(*, at: float) -> list[int]:
    """Threads whose loop made no progress for `HUNG_AFTER_S` at monotonic time `at`."""
    with _beats_lock:
        return [thread for thread, beat_at in _beats.items() if at - beat_at > HUNG_AFTER_S]


def say_carried(*, threads: int) -> None:
    """How many shards this process carries, and may carry with so many threads."""
    with _beats_lock:
        carried = len(_beats)
    capacity.note(name=process_name(), shards=carried, most=min(threads, settings.LFR_SHARDS_PER_WORKER))


def _watch(threads: int) -> None:
    """A hung loop keeps its thread for ever and nothing can end a thread: end the process, it is started
    again."""
    while True:
        # First: what is said to others may wait for a Valkey that does not answer.
        if hung_threads(at=time.monotonic()):
            log.critical(
                "a recognition loop made no progress for %s s: this worker ends itself", HUNG_AFTER_S
            )
            os._exit(HUNG_EXIT_CODE)
        say_carried(threads=threads)
        if STOP.wait(WATCH_EVERY_S):
            break
    capacity.gone(name=process_name())
