"""Health over HTTP: who may read it, what it says on real rows, and that it names nobody."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.database_clock import database_now
from apps.core.errors import NotFound
from apps.deployments.data import DeploymentState
from apps.deployments.models import Deployment
from apps.live import api as live
from apps.live import operations
from apps.live.data import (
    Blindness,
    CameraState,
    ClosedGap,
    GapReason,
    RecognitionState,
    ShardRef,
    ShardReport,
)
from apps.live.queries import shard_scope
from apps.relays.models import IngestTally, Relay
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage():
    return make_stage()


def enrolled(stage, *, seen_at, cameras=None):
    with stage.context():
        return Relay.objects.create(
            name="Van 1",
            key_id=uuid4().hex[:16],
            key_sha256=b"0" * 32,
            deployment_id=stage.deployment_id,
            camera_ids=[str(camera.id) for camera in cameras or stage.cameras],
            enrolled_at=utc_now(),
            last_seen_at=seen_at,
        )


def sent(stage, camera, at):
    with stage.context():
        IngestTally.objects.create(
            deployment_id=stage.deployment_id, camera_id=camera.id, received=5, last_received_at=at
        )


def recognising(stage, now):
    """A worker holds the shard and sees."""
    ref = ShardRef(stage.force.id, stage.deployment_id, 0)
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    lease = operations.acquire(ref=ref, scope=scope, holder="w", now=now)
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    operations.renew(lease=lease, report=ShardReport(scope=scope, closed=closed), now=now)


def read(stage, client=None):
    client = client or stage.operator.client()
    answer = client.get(f"/console/{stage.deployment_id}/health.json", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_day_as_it_should_be_and_one_camera_that_falls_silent(stage):
    now = utc_now()
    north, steps = stage.cameras
    enrolled(stage, seen_at=now)
    recognising(stage, now)
    sent(stage, north, now)
    sent(stage, steps, now - timedelta(seconds=12))
    answer = read(stage)
    assert answer["recognition"]["state"] == "running"
    assert [(camera["name"], camera["state"]) for camera in answer["cameras"]] == [
        ("North gate", "seeing"),
        ("Station steps", "silent"),
    ]
    (problem,) = answer["problems"]
    assert problem["words"].startswith("Station steps has sent nothing for 1")


def test_without_relay_and_worker_everything_is_said_to_be_missing(stage):
    answer = read(stage)
    assert answer["recognition"]["state"] == "starting"
    assert {camera["state"] for camera in answer["cameras"]} == {"no_relay"}
    assert len(answer["problems"]) == 3


def test_a_lapsed_lease_is_no_recognition(stage):
    now = utc_now()
    enrolled(stage, seen_at=now)
    recognising(stage, now - timedelta(seconds=20))
    for camera in stage.cameras:
        sent(stage, camera, now)
    with stage.context():
        health = live.recognition_health(deployment_id=stage.deployment_id, now=now)
        cameras = live.camera_health(deployment_id=stage.deployment_id, now=now)
    assert health == (RecognitionState.NOT_RUNNING, "Recognition is not running: worker lost, for 20 s.")
    assert {camera.state for camera in cameras} == {CameraState.BLIND}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DeploymentState.SUSPENDED, "this deployment is suspended"),
        (DeploymentState.ENDED, "this deployment has ended"),
        (DeploymentState.REVOKED, "the authority was revoked"),
    ],
)
def test_where_the_deployment_does_not_run_recognition_is_off_and_nothing_is_wrong(stage, state, words):
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state=state)
    answer = read(stage)
    assert answer["recognition"] == {
        "state": "off",
        "words": f"Recognition is off: {words}.",
        "degraded": False,
    }
    assert {camera["state"] for camera in answer["cameras"]} == {"idle"}
    assert answer["problems"] == []


def test_the_window_that_is_over_ends_it_even_when_nobody_pressed_end(stage):
    with stage.context():
        window_end = live.health(deployment_id=stage.deployment_id, now=utc_now()).at + timedelta(hours=6)
        health = live.recognition_health(deployment_id=stage.deployment_id, now=window_end)
    assert health == (RecognitionState.OFF, "Recognition is off: the authorised window is over.")


def test_another_forces_deployment_does_not_exist(stage):
    other = make_stage("south")
    client = stage.operator.client()
    address = "/console/{}/health.json"
    answer = client.get(address.format(other.deployment_id))
    assert answer.status_code == 404
    assert "North gate" not in answer.content.decode()
    with stage.context(), pytest.raises(NotFound):
        live.camera_health(deployment_id=other.deployment_id, now=utc_now())


@pytest.mark.parametrize("role", [Role.PLANNER, Role.OVERSIGHT, Role.FORCE_ADMIN])
def test_who_does_not_work_on_the_day_reads_nothing(stage, role):
    client = stage.person("other", role).client()
    assert client.get(f"/console/{stage.deployment_id}/health.json").status_code == 403


def test_a_script_without_a_session_is_told_so(stage):
    answer = Client().get(
        f"/console/{stage.deployment_id}/health.json", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER, Role.SYSTEM_ENGINEER]
)
def test_it_names_nobody_and_is_never_kept(stage, role):
    stage.raise_alert()
    client = stage.person("reader", role).client()
    answer = client.get(f"/console/{stage.deployment_id}/health.json")
    assert answer["Cache-Control"] == "no-store, private"
    for secret in ("TEST-01", "Test Subject", "cosine", "threshold", "picture"):
        assert secret not in answer.content.decode()


def test_the_number_of_queries_does_not_grow_with_relays_and_cameras(stage):
    client = stage.operator.client()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            read(stage, client)
        return len(captured)

    before = queries()
    now = utc_now()
    recognising(stage, now)
    for camera in stage.cameras:
        enrolled(stage, seen_at=now, cameras=(camera,))
        sent(stage, camera, now)
    assert queries() == before


def in_order(stage):
    """A day on which everything runs: relay connected, both cameras sending, a worker that sees. All of it
    noted by other machines, by the database's clock."""
    now = database_now()
    enrolled(stage, seen_at=now)
    recognising(stage, now)
    for camera in stage.cameras:
        sent(stage, camera, now)


