"""One process that we started: its log, its exit, its end with everything in its group."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lfrplatform.embedded.identity import ServerUser

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_S = 0.02


@dataclass(frozen=True)
class Command:
    """What to run. `death_signal` is sent by the kernel when we die, by whatever means."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    death_signal: signal.Signals = signal.SIGKILL
    user: ServerUser | None = None


class Child:
    """A started process, leader of its own session so that Ctrl-C in the terminal reaches only the
    supervisor."""

    def __init__(self, command: Command) -> None:
        user = command.user or ServerUser(os.geteuid(), os.getegid())
        spec = {
            "argv": list(command.argv),
            "cwd": str(command.cwd),
            "uid": user.uid,
            "gid": user.gid,
            "death_signal": int(command.death_signal),
            "parent": os.getpid(),
        }
        with open_log(command.log) as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(command.env),
                start_new_session=True,
            )
        self.pid = self._popen.pid
        self.started = time.monotonic()

    def exit_status(self) -> int | None:
        """None while it runs. Once it has ended: its status (negative: the signal), its group killed too.

        The group is killed before the leader is reaped: until then its number cannot belong to anybody else.
        """
        if self._popen.returncode is None:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            self.signal_group(signal.SIGKILL)
            self._popen.wait()
        return self._popen.returncode

    def send(self, number: signal.Signals) -> None:
        if self._popen.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def signal_group(self, number: signal.Signals) -> None:
        if self._popen.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def wait(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> bool:
        """True once it has ended; False after `seconds`, or as soon as `hurry()` says so."""
        deadline = time.monotonic() + seconds
        while self.exit_status() is None:
            if time.monotonic() >= deadline or hurry():
                return False
            time.sleep(POLL_S)
        return True

    def describe_exit(self) -> str:
        status = self.exit_status()
        if status is None:
            return "is running"
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def open_log(path: Path) -> BinaryIO:
    """A fresh log for this start; the one before is kept beside it, and no more, so that logs stay
    bounded."""
    if path.exists() and path.stat().st_size:
        path.replace(path.with_suffix(".1.log"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def tail(path: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error message."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
