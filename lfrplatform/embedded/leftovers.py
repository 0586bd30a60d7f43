"""Processes that an earlier supervisor left behind, recognised for certain and ended in order.

A process number alone proves nothing (numbers are reused, also over a restart of the machine), so a process
counts as ours only by what it carries: the marker in its environment, or the folder or cluster name of this
very instance on its command line, and a user of ours.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil

from lfrplatform.embedded.identity import server_user
from lfrplatform.embedded.place import Place

MARKER = "LFR_SUPERVISED"
GONE = (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied)


def platform_processes(place: Place) -> list[psutil.Process]:
    """Every process with our marker, so children that left their parent's group are found too."""
    return [p for p in _others() if _environment(p).get(MARKER) == place.marker]


def postgres_processes(place: Place) -> list[psutil.Process]:
    """The postmaster and every process of the cluster: an orphaned backend keeps the shared memory and
    blocks a start."""
    title = f"postgres: {place.cluster_name}: "
    return _servers(place, lambda line: line.startswith(title) or _is_postmaster(place, line))


def _postmasters(place: Place) -> list[psutil.Process]:
    return _servers(place, lambda line: _is_postmaster(place, line))


def _is_postmaster(place: Place, line: str) -> bool:
    return line.split(" ")[0].endswith("/postgres") and f" -D {place.data} " in line


def valkey_processes(place: Place) -> list[psutil.Process]:
    return _servers(place, lambda line: "valkey-server" in line and f" {place.valkey_socket} " in line)


def clear(place: Place) -> int:
    """End everything that is left of this instance: platform first, then Valkey, then PostgreSQL. Returns
    how many."""
    ended = _end(lambda: platform_processes(place), [(signal.SIGKILL, 5)])
    ended += _end(lambda: valkey_processes(place), [(signal.SIGTERM, 3), (signal.SIGKILL, 5)])
    return ended + clear_postgres(place)


def clear_postgres(place: Place) -> int:
    """The postmaster: fast shutdown, then immediate, then kill. Then backends that outlived it."""
    ended = _end(lambda: _postmasters(place), [(signal.SIGINT, 8), (signal.SIGQUIT, 3), (signal.SIGKILL, 5)])
    return ended + _end(lambda: postgres_processes(place), [(signal.SIGQUIT, 2), (signal.SIGKILL, 5)])


def clear_valkey(place: Place) -> int:
    return _end(lambda: valkey_processes(place), [(signal.SIGKILL, 5)])


def _end(find: Callable[[], list[psutil.Process]], plan: list[tuple[signal.Signals, int]]) -> int:
    seen: set[int] = set()
    for number, seconds in plan:
        deadline = time.monotonic() + seconds
        signalled: set[int] = set()
        while found := find():
            seen.update(process.pid for process in found)
            for process in found:
                if process.pid not in signalled:
                    signalled.add(process.pid)
                    with suppress(*GONE):
                        process.send_signal(number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return len(seen)
    return len(seen)


def _others() -> Iterator[psutil.Process]:
    """All processes but ourselves and those that started us."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return (process for process in psutil.process_iter() if process.pid not in own)


def _servers(place: Place, ours: Callable[[str], bool]) -> list[psutil.Process]:
    users = {os.geteuid(), server_user(place).uid}
    found = []
    for process in _others():
        with suppress(*GONE):
            if process.uids().real in users and ours(" ".join(process.cmdline()) + " "):
                found.append(process)
    return found


def _environment(process: psutil.Process) -> dict[str, str]:
    with suppress(*GONE, OSError):
        return dict(process.environ())
    return {}
