"""A day of two forces with unmistakable values, and all that can fail with one: for test_log_canaries.py.

`play` returns what every log says of it, and what none may say.
"""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.forces.models import Force
from apps.watchlists.models import Consent, Subject
from lfrplatform.celery import app
from lfrplatform.embedded import locate
from lfrplatform.settings import base
from tests.access import inventory
from tests.access.stage import kind_of, make_world
from tests.access.table import load
from tests.access.trying import path_of
from tests.integration.security.test_log_of_a_server import wait_for
from tests.support import canaries
from tests.support.days import IMPORTED, START, astronaut, listed
from tests.support.engaging import do
from tests.support.import_jobs import run
from tests.support.leaky_words import PASSWORD, PLANTED
from tests.support.leaky_worker import QUEUE
from tests.support.signing_in import session_of
from tests.support.uploads import csv_bytes, uploaded, zip_bytes

CLONE = Path(__file__).resolve().parents[2]
CSRF = "a" * 32


def play(services: Any, folder: Path) -> tuple[dict[str, bytes], list[bytes]]:
    """The logs by where they come from, and what to look for."""

    place = locate("test", var=CLONE / "var")
    of_servers = {name: place.log(name) for name in ("postgres", "valkey")}
    before = {name: path.stat().st_size for name, path in of_servers.items()}
    valkey = redis.Redis.from_url(services.redis_url)
    with EverythingSaid() as own:
        world = make_world()
        secrets = a_day(world)
    with Running(services, folder, "leaky_worker") as worker:
        tasks_fail()
        worker.wait(60)
    secrets += asked_of_a_server(services, folder, world)
    logs = {"this process": own.getvalue().encode()}
    logs |= {name: (folder / name).read_bytes() for name in ("leaky_worker", "leaky_server")}
    for name, path in of_servers.items():
        with path.open("rb") as file:
            file.seek(before[name] if path.stat().st_size >= before[name] else 0)
            logs[name] = file.read()
    # Who is at a console just now is told to their colleagues, by name, and gone within seconds.
    logs["what Valkey holds"] = canaries.memory_of(valkey, but=b":present:")
    valkey.delete(*valkey.keys(f"*{QUEUE}*") or ["-"])
    valkey.close()
    return logs, canaries.needles(
        *(secret.lower() for secret in secrets),
        *(PLANTED.lower(), PASSWORD, canaries.SLUG),
        pictures=(canaries.portrait(), canaries.template().tobytes()),
        floats=canaries.template()[:8],
    )


class EverythingSaid:
    """Every logger of this process at DEBUG, through production's handler, into a text."""

    def __enter__(self):

        wanted = base.logging("DEBUG", formatter="json")
        self.out = io.StringIO()
        self.handler = logging.StreamHandler(self.out)
        formatter, _, name = wanted["formatters"]["json"]["()"].rpartition(".")
        self.handler.setFormatter(getattr(sys.modules[formatter], name)())
        (own,) = wanted["handlers"]["console"]["filters"]
        formatter, _, name = wanted["filters"][own]["()"].rpartition(".")
        self.handler.addFilter(getattr(sys.modules[formatter], name)())
        known = [
            each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)
        ]
        self.before = {logger: logger.level for logger in (logging.root, *known)}
        for logger in self.before:
            logger.setLevel(logging.DEBUG)
        logging.root.addHandler(self.handler)
        return self.out

    def __exit__(self, *_):
        logging.root.removeHandler(self.handler)
        for logger, level in self.before.items():
            logger.setLevel(level)


def a_day(world):
    """A list with names and portraits, a run with words that name people, alerts, and its end."""

    side = world.home
    day, stage = side.day, side.stage
    named = {"display_name": canaries.NAME, "selected_reason": canaries.WORDS}
    with stage.context():
        Force.objects.filter(id=side.force_id).update(sign_check_minutes=240)
        Subject.objects.update(**named, offence=canaries.OFFENCE, special_reason=canaries.WORDS)
        Consent.objects.filter(reference="CONSENT-TS-001").update(member_label=canaries.NAME)
    day.to(S.LIVE)
    with stage.context():
        Subject.objects.update(**named)
    day.step(deployments.suspend, day.silver, START, reason=canaries.WORDS)
    day.step(deployments.revoke, day.officer, START, reasons=canaries.WORDS)
    day.to(S.NOTICE_PUBLISHED)
    rows = [listed(canaries.REFERENCE), listed("TS-001")]
    files = {
        "watchlist.csv": csv_bytes(
            [_of_a_row(row, name) for row, name in zip(rows, ("a", "b"), strict=True)]
        ),
        "pictures/a.jpg": canaries.portrait(),
        "pictures/b.jpg": astronaut(),
    }
    with mock.patch("celery.app.base.Celery.send_task"):
        job = day.step(deployments.begin_import, day.planner, IMPORTED, upload=uploaded(zip_bytes(files)))
    assert run(day, job) == "checked"
    later = utc_now() + timedelta(minutes=5)
    seen = {"probe_jpeg": canaries.portrait(), "template": canaries.template(), "now": later}
    alert = stage.raise_alert(subject_id=stage.subjects[1], **seen)
    stage.decide(alert.id, OperatorDecision.MATCH)
    refused = {"decision": EngagementDecision.DO_NOT_ENGAGE, "reason": canaries.WORDS}
    do(stage, alerts.engagement_decide, alert, **refused)
    return [*side.tokens.values(), side.secrets["relay key"], side.things["link.join"]["token"]]


