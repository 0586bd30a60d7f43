"""The supervisor: servers first, then platform processes; restarts what dies; stops everything in order.

It can be used two ways: `run_until` in the main thread, or `watch` in the background while the caller does
something else. Processes die with the thread that started them (that is how the kernel's death signal
works), so start it from a thread that lives as long as they should.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lfrplatform.embedded import leftovers
from lfrplatform.embedded.binaries import install
from lfrplatform.embedded.child import Child, Command
from lfrplatform.embedded.environment import (
    own_postgres_given,
    own_valkey_given,
    process_env,
    service_env,
    write_env_file,
)
from lfrplatform.embedded.identity import write_private
from lfrplatform.embedded.lock import SUPERVISOR, InstanceLock
from lfrplatform.embedded.place import CLONE, Cancelled, EmbeddedError, Place, keep_from_cleaners, prepare
from lfrplatform.embedded.postgres import PostgresServer
from lfrplatform.embedded.roles import bootstrap
from lfrplatform.embedded.unit import Behaviour, Say, State, StopPlan, Unit
from lfrplatform.embedded.valkey import ValkeyServer

TICK_S = 0.1
SERVERS_READY_WITHIN_S = 60.0
TRIES = 4  # a process that died this often before it was ready will not become so by waiting


def print_event(name: str, event: str) -> None:
    """One line an event. A terminal that is gone must not take the supervisor with it."""
    line = f"{datetime.now(UTC).astimezone():%H:%M:%S} {name:<10} {event}"
    try:
        print(line, flush=True)
    except (OSError, ValueError):
        sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115 - stays open as stdout does


class PlatformProcess(Unit):
    """uvicorn, a Celery worker, a relay: anything that takes its addresses from the environment."""

    def __init__(
        self,
        name: str,
        command: Command,
        ready: Callable[[], bool] | None,
        say: Say,
        behaviour: Behaviour,
    ) -> None:
        super().__init__(name, command.log, say)
        self._command = command
        self._ready = ready
        self.behaviour = behaviour

    def spawn(self) -> Child:
        return Child(self._command)

    def is_ready(self) -> bool:
        return self._ready is None or self._ready()


class Supervisor:
    """Servers and processes of one instance. `start` or `start_servers` first; `stop` always."""

    def __init__(self, place: Place, *, say: Say = print_event) -> None:
        self.place = place
        self.env: dict[str, str] = {}
        self._say = say
        self._lock = InstanceLock(place)
        self._servers: list[Unit] = []
        self._processes: list[Unit] = []
        self._guard = threading.RLock()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._guardian: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._kept = -1
        self._written = ""

    # -- starting

    def start_servers(self, cancelled: Callable[[], bool] = lambda: False) -> dict[str, str]:
        """Bring up PostgreSQL and Valkey, ready for the platform; returns what it has to know as
        environment.

        Raises AlreadyRunning when another supervisor serves the instance, EmbeddedError when a server does
        not start.
        """
        prepare(self.place)
        self._lock.acquire(SUPERVISOR)
        try:
            if ended := leftovers.clear(self.place):
                self._say("supervisor", f"ended {ended} processes that an earlier one left behind")
            self._guardian = _start_guardian(self.place)
            self._kept = keep_from_cleaners(self.place)
            self._check_credentials()
            self._start_own_servers(cancelled)
            self.env = service_env(self.place)
            Path(self.env["LFR_KEYSTORE_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
            write_env_file(self.place, self.env)
            self._write_state()
        except BaseException:
            self.stop()
            raise
        return self.env

    def _start_own_servers(self, cancelled: Callable[[], bool]) -> None:
        if own_postgres_given() and own_valkey_given():
            return
        binaries, durable = install(self.place), self.place.instance != "test"
        if not own_postgres_given():
            self._servers.append(PostgresServer(self.place, binaries, self._say, durable=durable))
        if not own_valkey_given():
            self._servers.append(ValkeyServer(self.place, binaries, self._say))
        for server in self._servers:
            server.begin()
        self._wait(self._servers, SERVERS_READY_WITHIN_S, cancelled)
        if not own_postgres_given():
            bootstrap(self.place, for_tests=not durable)

    def _check_credentials(self) -> None:
        """Data whose passwords are gone cannot be opened; the key store went with them. Tests simply begin
        anew."""
        place = self.place
        if own_postgres_given() or place.credentials_file.exists() or not place.data.exists():
            return
        if place.instance != "test":
            raise EmbeddedError(
                f"{place.credentials_file} is gone but the data it opened is still in {place.data};"
                f" `python -m lfrplatform.embedded clean --instance {place.instance}` deletes that data"
            )
        shutil.rmtree(place.server_home)

    def _wait(self, units: Sequence[Unit], seconds: float, cancelled: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while any(unit.state is not State.RUNNING for unit in units):
            with self._guard:
                for unit in units:
                    unit.tick()
            if cancelled() or self._stopping.is_set():
                raise Cancelled("stopped before everything was ready")
            hopeless = [unit for unit in units if unit.state is State.WAITING and unit.restarts >= TRIES]
            if hopeless or time.monotonic() > deadline:
                laggards = hopeless or [unit for unit in units if unit.state is not State.RUNNING]
                raise EmbeddedError("did not start: " + "\n".join(unit.explain() for unit in laggards))
            time.sleep(0.02)

    def update_env(self, extra: Mapping[str, str]) -> None:
        """Add what only the caller knows (the port of the web server) to what processes are told from now
        on."""
        self.env.update(extra)
        write_env_file(self.place, self.env)

    def add_process(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        *,
        stop_plan: StopPlan = ((signal.SIGTERM, 10.0),),
        cwd: Path = CLONE,
    ) -> None:
        """Start a platform process now and keep it alive. `env` adds to the services' own; `ready` is asked
        repeatedly.

        Its output goes to var/logs/NAME.log.
        """
        command = Command(list(argv), process_env(self.place, self.env, env), cwd, self.place.log(name))
        unit = PlatformProcess(name, command, ready, self._say, Behaviour(stop_plan=stop_plan))
        with self._guard:
            if any(known.name == name for known in self._units()):
                raise EmbeddedError(f"there is already a process called {name}")
            unit.begin()
            self._processes.append(unit)

    def wait_ready(self, seconds: float = 60.0, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Until every process has said that it is ready. Raises EmbeddedError, naming those that are not."""
        self._wait(self._units(), seconds, cancelled)

    # -- running

    def tick(self) -> None:
        """One look at everything."""
        with self._guard:
            if not self._stopping.is_set():
                for unit in self._units():
                    unit.tick()
                self._write_state()

    def run_until(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_S):
            self.tick()

    def watch(self) -> None:
        """Keep everything alive from a background thread until `stop`."""
        self._watcher = threading.Thread(
            target=self.run_until, args=(self._stopping,), name="embedded-supervisor", daemon=True
        )
        self._watcher.start()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill a process or server as a fault would; it is started again as after any other death."""
        self._unit(name).kill(number)

    def stop_process(self, name: str) -> None:
        """End one platform process for good."""
        with self._guard:
            unit = self._unit(name)
            self._processes = [known for known in self._processes if known is not unit]
            unit.stop(self._hurry.is_set)

    def pid(self, name: str) -> int | None:
        return self._unit(name).pid

    def restarts(self, name: str) -> int:
        return self._unit(name).restarts

    def state(self, name: str) -> State:
        return self._unit(name).state

    # -- stopping

    def hurry(self) -> None:
        """Cut the waiting of `stop` short: a second Ctrl-C."""
        self._hurry.set()

    def stop(self) -> None:
        """Platform processes first (asked together, last started first), then Valkey, then PostgreSQL. May
        be repeated."""
        self._stopping.set()
        if self._watcher and self._watcher is not threading.current_thread():
            self._watcher.join(30)
        with self._guard:
            last_first = list(reversed(self._processes))
            for unit in last_first:
                unit.ask_to_stop()
            for unit in [*last_first, *reversed(self._servers)]:
                unit.stop(self._hurry.is_set)
            self._processes, self._servers = [], []
            if self._guardian:
                leftovers.clear(self.place)
                self.place.env_file.unlink(missing_ok=True)
                self.place.state_file.unlink(missing_ok=True)
                _dismiss(self._guardian)
                self._guardian = None
        if self._kept >= 0:
            os.close(self._kept)
            self._kept = -1
        self._lock.release()

    # -- telling

    def _units(self) -> list[Unit]:
        return [*self._servers, *self._processes]

    def _unit(self, name: str) -> Unit:
        for unit in self._units():
            if unit.name == name:
                return unit
        raise EmbeddedError(f"there is no process called {name}")

    def _write_state(self) -> None:
        """For `status`, and for those who share the services: what runs, as which process."""
        units = {
            u.name: {"state": u.state.value, "pid": u.pid, "restarts": u.restarts} for u in self._units()
        }
        text = json.dumps({"env": self.env, "units": units}, indent=1)
        if text != self._written and self.env:
            write_private(self.place.state_file, text)
            self._written = text


def _start_guardian(place: Place) -> subprocess.Popen[bytes]:
    """A process that outlives us to end what the kernel's death signal misses: grandchildren of a killed
    supervisor."""
    argv = [
        sys.executable,
        "-m",
        "lfrplatform.embedded",
        "guard",
        "--instance",
        place.instance,
        str(os.getpid()),
    ]
    env = process_env(place, {"LFR_VAR_DIR": str(place.var)})
    del env[leftovers.MARKER]
    with place.log("guardian").open("ab") as log:
        return subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd=CLONE, start_new_session=True
        )


def _dismiss(guardian: subprocess.Popen[bytes]) -> None:
    try:
        guardian.communicate(b"done", timeout=10)
    except subprocess.TimeoutExpired:
        guardian.kill()
        guardian.wait()
