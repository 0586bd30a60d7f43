"""The real processes for `bench.live`: a live deployment on real faces, a relay, a console that watches.

Photographs as in the other films of bench: adaptations stay below the instance's folder and are deleted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from apps.demo import stack as demo_stack
from apps.demo.relay import INHERITED, arguments
from bench import films
from lfrplatform.embedded.place import CLONE

INSTANCE = "bench"
FILM_FPS = 25
EMPTY_S = 1.5
SPANS = "bench-spans.json"


@contextmanager
def running(*, port: int = 8190, hold: tuple[str, ...] = ("imports",), traced: bool = False) -> Iterator[Any]:
    """The platform, without the importing worker; with `traced` the recognition worker is timed."""
    held = (*hold, "recognise") if traced else hold
    settings = {"LFR_ORT_THREADS": "1"}
    with demo_stack.running(INSTANCE, port=port, fresh=True, settings=settings, hold=held) as stack:
        if traced:
            (usual,) = (each for each in stack.held if each.name == "recognise")
            after = list(usual.argv)[3:]  # python -m celery
            argv = [sys.executable, "-m", "bench.traced_worker", str(stack.place.run / SPANS), *after]
            stack.supervisor.add_process("recognise", argv, usual.env, usual.ready)
            stack.supervisor.wait_ready()
        yield stack


@dataclass
class Watcher:
    """An operator's console: when each alert was there, and when its picture was."""

    base_url: str
    deployment_id: UUID
    username: str
    arrived: dict[str, float] = field(default_factory=dict)
    pictured: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Watcher:
        from apps.demo.day.officers import Console, Session
        from tests.support.signing_in import session_of

        person: Any = SimpleNamespace(display_name="bench")
        session = Session(self.base_url, person)
        session.http.cookies["sessionid"] = session_of(self.username)
        session.http.get(f"{self.base_url}/console/{self.deployment_id}/", timeout=10).raise_for_status()
        self._pictures = ThreadPoolExecutor(2)
        self._console = Console(session, self.deployment_id, self._see)
        self._console.start()
        if not self._console.ready.wait(15):
            raise SystemExit(f"the console did not connect: {self._console.failures[-1:]}")
        return self

    def _see(self, session: Any, alert: Mapping[str, Any]) -> None:
        if alert["id"] not in self.arrived:
            self.arrived[alert["id"]] = time.time()
            if alert.get("pictures"):
                self._pictures.submit(self._fetch, session, alert["id"], alert["pictures"]["probe"])

    def _fetch(self, session: Any, alert_id: str, path: str) -> None:
        answer = session.http.get(session.base_url + path, timeout=10)
        if answer.ok:
            self.pictured[alert_id] = time.time()

    def __exit__(self, *_: object) -> None:
        self._console.stop()
        self._pictures.shutdown(wait=True, cancel_futures=True)


def make_films(folder: Path, *, cameras: int, size: str, faces: int, seconds: float) -> list[Path]:
    """One file a camera: the same walk, begun at another moment."""
    from apps.recognition import api as recognition

    folder.mkdir(mode=0o700, exist_ok=True)
    shown = films.film(films.people(recognition.get_pack("opencv-zoo")), faces, size, seconds, FILM_FPS)
    paths = [folder / f"camera-{number}.mp4" for number in range(cameras)]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda item: films.write(
                    shown, item[1], fps=FILM_FPS, begin=item[0] / cameras, empty_s=EMPTY_S
                ),
                enumerate(paths),
            )
        )
    return paths


def go_live(cameras: int) -> tuple[Any, str]:
    """A live deployment and what its operator signs in with."""
    from apps.core.clock import utc_now
    from apps.core.data import Role
    from apps.deployments import api as deployments
    from apps.deployments.data import Duty
    from tests.support.live_stage import make_live_stage
    from tests.support.trained import make_accounts

    listed = {name.removesuffix(".jpg"): (films.PHOTOS / name).read_bytes() for name in films.LISTED.values()}
    stage = make_live_stage(listed, name=f"bench{cameras}", cameras=cameras)
    people = make_accounts(
        stage.force.id, {"watcher": (Role.OPERATOR,)}, password="not a password that is used"
    )
    username, actor = people["watcher"]
    with stage.context():
        deployments.record_duty(
            deployment_id=stage.deployment_id, duty=Duty.OPERATOR, actor=actor, now=utc_now()
        )
    return stage, username


class Relay:
    """As it runs in the van; it plays its files over and over until it is stopped."""

    def __init__(self, stack: Any, stage: Any, sources: list[Path], fps: float) -> None:
        from apps.core.clock import utc_now
        from apps.relays import api as relays

        with stage.context():
            _, key = relays.enrol_relay(
                name="Van", deployment_id=stage.deployment_id,
                camera_ids=[camera.id for camera in stage.cameras], actor=stage.engineer, now=utc_now(),
            )  # fmt: skip
        cameras = dict(zip((camera.id for camera in stage.cameras), sources, strict=True))
        self._stats = stack.place.run / "bench-relay.json"
        command = [
            *arguments(ws_url=stack.ws_url, sources=cameras, fps=fps),
            "--repeat",
            "--exit-when-refused",
        ]
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._log = stack.place.log("relay").open("wb")
        self.process = subprocess.Popen(
            [*command, "--stats-file", str(self._stats)], cwd=CLONE,
            env={**environment, "LFR_RELAY_KEY": key}, stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    def stats(self) -> Mapping[str, Any]:
        found: dict[str, Any] = json.loads(self._stats.read_text()) if self._stats.exists() else {}
        return dict(found.get("cameras", {}))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._log.close()


def wait(seconds: float, until: threading.Event | None = None) -> None:
    (until or threading.Event()).wait(seconds)