def _of_a_row(row, picture):

    return replace(row, display_name=canaries.NAME, offence=canaries.OFFENCE, picture_name=f"{picture}.jpg")


class Running:
    """A process of the platform with a planted log: its output goes to folder/name."""

    def __init__(self, services, folder, name, *arguments):
        with (folder / name).open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"tests.support.{name}", *arguments],
                cwd=CLONE,
                env={**os.environ, **services.environment()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def tasks_fail():
    """What a worker may meet: a failure, a success, a retry, a task that nobody knows, and no task at all."""

    send = {"queue": QUEUE}
    app.send_task("leak.fails", args=[canaries.NAME], kwargs={"password": canaries.PASSWORD}, **send)
    app.send_task("leak.works", args=[canaries.NAME], kwargs={"reason": canaries.WORDS}, **send)
    app.send_task("leak.tries", args=[canaries.NAME], **send)
    app.send_task("leak.unknown", args=[canaries.NAME, canaries.MAIL], **send)
    app.send_task("leak.works", args=[canaries.NAME], kwargs={"name": canaries.NAME}, **send)
    app.send_task("leak.end", countdown=1, **send)


class Browser:
    """Somebody at the real server, with a new sign-in for each request: each key of one is looked for."""

    def __init__(self, port, username):
        self.port, self.username, self.sessions = port, username, []

    def send(self, method, path, fields=None, *, files=None, headers=None, body=None):

        self.sessions.append(session_of(self.username))
        sent = {"Cookie": f"sessionid={self.sessions[-1]}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        if files:
            body = encode_multipart(BOUNDARY, {**(fields or {}), **files})
            sent["Content-Type"] = MULTIPART_CONTENT
        elif fields is not None:
            body = urlencode(fields)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body=body, headers={**sent, **(headers or {})})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


def asked_of_a_server(services, folder, world):
    """Every address with names where they may stand, and failures of every kind. Returns keys of sessions."""

    port = free_port()
    with Running(services, folder, "leaky_server", str(port), "json") as process:
        wait_for(port, process)
        browser = Browser(port, world.members["everything"].username)
        statuses = [browser.send(*request) for request in of_the_table(world)]
        assert {200, 403, 404} <= set(statuses)
        fail(browser)
        upload(browser, world)
    return browser.sessions


def free_port():

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def of_the_table(world):
    """(method, path, fields): each row once, with everything that somebody could type."""

    addresses = {}
    for address in inventory.addresses():
        addresses.setdefault(address.name, address)
    for row in load().routes:
        address = addresses.get(row.name)
        if address is None or address.app == "demo":
            continue
        side = world.home
        names = row.on or side.of_kind(kind_of(address.ids, row))
        path = path_of(address, side.things[names[0]], row)
        if row.method == "GET":
            yield "GET", f"{path}?{urlencode({'q': canaries.NAME, 'reference': canaries.REFERENCE})}", None
        else:
            yield row.method, path, canaries.FIELDS | dict.fromkeys(row.send, canaries.WORDS)


def fail(browser):
    """Errors that quote what they failed at, and requests that are refused before any page is asked."""
    for kind in ("value", "database", "unique", "reverse"):
        assert browser.send("GET", f"/leak/{kind}/") == 500
    assert browser.send("POST", "/leak/picture/", body=canaries.portrait()) == 500
    name, query = quote(canaries.NAME), urlencode({"q": canaries.WORDS, "token": canaries.TOKEN})
    for path in (
        f"/people/{name}/",
        f"/records/{canaries.REFERENCE}/",
        f"/notices/{canaries.SLUG}/",
        f"/{name}",
    ):
        assert browser.send("GET", f"{path}?{query}") == 404
    assert browser.send("GET", f"/join/{canaries.TOKEN}/") < 500
    assert browser.send("DELETE", f"/notices/?{query}") in (403, 405)
    hidden = {"X-CSRFToken": "", "Origin": f"http://{canaries.SLUG}.example", "Referer": f"/{name}?{query}"}
    assert browser.send("POST", f"/sign-in/?next=/{name}", canaries.FIELDS, headers=hidden) in (302, 403)
    assert browser.send("POST", "/sign-in/", canaries.FIELDS | {"password": canaries.PASSWORD}) < 500
    assert browser.send("GET", "/", headers={"Host": f"{canaries.SLUG}.example"}) == 400
    many = {f"{canaries.SLUG}-{number}": canaries.NAME for number in range(1100)}
    assert browser.send("POST", "/sign-in/", many) in (400, 413)
    bearer = {"Authorization": f"Bearer {canaries.TOKEN}", "Content-Type": "application/json"}
    broken = json.dumps(canaries.FIELDS)[:-1]
    assert browser.send("POST", "/api/v1/deployments/", headers=bearer, body=broken) == 401
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": f"http://{canaries.SLUG}.example"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    assert browser.send("GET", f"/ws/{canaries.SLUG}/?{query}", headers=upgrade) in (403, 404)


def upload(browser, world):
    """A list that is none, and a photograph with a name in it: refused."""

    live = world.home.things["deployment.live"]
    for route in ("deployments:watchlist", "deployments:signs"):
        files = dict.fromkeys(("archive", "csv", "pictures", "photograph"))
        files = {field: _file(field) for field in files}
        status = browser.send("POST", reverse(route, kwargs=live), canaries.FIELDS, files=files)
        assert status < 500


def _file(field):

    content = canaries.portrait() if field != "csv" else canaries.WORDS.encode()
    return SimpleUploadedFile(f"{canaries.NAME}.jpg", content, "image/jpeg")
