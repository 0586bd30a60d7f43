"""People whose page asks while the database is away: words that say so, not "an error"."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.core import outage
from tests.support.alert_stage import make_stage
from tests.support.outages import database_door

pytestmark = pytest.mark.usefixtures("real_db")
JSON = {"Accept": "application/json"}


def test_whoever_asks_is_told_that_the_database_is_away(services, valkey):
    stage = make_stage()
    client = stage.operator.client()
    client.raise_request_exception = False
    address = f"/console/{stage.deployment_id}/health.json"
    assert client.get(address, headers=JSON).status_code == 200
    with database_door(services) as door:
        door.close()
        health = client.get(address, headers=JSON)
        page = client.get("/")
        api = Client(raise_request_exception=False).get(
            "/api/v1/deployments/", headers={"Authorization": f"Bearer lfr_{'a' * 16}_{'b' * 43}"}
        )
    assert health.status_code == 503
    assert health.json() == {"error": outage.WORDS, "code": "database_away"}
    assert "No decision means no stop" in outage.WORDS
    assert (health["Cache-Control"], health["Retry-After"]) == ("no-store", "3")
    assert page.status_code == 503
    assert outage.WORDS.replace("'", "&#x27;") in page.content.decode()
    assert api.headers["Content-Type"] == "application/problem+json"
    assert client.get(address, headers=JSON).status_code == 200


def test_another_error_stays_one(monkeypatch, valkey):
    stage = make_stage()
    client = stage.operator.client()
    client.raise_request_exception = False

    def fails(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("apps.live.views.reads.health", fails)
    answer = client.get(f"/console/{stage.deployment_id}/health.json", headers=JSON)
    assert answer.status_code == 500
    assert b"database" not in answer.content
