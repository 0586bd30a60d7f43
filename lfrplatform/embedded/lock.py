"""One supervisor for an instance. The kernel releases the lock however its holder dies, so none is ever
stale."""

from __future__ import annotations

import fcntl
import json
import os
import time

from lfrplatform.embedded.place import EmbeddedError, Place

SUPERVISOR = "supervisor"
GUARDIAN = "guardian"
GUARDIAN_GRACE_S = 40.0
LAST_BREATH_S = 10.0
DYING_S = 1.0  # a supervisor killed just now still looks alive for a moment


class AlreadyRunning(EmbeddedError):
    """Another supervisor serves this instance."""


class InstanceLock:
    """Held while a supervisor runs, or while a guardian clears up after one that was killed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = place.home / "lock"
        self._fd = -1

    def acquire(self, role: str) -> None:
        """Take it. Waits for a guardian that is clearing up; raises AlreadyRunning when a supervisor holds
        it."""
        begun = time.monotonic()
        while not self.try_acquire(role):
            holder = self.holder()
            patience = DYING_S if holder and holder["role"] == SUPERVISOR else GUARDIAN_GRACE_S
            if time.monotonic() - begun > patience:
                pid = holder["pid"] if holder else "unknown"
                raise AlreadyRunning(
                    f"the embedded services of this clone (instance {self._place.instance!r}) are already run"
                    f" by process {pid}; stop it, or `python -m lfrplatform.embedded stop"
                    f" --instance {self._place.instance}`"
                )
            time.sleep(0.1)

    def acquire_after(self, pid: int, role: str) -> bool:
        """Take it from process `pid`, which is ending. False when a new supervisor was quicker.

        A dying process closes its files in no order to rely on: its pipe may end before its lock is released.
        """
        deadline = time.monotonic() + LAST_BREATH_S
        while not self.try_acquire(role):
            holder = self.holder()
            if (holder and holder["pid"] != pid) or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def try_acquire(self, role: str) -> bool:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        record = {"pid": os.getpid(), "started": start_ticks(os.getpid()), "role": role}
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(record).encode(), 0)
        self._fd = fd
        return True

    def holder(self) -> dict[str, object] | None:
        """The living process that wrote itself into the lock file; None when that one is gone."""
        try:
            record: dict[str, object] = json.loads(self._path.read_text(encoding="utf-8"))
            alive = start_ticks(int(str(record["pid"]))) == record["started"]
        except (OSError, ValueError, KeyError):
            return None
        return record if alive else None

    def release(self) -> None:
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)  # we may live on, and hold nothing any more
            os.close(self._fd)
            self._fd = -1


def start_ticks(pid: int) -> int:
    """When a process began, in clock ticks since boot: with its number, its identity.

    OSError when it is gone, or ended and merely not yet taken note of by its parent.
    """
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        raise ProcessLookupError(pid)
    return int(fields[19])
