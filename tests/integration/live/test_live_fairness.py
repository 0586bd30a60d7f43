"""One shard, two cameras: what one of them sends, however much and bad, takes nothing from the other."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID, uuid4

import numpy as np
import pytest

from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.live import api as live
from apps.live.data import ShardScope
from apps.live.turns import Turns
from apps.recognition.engine.pipeline import ShardPipeline
from apps.relays import framebus
from tests.support.live_stage import make_live_stage
from tests.support.relay_frames import bus_frame
from tests.support.walkers import HEIGHT, WIDTH, Camera, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")
MANY = framebus.STREAM_CAP + 4
# Longer than a silence has to be, shorter than a lease is good for.
TOO_LONG_S = 3.5


def counts(stage, camera_id):
    with stage.context():
        found = {row.camera_id: row for row in live.tallies(deployment_id=stage.deployment_id)}
    return found.get(camera_id)


def flood(stage, rubbish, first):
    """As many frames as the bus holds and more, and none of them is a picture."""

    async def send():
        for sequence in range(first, first + MANY):
            frame = replace(rubbish, sequence=sequence, received_at=utc_now())
            await framebus.publish(deployment_id=stage.deployment_id, frame=frame, now=utc_now())

    asyncio.run(send())


def test_a_camera_that_floods_with_rubbish_does_not_keep_another_from_being_looked_at(photos, valkey):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()}, cameras=2)
    noisy, quiet = (camera.id for camera in stage.cameras)
    camera = Camera(stage, quiet, valkey)
    frames = walk(person(photos / "subject_a_2.jpg"))
    whole = bus_frame(noisy, 1, frames[0])
    rubbish = replace(whole, jpeg=whole.jpeg[:200])
    with running(stage):
        for number, frame in enumerate(frames):
            flood(stage, rubbish, 1 + 100 * number)
            camera.play([frame])
        wait_for(lambda: (row := counts(stage, quiet)) and row.frames == len(frames))
        wait_for(
            lambda: counts(stage, noisy).undecodable + counts(stage, noisy).dropped >= MANY * len(frames)
        )
    assert counts(stage, quiet).dropped == 0
    assert counts(stage, noisy).frames == 0
    with stage.context():
        raised = alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts
    assert [alert.camera_id for alert in raised] == [quiet]


@pytest.fixture
def rounds(monkeypatch):
    """Whose frames each call of the engine had."""
    seen, process = [], ShardPipeline.process

    def noted(self, frames):
        seen.append(sorted(frame.camera_id for frame in frames))
        return process(self, frames)

    monkeypatch.setattr(ShardPipeline, "process", noted)
    return seen


def test_no_camera_waits_for_the_faces_of_another(photos, valkey, rounds):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()}, cameras=2)
    cameras = [Camera(stage, camera.id, valkey) for camera in stage.cameras]
    for camera in cameras:
        camera.show(np.full((HEIGHT, WIDTH, 3), 120, np.uint8))
    with running(stage):
        wait_for(lambda: all((row := counts(stage, each.camera_id)) and row.frames for each in cameras))
    assert sorted(rounds) == sorted([str(camera.id)] for camera in stage.cameras)


@pytest.mark.parametrize(("provider", "at_once"), [("CPUExecutionProvider", 1), ("CUDAExecutionProvider", 3)])
def test_whoever_was_looked_at_longest_ago_is_next_and_an_accelerator_takes_all(valkey, provider, at_once):
    deployment_id, cameras = uuid4(), tuple(UUID(int=number) for number in (1, 2, 3))
    scope, order = ShardScope(cameras=cameras, sole=True), []
    picture = np.zeros((8, 8, 3), np.uint8)
    taking = Turns(SimpleNamespace(provider=provider))
    for sequence in (1, 2, 3, 4):
        for camera_id in cameras:
            frame = bus_frame(camera_id, sequence, picture)
            asyncio.run(framebus.publish(deployment_id=deployment_id, frame=frame, now=utc_now()))
        batch = taking.take(deployment_id=deployment_id, scope=scope, block_ms=0)
        assert len(batch.frames) == at_once
        assert all(frame.sequence == sequence for frame in batch.frames), "the newest, not what waited"
        assert taking.nothing == (), "whose turn has not come is not said to be silent"
        order += [frame.camera_id for frame in batch.frames]
    assert tuple(order[:3]) == cameras
    assert order[3] == order[0]


@pytest.mark.parametrize("provider", ["CPUExecutionProvider", "CUDAExecutionProvider"])
def test_of_a_camera_that_was_asked_before_another_it_is_known_that_nothing_waited(valkey, provider):
    deployment_id, cameras = uuid4(), tuple(UUID(int=number) for number in (1, 2, 3))
    scope = ShardScope(cameras=cameras, sole=True)
    taking = Turns(SimpleNamespace(provider=provider))
    taking.take(deployment_id=deployment_id, scope=scope, block_ms=0)
    assert taking.nothing == cameras
    frame = bus_frame(cameras[1], 1, np.zeros((8, 8, 3), np.uint8))
    asyncio.run(framebus.publish(deployment_id=deployment_id, frame=frame, now=utc_now()))
    taking.take(deployment_id=deployment_id, scope=scope, block_ms=0)
    asked = cameras[:1] if provider == "CPUExecutionProvider" else (cameras[0], cameras[2])
    assert taking.nothing == asked


def test_a_look_that_takes_too_long_is_no_fault_of_the_camera(photos, valkey, monkeypatch):
    """The camera goes on sending while nobody looks: the record must not say that it was silent."""
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    camera, process = Camera(stage, stage.camera_id, valkey), ShardPipeline.process
    slow, goes_on = threading.Event(), threading.Event()

    def slowly(self, frames):
        if slow.is_set():
            goes_on.wait(30)
        return process(self, frames)

    monkeypatch.setattr(ShardPipeline, "process", slowly)
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    with running(stage):
        camera.play([picture])
        wait_for(lambda: (row := counts(stage, camera.camera_id)) and row.frames)
        slow.set()
        camera.play([picture])
        began = time.monotonic()
        wait_for(lambda: (camera.show(picture), time.monotonic() - began > TOO_LONG_S)[1])
        slow.clear()
        goes_on.set()
        wait_for(lambda: [gap for gap in stage.gaps() if gap.camera_id or "keep up" in gap.reason])
    reasons = {gap.reason for gap in stage.gaps()}
    assert "recognition did not keep up with the camera" in reasons
    assert "no frames from the camera" not in reasons