WRONG_BY = [timedelta(seconds=90), timedelta(seconds=-90)]
AHEAD_OR_BEHIND = pytest.mark.parametrize("wrong_by", WRONG_BY, ids=["ahead", "behind"])


@AHEAD_OR_BEHIND
def test_a_web_server_with_a_wrong_clock_calls_nothing_lost_that_is_there(stage, wrong_by):
    reader = stage.person("reader", Role.OPERATOR, Role.SYSTEM_ENGINEER).client()
    in_order(stage)
    with time_machine.travel(utc_now() + wrong_by):
        answer = read(stage, reader)
        cameras = reader.get(f"/deployments/{stage.deployment_id}/cameras/").content.decode()
        board = reader.get(f"/board/{stage.deployment_id}/").content.decode()
        equipment = reader.get("/equipment/").content.decode()
    assert answer["problems"] == []
    assert answer["summary"] == "Recognition running · 2 of 2 cameras seeing"
    assert all(camera["last_frame_age_s"] < 60 for camera in answer["cameras"])
    for page in (cameras, board):
        assert "Recognition is running." in page
        assert "has sent nothing" not in page
        assert "is not connected" not in page
    assert "Nothing for" not in equipment


@AHEAD_OR_BEHIND
def test_a_web_server_with_a_wrong_clock_hides_nothing_that_is_lost(stage, wrong_by):
    reader = stage.operator.client()
    long_ago = database_now() - timedelta(seconds=60)
    enrolled(stage, seen_at=long_ago)
    recognising(stage, long_ago)
    for camera in stage.cameras:
        sent(stage, camera, long_ago)
    with time_machine.travel(utc_now() + wrong_by):
        answer = read(stage, reader)
    assert answer["recognition"]["state"] == "not_running"
    assert {camera["state"] for camera in answer["cameras"]} == {"no_relay"}
    assert all(59 < camera["last_frame_age_s"] < 89 for camera in answer["cameras"])


@AHEAD_OR_BEHIND
def test_who_is_at_the_console_is_known_whichever_server_they_ask(stage, wrong_by):
    with time_machine.travel(utc_now() + wrong_by):
        stage.operator.client().get(f"/console/{stage.deployment_id}/alerts.json")
    said = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()
    assert {each["label"] for each in said["presence"]} == {
        stage.operator.actor.label,
        stage.officer.actor.label,
    }
    assert said["nobody_here"] == ""
