"""The officers of a rehearsal day: real sign-ins, sockets and requests to the platform's own addresses.

They stand in for people and nothing else: an operator fetches the two pictures it is served, as a browser
would, and compares them; it never sees a score before it has decided. What they know they know from the web
server.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import cv2
import numpy as np
import requests
from numpy.typing import NDArray
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from apps.demo import codes
from apps.demo.people import Person
from apps.ops.tracecheck.engine import EnginePack
from apps.recognition.engine.packs import Pack

# A browser asks anyway, in case a hint was lost (docs/explanation/architecture.md, invariant 7).
POLL_S = 3.0
REQUEST_TIMEOUT_S = 10


@dataclass
class Session:
    """One signed-in person at one console."""

    base_url: str
    person: Person
    http: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        """Raises RuntimeError when the platform does not let the person in."""
        password = {"username": self.person.username, "password": self.person.password}
        answer = self._send("/sign-in/", password)
        if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/code/"):
            answer = self._send("/sign-in/code/", {"code": codes.code_now(self.person.totp_secret)})
        if answer.status_code != 302:
            raise RuntimeError(f"{self.person.username} could not sign in: {answer.status_code}")

    def _send(self, path: str, fields: dict[str, str]) -> requests.Response:
        """A form as a browser sends it."""
        page = self.base_url + path
        self.http.get(page, timeout=REQUEST_TIMEOUT_S).raise_for_status()
        return self.http.post(
            page,
            data={**fields, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]},
            headers={"Referer": page},
            allow_redirects=False,
            timeout=REQUEST_TIMEOUT_S,
        )

    def get_json(self, path: str) -> dict[str, Any]:
        answer = self.http.get(
            self.base_url + path, headers={"Accept": "application/json"}, timeout=REQUEST_TIMEOUT_S
        )
        answer.raise_for_status()
        return dict(answer.json())

    def post_json(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self.http.post(
            self.base_url + path,
            json=body,
            headers={"X-CSRFToken": str(self.http.cookies["csrftoken"]), "Referer": self.base_url + path},
            timeout=REQUEST_TIMEOUT_S,
        )

    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)


class Console(threading.Thread):
    """Watches one deployment like the console page: a socket for hints, a fetch of what came after."""

    def __init__(self, session: Session, deployment_id: UUID, act: Callable[[Session, dict[str, Any]], None]):
        super().__init__(name=f"console {session.person.display_name}", daemon=True)
        self.session, self.deployment_id, self.act = session, deployment_id, act
        self.stopping = threading.Event()
        self.ready = threading.Event()
        self.hints = 0
        self.failures: list[str] = []
        self._revision = 0

    def run(self) -> None:
        address = urlsplit(self.session.base_url)
        url = f"ws://{address.netloc}/ws/console/{self.deployment_id}/"
        while not self.stopping.is_set():
            try:
                headers = {"Cookie": self.session.cookie_header()}
                with connect(url, origin=Origin(self.session.base_url), additional_headers=headers) as socket:
                    self._watch(socket)
            except (OSError, WebSocketException, requests.RequestException) as lost:
                self.failures.append(f"{type(lost).__name__}: {lost}")
                self.stopping.wait(0.5)

    def _watch(self, socket: Any) -> None:
        while not self.stopping.is_set():
            try:
                message = json.loads(socket.recv(timeout=POLL_S))
                self.hints += message["type"] == "news"
            except TimeoutError:
                pass
            self._fetch()
            self.ready.set()

    def _fetch(self) -> None:
        more = True
        while more:
            news = self.session.get_json(f"/console/{self.deployment_id}/alerts.json?after={self._revision}")
            for alert in news["alerts"]:
                self.act(self.session, alert)
            self._revision, more = news["revision"], news["more"]

    def stop(self) -> None:
        self.stopping.set()
        self.join(timeout=POLL_S + REQUEST_TIMEOUT_S)


@dataclass
class Operator:
    """Decides match or not from the two pictures alone, and notes when the alert was first on the screen."""

    pack: Pack
    decided: dict[str, str] = field(default_factory=dict)
    blind_failures: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __call__(self, session: Session, alert: dict[str, Any]) -> None:
        if alert["id"] in self.decided or "match" not in alert["actions"]:
            return
        if "cosine_similarity" in json.dumps(alert) or "threshold" in alert:
            self.blind_failures.append(alert["id"])
        session.post_json(f"/alerts/{alert['id']}/shown", {})
        pictures = [session.http.get(session.base_url + alert["pictures"][which], timeout=REQUEST_TIMEOUT_S)
                    for which in ("probe", "candidate")]  # fmt: skip
        decision = "match" if self._same_person(*(p.content for p in pictures)) else "not_a_match"
        answer = session.post_json(f"/alerts/{alert['id']}/operator", {"decision": decision})
        if answer.ok:
            self.decided[alert["id"]] = decision
        elif answer.status_code != 409:
            self.refused.append(f"{alert['id']}: {answer.status_code} {answer.text[:200]}")

    def _same_person(self, probe: bytes, candidate: bytes) -> bool:
        """Whether the surest face in each picture is the same person's; no face is never a match."""
        faces: list[NDArray[np.float32]] = []
        for picture in (probe, candidate):
            image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
            if image is None:
                return False
            found = EnginePack(self.pack).templates(np.asarray(image, np.uint8))
            if not len(found):
                return False
            faces.append(found[0])
        return float(np.dot(*faces)) >= self.pack.manifest.default_threshold


@dataclass
class EngagementOfficer:
    """Engages, establishes identity by ordinary means, records the outcome of a test subject."""

    done: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __call__(self, session: Session, alert: dict[str, Any]) -> None:
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("engage", "engagement", {"decision": "engage", "reason": ""}),
            ("identified", "identified", {}),
            ("outcome", "outcome", {"outcomes": ["test_subject_recognised"]}),
        ]
        for action, path, body in steps:
            if action in alert["actions"] and self.done.get(alert["id"]) != "outcome":
                answer = session.post_json(f"/alerts/{alert['id']}/{path}", body)
                if answer.ok:
                    self.done[alert["id"]] = action
                else:
                    self.refused.append(f"{alert['id']} {path}: {answer.status_code} {answer.text[:200]}")
                return


def wait_until(condition: Callable[[], bool], *, timeout_s: float, every_s: float = 0.25) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every_s)
    return condition()
