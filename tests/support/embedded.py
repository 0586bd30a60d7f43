"""A clone's embedded services seen from outside: started as a person would, watched through /proc."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from lfrplatform.embedded import leftovers
from lfrplatform.embedded.place import CLONE, Place, locate

WITHIN_S = 30.0


def until(true: Callable[[], object], what: str, within_s: float = WITHIN_S) -> object:
    """What `true` returns once that is true; fails when it does not become so."""
    deadline = time.monotonic() + within_s
    while not (found := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.05)
    return found


class EmbeddedClone:
    """One var/ folder, which is all that tells two clones apart."""

    def __init__(self, var: Path) -> None:
        self.place: Place = locate("main", var)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "REDIS_", "LFR_"))}
        self.env |= {"LFR_VAR_DIR": str(var), "PYTHONUNBUFFERED": "1"}
        self._started: list[Supervised] = []

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Supervised:
        """`python -m lfrplatform.embedded ARGUMENTS` in the background, once it says that everything runs."""
        return self._start([sys.executable, "-m", "lfrplatform.embedded", *(arguments or ("services",))], env)

    def start_with(self, **processes: str) -> Supervised:
        """Servers and platform processes given as Python code."""
        argv = [sys.executable, "-m", "tests.support.embedded_runner", json.dumps(processes)]
        return self._start(argv, None)

    def _start(self, argv: list[str], env: Mapping[str, str] | None) -> Supervised:
        supervised = Supervised(self, argv, {**self.env, **(env or {})})
        self._started.append(supervised)
        until(lambda: supervised.said("everything runs") or supervised.ended, f"start; {supervised.output()}")
        assert supervised.said("everything runs"), supervised.output()
        return supervised

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lfrplatform.embedded", *arguments],
            env=self.env,
            cwd=CLONE,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def addresses(self) -> dict[str, str]:
        lines = self.place.env_file.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def connect(self, role: str = "app") -> psycopg.Connection:
        name = "DATABASE_URL" if role == "app" else "DATABASE_OWNER_URL"
        return psycopg.connect(self.addresses()[name], autocommit=True, connect_timeout=5)

    def is_up(self) -> bool:
        try:
            self.connect().close()
        except (psycopg.OperationalError, OSError):
            return False
        return True

    def pid(self, name: str) -> int | None:
        """None while it is not running."""
        return json.loads(self.place.state_file.read_text())["units"][name]["pid"]

    def alive(self) -> list[str]:
        """Command lines of every process that belongs to this clone, whoever its parent is by now."""
        found = []
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
                ours = self.place.base.name in line or process.environ().get("LFR_VAR_DIR") == str(
                    self.place.var
                )
            except (psutil.Error, OSError):
                continue
            if ours and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {line}")
        return found

    def dispose(self) -> None:
        for supervised in self._started:
            supervised.end()
        if self.place.base.exists():
            leftovers.clear(self.place)
        shutil.rmtree(self.place.base, ignore_errors=True)


class Supervised:
    """A supervisor in the background."""

    def __init__(self, clone: EmbeddedClone, argv: list[str], env: Mapping[str, str]) -> None:
        self._log = clone.place.var.parent / f"supervisor-{time.monotonic_ns()}.out"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                argv, env=dict(env), cwd=CLONE, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def output(self) -> str:
        return self._log.read_text()

    def said(self, text: str) -> bool:
        return text in self.output()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def signal(self, number: signal.Signals, within_s: float = WITHIN_S) -> int:
        """Send it and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(within_s)

    def end(self) -> None:
        if not self.ended:
            self.process.terminate()
            try:
                self.process.wait(WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def embedded_clone(folder: Path) -> Iterator[EmbeddedClone]:
    folder.mkdir(exist_ok=True)
    clone = EmbeddedClone(folder / "var")
    try:
        yield clone
    finally:
        clone.dispose()
