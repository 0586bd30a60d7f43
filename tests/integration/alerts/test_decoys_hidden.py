"""A decoy is not known for one before it is decided, and no alert waits because of one."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
import pytest
from django.db import connections

from apps.alerts import api as alerts
from apps.alerts import decoys, push
from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.models import Camera
from apps.ops import tasks
from apps.recognition.engine.enrol import KEPT_SIDE_PX
from apps.recognition.engine.pipeline import PipelineConfig
from tests.support.alert_stage import make_stage
from tests.support.decoy_days import agree, at_console, show, the_decoy

pytestmark = pytest.mark.django_db(transaction=True)


def listed_picture():
    """As large as a list keeps one, with detail in it."""
    noise = np.random.default_rng(1).integers(0, 255, (KEPT_SIDE_PX, 800, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


@pytest.fixture
def stage(real_db):
    stage = make_stage("hidden", decoys=True, decoy_minutes=10, pictures=(listed_picture(),))
    agree(stage, *stage.subjects[:2])
    at_console(stage, stage.operator)
    return stage


def test_neither_its_picture_nor_its_times_tell_it_from_an_alert(stage):
    show(stage)
    (said,) = at_console(stage, stage.operator)["alerts"]
    late_s = (
        datetime.fromisoformat(said["raised_at"]) - datetime.fromisoformat(said["captured_at"])
    ).total_seconds()
    assert 0.2 < late_s < 2
    probe = stage.operator.client().get(said["pictures"]["probe"]).content
    shape = cv2.imdecode(np.frombuffer(probe, np.uint8), cv2.IMREAD_COLOR).shape
    assert max(shape[:2]) <= PipelineConfig().face_max_side
    assert probe != listed_picture()


def test_it_comes_from_a_camera_that_sees_and_from_none_that_is_stopped(stage):
    gate, steps = (camera.id for camera in stage.cameras)
    assert show(stage, seeing=lambda _: []) == 0
    with stage.context():
        for camera in stage.cameras:
            Camera.objects.create(id=camera.id, name=camera.name, registered_at=utc_now())
        deployments.stop_camera(
            deployment_id=stage.deployment_id, camera_id=gate, heard_at=None, reason="silent", now=utc_now()
        )
    assert show(stage, seeing=lambda _: [gate]) == 0
    assert show(stage, seeing=lambda _: [gate, steps]) == 1
    assert the_decoy(stage).camera_id == steps


def test_a_board_beside_the_console_gives_it_away_to_nobody(stage):
    """An operator may open the board too: what waits for an operator there is what the console asks."""
    show(stage)
    waiting = stage.within(alerts.by_state, deployment_id=stage.deployment_id)
    assert {state: each.count for state, each in waiting.items()} == {AlertState.RAISED: 1}
    home = stage.within(alerts.waiting, deployment_ids=[stage.deployment_id])[stage.deployment_id]
    assert home.operator == 1
    stage.decide(the_decoy(stage).id, OperatorDecision.UNSURE)
    assert stage.within(alerts.by_state, deployment_id=stage.deployment_id) == {}


def test_no_figure_of_a_board_less_another_says_that_one_is_a_decoy(stage):
    stage.raise_alert(subject_id=stage.subjects[2], now=utc_now() - timedelta(minutes=30))
    with stage.context():
        Alert.objects.filter(decoy=False).update(state=AlertState.NOT_A_MATCH)
    show(stage)
    board = stage.operator.client().get(f"/board/{stage.deployment_id}/").context["board"]
    tiles = {tile.what: tile.count for tile in board.tiles}
    assert tiles["All alerts"] == board.summary.alerts == 2
    assert tiles["Wait for an operator"] == board.summary.unresolved == 1
    assert sum(tiles.values()) == 2 * tiles["All alerts"]


def test_consoles_hear_of_an_alert_before_the_decoy_is_taken_away(stage, monkeypatch):
    show(stage)
    done: list[str] = []

    def told(deployment_id: UUID, revision: int) -> None:
        done.append(f"told {revision}")

    real = decoys.withdraw
    monkeypatch.setattr(push, "send_soon", told)
    monkeypatch.setattr(decoys, "withdraw", lambda **values: (done.append("withdraws"), real(**values)))
    alert = stage.raise_alert(subject_id=stage.subjects[2])
    assert done[:2] == [f"told {alert.revision}", "withdraws"]


def test_an_alert_does_not_wait_for_whoever_writes_on_a_decoy_and_the_next_sweep_ends_it(stage):
    show(stage)
    decoy = the_decoy(stage)
    held, let_go = threading.Event(), threading.Event()

    def writes() -> None:
        with stage.context():
            list(Alert.objects.select_for_update().filter(id=decoy.id))
            held.set()
            let_go.wait(20)
        connections.close_all()

    def raises() -> None:
        stage.raise_alert(subject_id=stage.subjects[2])
        connections.close_all()

    writer = threading.Thread(target=writes)
    writer.start()
    assert held.wait(10)
    raising = threading.Thread(target=raises)
    raising.start()
    raising.join(10)
    waited = raising.is_alive()
    let_go.set()
    raising.join()
    writer.join()
    assert not waited
    assert stage.alert(decoy.id).state is AlertState.RAISED
    # Also where the force has turned decoys off meanwhile, and where a worker died before it took it away.
    assert show(stage, later=timedelta(seconds=1)) == 0
    assert stage.alert(decoy.id).state is AlertState.EXPIRED


def test_the_sweep_shows_none_while_no_camera_sees(stage):
    """Nothing sends a frame here, as the console says."""
    assert stage.within(tasks._show_decoys, utc_now()) == 0
    assert show(stage) == 1
