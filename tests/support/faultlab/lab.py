"""One running platform with a live rehearsal, for as many faults as are played on it."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from lfrplatform.embedded.place import CLONE, locate
from tests.support.faultlab.proxy import Proxy

INSTANCE = "faults"
FPS = 5.0
CAMERA = "High Street"
WITHIN_S = 120.0
HIDDEN = ("DATABASE_", "REDIS_", "LFR_")
KEPT = ("LFR_PHOTOS_DIR", "LFR_EMBEDDED_DIR", "LFR_EMBEDDED_USER")
T = TypeVar("T")


def alone(folder: Path) -> None:
    """Before Django is there: an instance in `folder`, whatever the environment says of other servers."""
    for name in [name for name in os.environ if name.startswith(HIDDEN) and name not in KEPT]:
        del os.environ[name]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ |= {"LFR_VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "tests.support.faultlab.settings"}


@contextmanager
def running(folder: Path, say: Callable[[str], None]) -> Iterator[Lab]:
    """Everything up and recognising; everything down and deleted at the end."""
    alone(folder)
    from apps.demo import stack  # needs the environment above

    place = locate(INSTANCE)
    try:
        with stack.running(INSTANCE, port=0, fresh=True) as platform:
            lab = Lab(platform, folder, say, began=time.time())
            try:
                lab.open()
                yield lab
            finally:
                lab.close()
    finally:
        shutil.rmtree(place.base, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Lab:
    platform: Any
    folder: Path
    say: Callable[[str], None]
    began: float
    measured: list[str] = field(default_factory=list)
    canary: str = field(default_factory=lambda: f"lfr-canary-{secrets.token_hex(16)}")

    @property
    def supervisor(self) -> Any:
        return self.platform.supervisor

    @property
    def photos(self) -> Path:
        return Path(os.environ.get("LFR_PHOTOS_DIR") or CLONE / "var" / "cache" / "photos")

    def clock_file(self, of: str) -> Path:
        """The seconds by which the clock of the "relay" or of the "second" worker is ahead."""
        return self.folder / f"clock-{of}"

    def open(self) -> None:
        """A rehearsal that is live, its relay behind the proxy, its console watched."""
        from tests.support.faultlab import stage, street

        self.say("filming a few seconds of street")
        self.video = self.folder / "street.mp4"
        street.make(self.photos, self.video)
        for of in ("relay", "second"):
            self.clock_file(of).write_text("0")
        self.say("planning, approving, listing, starting a rehearsal")
        self.force_id, self.people, self.deployment, key = stage.live(self)
        host, port = self.platform.base_url.removeprefix("http://").split(":")
        self.proxy = Proxy((host, int(port)))
        self.relay_key = key
        self.start_relay()
        self.watch = stage.watch(self)
        self.until(lambda: self.watch.alerts and self.watch.last().well, "the first alert at the console")

    def close(self) -> None:
        for name in ("watch", "proxy"):
            part = getattr(self, name, None)
            if part is not None:
                part.stop() if name == "watch" else part.close()

    @property
    def deployment_id(self) -> UUID:
        found: UUID = self.deployment.id
        return found

    @property
    def camera_id(self) -> UUID:
        found: UUID = self.deployment.authority.cameras[0].id
        return found

    def start_relay(self, *, wrong_clock: bool = False) -> None:
        from apps.demo import relay

        url = f"ws://127.0.0.1:{self.proxy.port}"
        argv = relay.arguments(ws_url=url, sources={self.camera_id: self.video}, fps=FPS)
        env = {name: "" for name in os.environ if name.startswith(("DATABASE_", "REDIS_", "LFR_SECRET"))}
        env |= {"LFR_RELAY_KEY": self.relay_key, **(self.wrong_clock("relay") if wrong_clock else {})}
        self.supervisor.add_process("relay", [*argv, "--repeat", "--canary", self.canary], env)

    def wrong_clock(self, of: str) -> dict[str, str]:
        """The environment of a process whose clock is ahead by what its clock file says."""
        path = f"{Path(__file__).parent / 'clock'}:{CLONE}"
        kind = "relay" if of == "relay" else "platform"
        return {
            "PYTHONPATH": path,
            "LFR_FAULT_CLOCK": str(self.clock_file(of)),
            "LFR_FAULT_CLOCK_OF": kind,
        }

    def definition(self, name: str) -> Any:
        """How a process of the platform is started, to start another like it."""
        from lfrplatform.embedded.processes import platform_processes

        port = int(self.platform.base_url.rsplit(":", 1)[1])
        return next(d for d in platform_processes(self.platform.place, port) if d.name == name)

    def start_second_worker(self) -> None:
        """Another recognition worker on the same queue, whose clock can be set; `wait_ready` waits for it."""
        from lfrplatform.embedded.processes import log_says

        if self._pid("second") is not None:
            return
        first = self.definition("recognise")
        argv = ["second@%h" if word == "recognise@%h" else word for word in first.argv]
        log = self.platform.place.log("second")
        self.supervisor.add_process("second", argv, self.wrong_clock("second"), log_says(log, "ready."))

    def two_workers(self) -> None:
        """Both there and ready, also where the fault before, which starts the second, is not played."""
        self.start_second_worker()
        self.supervisor.wait_ready()

    def end(self) -> None:
        """The commander ends it: from here on nothing may change that is searched for traces."""
        from apps.demo import rehearsal

        self.supervisor.stop_process("relay")
        rehearsal.end(
            force_id=self.force_id, deployment_id=self.deployment_id, commander=self.people["commander"]
        )
        self.until(lambda: self.shard().released_at is not None, "the shard is released at the end")

    def mend(self) -> None:
        """After a fault that failed: what it may have left, so that the next one starts whole."""
        from tests.support.faultlab import stage

        self.proxy.rate = None
        self.proxy.join()
        for of in ("relay", "second"):
            self.clock_file(of).write_text("0")
        known = {unit.name for unit in self.supervisor._processes}
        for name in ("recognise", "beat"):
            if name not in known:
                lost = self.definition(name)
                self.supervisor.add_process(lost.name, lost.argv, lost.env, lost.ready)
        if "relay" not in known:
            self.start_relay()
        stage.go_on(self)

    def ask(self, question: Callable[[], T], within_s: float = WITHIN_S) -> T:
        """A question to the database in the force's context; asked again while the database is away."""
        from django.db import InterfaceError, OperationalError, connection

        from apps.core.tenancy import force_context

        deadline = time.monotonic() + within_s
        while True:
            try:
                with force_context(self.force_id):
                    return question()
            except (OperationalError, InterfaceError):
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def until(self, true: Callable[[], T], what: str, within_s: float = WITHIN_S) -> T:
        """What `true` returns once that is true. Raises AssertionError when it does not become so."""
        deadline = time.monotonic() + within_s
        while not (found := true()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within_s:.0f} s: {what}; the strip: {self.watch.last()}")
            time.sleep(0.1)
        return found

    # -- what the database knows

    def alerts(self) -> list[Any]:
        from apps.demo.day.measure import all_alerts

        return self.ask(lambda: all_alerts(self.deployment_id))

    def gaps(self) -> list[Any]:
        from apps.deployments import api as deployments

        return self.ask(lambda: list(deployments.gaps(deployment_id=self.deployment_id)))

    def shard(self) -> Any:
        from apps.live import api as live

        return self.ask(lambda: live.shards(deployment_id=self.deployment_id)[0])

    def holder_pid(self) -> int:
        return int(self.shard().holder.split(":")[1])

    def holder_name(self) -> str:
        """Which of the supervisor's processes recognises now; empty while it is one that has ended."""
        pid = self.holder_pid()
        return next((n for n in ("recognise", "second") if self._pid(n) == pid), "")

    def _pid(self, name: str) -> int | None:
        from lfrplatform.embedded import EmbeddedError

        try:
            found: int | None = self.supervisor.pid(name)
        except EmbeddedError:
            return None
        return found

    def deployment_now(self) -> Any:
        from apps.deployments import api as deployments

        return self.ask(lambda: deployments.get(deployment_id=self.deployment_id))


LATENESS = timedelta(seconds=3)
