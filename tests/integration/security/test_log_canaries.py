"""Nothing of a person in any log: unmistakable values go through a whole day and all that can fail, and then
every log is searched for them: the web server's (its access log too), a worker's, this process's, the
database's, Valkey's, and what Valkey holds in memory.

All loggers say all they can, as production would write it (docs/reference/logs.md).
"""

import json
import logging
import re
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import pytest

from tests.access import inventory
from tests.support import canaries

CLONE = Path(__file__).resolve().parents[3]
KEYS = {"time", "level", "logger", "event", "request_id", "force_id", "error"}


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker, services, tmp_path_factory):
    """(logs by where they come from, what to look for)."""
    from django.db import connections
    from django.test.utils import override_settings

    from tests.support import database, trained
    from tests.support.canary_day import play
    from tests.support.services import forget_keys

    with (
        django_db_blocker.unblock(),
        override_settings(ROOT_URLCONF=inventory.URLCONF),
        mock.patch.object(trained, "named", return_value=canaries.STAFF),
    ):
        try:
            yield play(services, tmp_path_factory.mktemp("logs"))
        finally:
            connections.close_all()
            database.reset(services.worker_owner_url)
            forget_keys(services)


SOURCES = ("this process", "leaky_worker", "leaky_server", "postgres", "valkey", "what Valkey holds")


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_of_a_person_is_in_it(played, source):
    logs, wanted = played
    assert not canaries.found_in(logs[source], wanted)


def test_the_values_would_be_found(played):
    """The search itself: each kind of value in a line of its own."""
    _, wanted = played
    lines = [
        f"Not Found: /people/{quote(canaries.NAME)}/",
        f"task(args=['{canaries.NAME}'])",
        f"DETAIL: Key (reference)=({canaries.REFERENCE})",
        repr(canaries.portrait()),
        str(canaries.template()[:4].tolist()),
    ]
    for line in lines:
        assert canaries.found_in(line.encode(), wanted), line


def test_everything_was_told_all_the_same(played):
    """A log that says nothing would pass, too."""
    logs, _ = played
    server, worker = logs["leaky_server"].decode(), logs["leaky_worker"].decode()
    for told in (
        "ValueError",
        "DataError",
        "IntegrityError",
        "NoReverseMatch",
        "RuntimeError",
        "Not Found: /people/*/",
    ):
        assert told in server
    for told in ("GET /records/*/ HTTP", "Forbidden (", "refused as suspicious", "Method Not Allowed"):
        assert told in server
    for told in ("leak.fails", "ValueError", "leak.works", "leak.tries", "unregistered task"):
        assert told in worker
    assert "the database system" in logs["postgres"].decode() or logs["postgres"] == b""


@pytest.mark.parametrize("source", ["this process", "leaky_worker", "leaky_server"])
def test_each_line_is_one_object_with_the_documented_fields(played, source):
    logs, _ = played
    lines = [line for line in logs[source].decode().splitlines() if line.startswith("{")]
    for line in lines:
        found = json.loads(line)
        assert {"time", "level", "logger", "event"} <= set(found) <= KEYS
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["time"])
    others = [line for line in logs[source].decode().splitlines() if not line.startswith("{")]
    assert source == "leaky_worker" or not others, others[:5]


def test_lines_about_one_request_or_task_share_its_id(played):
    """Of an error that a page raised: the traceback, and the line of the access log."""
    logs, _ = played
    lines = [json.loads(line) for line in logs["leaky_server"].splitlines()]
    failed = next(line for line in lines if "DataError" in line.get("error", ""))
    same = [line["logger"] for line in lines if line.get("request_id") == failed["request_id"]]
    assert "uvicorn.access" in same
    assert len(failed["request_id"]) == 36
    tasks = [json.loads(line) for line in logs["leaky_worker"].splitlines() if line.startswith(b"{")]
    task = next(line for line in tasks if "leak.fails" in line["event"] and line["level"] == "ERROR")
    assert task["request_id"] in task["event"]


def test_a_line_says_in_which_force_it_was_written(world_of_one):
    from apps.core.redaction import JsonFormatter
    from apps.core.tenancy import force_context

    record = logging.makeLogRecord({"msg": "a purge failed", "levelname": "ERROR", "name": "apps.retention"})
    with force_context(world_of_one):
        assert json.loads(JsonFormatter().format(record))["force_id"] == str(world_of_one)
    assert "force_id" not in json.loads(JsonFormatter().format(record))


@pytest.fixture
def world_of_one(real_db):
    from apps.core.clock import utc_now
    from apps.forces import api as forces

    return forces.create_force(slug="one", name="One", now=utc_now()).id


def test_production_writes_such_lines():
    """The profile itself cannot be imported beside another one."""
    profile = (CLONE / "lfrplatform" / "settings" / "production.py").read_text()
    assert 'LOGGING = logging(env.text("LFR_LOG_LEVEL", "INFO"), formatter="json")' in profile
