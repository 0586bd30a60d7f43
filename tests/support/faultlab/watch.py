"""What people see while something is broken: a scripted console, and a scripted look at the health strip."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import requests

from apps.core.clock import utc_now
from apps.demo.day.officers import Console, Session

LOOK_EVERY_S = 0.4
# As the page does: no answer for three seconds is NOT CONNECTED (docs/reference/console.md).
PATIENCE_S = 3.0
NOT_CONNECTED = "NOT CONNECTED"
AWAY = 503


@dataclass(frozen=True)
class Look:
    """One look at the strip: the state of recognition, and every sentence that it shows."""

    at: datetime
    state: str
    words: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.state == "running" and not self.words


@dataclass
class FirstSight:
    """An alert as it first came to the console."""

    id: str
    number: int
    at: datetime


@dataclass
class Watch:
    """`operator` watches alerts by push and question, `other` the health."""

    operator: Session
    other: Session
    deployment_id: UUID
    looks: list[Look] = field(default_factory=list)
    alerts: dict[str, FirstSight] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.console = Console(self.operator, self.deployment_id, self._came)
        self.console.start()
        threading.Thread(target=self._keep_looking, name="health", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self.console.stop()

    @property
    def pushes(self) -> int:
        return self.console.hints

    def last(self) -> Look:
        return self.looks[-1] if self.looks else Look(utc_now(), "unknown", ("not looked yet",))

    def said(self, since: datetime) -> list[str]:
        """Every sentence that the strip showed since then, each once, in order, without the seconds."""
        shown: Iterable[str] = (
            words for look in list(self.looks) if look.at >= since for words in look.words
        )
        return list(dict.fromkeys(_without_seconds(words) for words in shown))

    def _came(self, session: Session, alert: dict[str, Any]) -> None:
        if alert["id"] not in self.alerts:
            self.alerts[alert["id"]] = FirstSight(alert["id"], alert["number"], utc_now())

    def _keep_looking(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self.looks.append(self._look())

    def _look(self) -> Look:
        url = f"{self.other.base_url}/console/{self.deployment_id}/health.json"
        asked = time.monotonic()
        try:
            answer = self.other.http.get(url, timeout=PATIENCE_S, allow_redirects=False)
            if answer.status_code == AWAY:  # the page shows these words, as console-health.js does
                return Look(utc_now(), "unknown", (answer.json()["error"],))
            found = answer.json() if answer.ok and not answer.is_redirect else None
        except (requests.RequestException, ValueError) as lost:
            return Look(utc_now(), "unknown", (f"{NOT_CONNECTED} ({type(lost).__name__})",))
        if found is None:
            return Look(utc_now(), "unknown", (f"{NOT_CONNECTED} (status {answer.status_code})",))
        words = tuple(problem["words"] for problem in found["problems"])
        if time.monotonic() - asked > PATIENCE_S:
            words = (NOT_CONNECTED, *words)
        return Look(utc_now(), found["recognition"]["state"], words)


def _without_seconds(words: str) -> str:
    return " ".join("N" if word.strip(".,:").isdigit() else word for word in words.split())
