"""The deployment that a soak watches: films, relay, officers who decide, signs that are looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.demo import crew, relay, signs
from apps.demo.day.measure import all_alerts
from apps.demo.day.officers import Console, EngagementOfficer, Operator, Session
from apps.demo.people import actor
from apps.demo.script import plan_day
from apps.deployments import api as deployments
from apps.live import api as live
from apps.recognition import api as recognition
from lfrplatform.embedded.place import CLONE
from tests.support.faultlab import stage

HIDDEN = ("DATABASE_", "REDIS_", "LFR_SECRET")
# The default of a force: what nobody decides within a minute expires.
DECISION_EXPIRY_S = 60
CONSOLES = (("operator", Operator), ("engagement", EngagementOfficer))


class Soaking:
    """`with` it: films are made, the deployment is live and officers are at their consoles."""

    def __init__(
        self, platform: Any, *, cameras: int, film_s: float, fps: float, say: Callable[[str], None]
    ) -> None:
        self.platform, self.film_s, self.fps, self.say = platform, film_s, fps, say
        self.names = tuple(f"Camera {number + 1}" for number in range(cameras))
        self.raised, self.signs_seen = 0, 0
        self.facts: dict[str, Any] = {"cameras": cameras, "frames a second and camera": fps}
        self._known: set[Any] = set()

    @property
    def supervisor(self) -> Any:
        return self.platform.supervisor

    @property
    def photos(self) -> Path:
        return Path(os.environ.get("LFR_PHOTOS_DIR") or CLONE / "var" / "cache" / "photos")

    def __enter__(self) -> Soaking:
        folder = self.platform.place.home
        videos = {name: folder / f"{name.replace(' ', '-')}.mp4" for name in self.names}
        scripts = plan_day(1, self.film_s, len(self.names))
        self.say(f"filming {len(scripts)} cameras of {self.film_s:.0f} s")
        with crew.filming_meanwhile(scripts, list(videos.values()), self.photos) as filming:
            crew.wait(filming)  # not after the start: a camera that sends nothing for 30 s stops it
        self.force_id, self.people, self.deployment, key = stage.live(
            self, cameras=self.names, decision_expiry_s=DECISION_EXPIRY_S
        )
        cameras = {camera.name: camera.id for camera in self.deployment.authority.cameras}
        sources = {cameras[name]: path for name, path in videos.items()}
        argv = [*relay.arguments(ws_url=self.platform.ws_url, sources=sources, fps=self.fps), "--repeat"]
        env = {name: "" for name in self.supervisor.env if name.startswith(HIDDEN)}
        self.supervisor.add_process("relay", argv, {**env, "LFR_RELAY_KEY": key})
        self.consoles = list(self._consoles())
        return self

    def __exit__(self, *_: object) -> None:
        for console in self.consoles:
            console.stop()
        self.facts["alerts"] = self.raised
        self.facts["gaps"] = self._ask(lambda: [gap.reason for gap in self._gaps()])
        self.facts["tallies"] = self._ask(
            lambda: [
                f"{row.frames} frames, {row.dropped} dropped, {row.tracks} tracks"
                for row in live.tallies(deployment_id=self.deployment.id)
            ]
        )

    def _consoles(self) -> Iterator[Console]:
        pack = recognition.get_pack(stage.PACK)
        for name, kind in CONSOLES:
            session = Session(self.platform.base_url, self.people[name])
            session.sign_in()
            console = Console(session, self.deployment.id, kind(pack) if kind is Operator else kind())
            console.start()
            yield console

    def _ask(self, question: Callable[[], Any]) -> Any:
        with force_context(self.force_id):
            return question()

    def _gaps(self) -> list[Any]:
        return list(deployments.gaps(deployment_id=self.deployment.id))

    def ages(self) -> list[tuple[str, float]]:
        """Of each alert since the last call: milliseconds from capture to its row and to its first look."""
        found = []
        for alert in self._ask(lambda: all_alerts(self.deployment.id)):
            if alert.id in self._known or alert.first_shown_at is None:
                continue
            self._known.add(alert.id)
            self.raised += 1
            for name, at in (("to the alert", alert.raised_at), ("to the console", alert.first_shown_at)):
                found.append((f"captured {name}", (at - alert.captured_at).total_seconds() * 1000))
        return found

    def troubles(self) -> list[str]:
        """What must not have happened since the last call."""
        state = self._ask(lambda: deployments.get(deployment_id=self.deployment.id)).state
        found = [] if state == "live" else [f"the deployment is {state}"]
        for console in self.consoles:
            found += [f"{console.name}: {failure}" for failure in console.failures]
            found += [f"{console.name} was refused: {words}" for words in console.act.refused]
            console.failures.clear()
            console.act.refused.clear()
        return found

    def look_at_signs(self) -> None:
        self.signs_seen += 1
        commander = self._ask(lambda: actor(self.people["commander"], self.force_id))
        for look in signs.looks(self.deployment.authority, look=self.signs_seen):
            self._ask(
                lambda look=look: deployments.record_sign(
                    deployment_id=self.deployment.id, actor=commander, now=utc_now(), **look
                )
            )
