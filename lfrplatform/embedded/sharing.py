"""Services that several processes use together, such as test runs side by side in one clone.

A supervisor of its own runs them and stays while anybody holds a shared lock on the instance's `users`
file; the kernel releases that lock however a user dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lfrplatform.embedded.child import tail
from lfrplatform.embedded.environment import DATABASE_OWNER_URL, DATABASE_URL, REDIS_URL
from lfrplatform.embedded.leftovers import MARKER
from lfrplatform.embedded.lock import SUPERVISOR, InstanceLock
from lfrplatform.embedded.place import CLONE, EmbeddedError, Place, locate, prepare
from lfrplatform.embedded.supervisor import Supervisor

LINGER_S = 10.0
SHARED_READY_WITHIN_S = 90.0
TRIES = 3


@dataclass
class ServicesHandle:
    """What to put into the environment, and how to end the use of it. `supervisor` is None for shared
    services."""

    env: dict[str, str]
    stop: Callable[[], None] = field(repr=False)
    supervisor: Supervisor | None = field(default=None, repr=False)

    def __enter__(self) -> ServicesHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def start_services(instance: str = "main", *, var: Path | None = None) -> ServicesHandle:
    """Servers of our own, kept alive from a background thread until `stop()`, and never longer than this
    process.

    Call it from a thread that lives as long. Raises AlreadyRunning when somebody else serves this instance.
    """
    supervisor = Supervisor(locate(instance, var))
    env = supervisor.start_servers()
    supervisor.watch()
    return ServicesHandle(env, supervisor.stop, supervisor)


def share_services(
    instance: str = "test", *, var: Path | None = None, linger_s: float = LINGER_S
) -> ServicesHandle:
    """Join the services of `instance`, starting them if nobody has; they stop some seconds after the last
    user."""
    place = locate(instance, var)
    prepare(place)
    users = os.open(place.home / "users", os.O_RDWR | os.O_CREAT, 0o600)
    released = threading.Event()

    def release() -> None:
        if not released.is_set():
            released.set()
            os.close(users)

    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while the last supervisor is on its way out
        env = _join(place, linger_s)
    except BaseException:
        release()
        raise
    return ServicesHandle(env, release)


def _join(place: Place, linger_s: float) -> dict[str, str]:
    deadline = time.monotonic() + SHARED_READY_WITHIN_S
    starter: subprocess.Popen[bytes] | None = None
    tries = 0
    while time.monotonic() < deadline:
        if env := ready_env(place):
            return env
        starting = starter is not None and starter.poll() is None
        if not starting and InstanceLock(place).holder() is None:
            if tries == TRIES:
                break
            tries += 1
            starter = _start_shared(place, linger_s)
        time.sleep(0.05)
    raise EmbeddedError(
        f"the shared services did not start; {_shared_log(place)} ends with:\n{tail(_shared_log(place), 12)}"
    )


def ready_env(place: Place) -> dict[str, str] | None:
    """What a running supervisor says that a user has to know; None while it is not there or not ready."""
    try:
        state: Mapping[str, object] = json.loads(place.state_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    env = state.get("env")
    holder = InstanceLock(place).holder()
    if not isinstance(env, dict) or not env or not holder or holder["role"] != SUPERVISOR:
        return None
    return dict(env)


def _shared_log(place: Place) -> Path:
    return place.log("supervisor")


def _start_shared(place: Place, linger_s: float) -> subprocess.Popen[bytes]:
    """Detached from us and from our terminal: it must outlive the first user and not the last."""
    argv = [sys.executable, "-m", "lfrplatform.embedded", "services"]
    argv += ["--instance", place.instance, "--while-used", str(linger_s)]
    not_handed_on = {DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, MARKER}
    env = {name: value for name, value in os.environ.items() if name not in not_handed_on}
    env["LFR_VAR_DIR"] = str(place.var)
    with _shared_log(place).open("ab") as log:
        return subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=CLONE, start_new_session=True
        )


class Usage:
    """Seen from the supervisor: is anybody still using the services?"""

    def __init__(self, place: Place, linger_s: float) -> None:
        self._linger_s = linger_s
        self._fd = os.open(place.home / "users", os.O_RDWR | os.O_CREAT, 0o600)
        self._idle_since: float | None = None

    def is_over(self) -> bool:
        """True once nobody has used them for `linger_s` seconds; newcomers then wait until we are gone."""
        if not self._nobody():
            self._idle_since = None
            return False
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
        if now - self._idle_since >= self._linger_s:
            return True
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        return False

    def _nobody(self) -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
