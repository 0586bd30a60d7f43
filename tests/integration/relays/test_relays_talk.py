"""What relay and platform say to each other besides frames: health, clock, pace."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.relays import api as relays
from apps.relays import framebus, pacing
from apps.relays.edge.counters import DropReason
from apps.relays.edge.wire import CameraHealth, RelayHealth, clock_question, health_messages
from apps.relays.edge.words import CaptureState, Fault
from tests.support.alert_stage import make_stage
from tests.support.relay_frames import RelaySocket, message

pytestmark = pytest.mark.usefixtures("real_db", "valkey")


def in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False)()


def enrol(stage):
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return relays.enrol_relay(
            name="van 1",
            deployment_id=stage.deployment_id,
            camera_ids=[stage.cameras[0].id],
            actor=engineer,
            now=utc_now(),
        )


def health(*cameras, offset_ms=-2_500):
    said = CameraHealth(CaptureState.READING, 1, Fault.NONE, 80, 40, 9, {DropReason.RATE: 3}, 5.0)
    return RelayHealth(dict.fromkeys(cameras, said), offset_ms, 30, 100, "2.0")


def reports(stage, *, later=timedelta()):
    with stage.context():
        return relays.relay_reports(deployment_id=stage.deployment_id, now=utc_now() + later)


async def test_what_a_relay_says_of_itself_and_its_own_cameras_is_kept_with_an_alarm():
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    (before,) = await in_thread(lambda: reports(stage))
    assert (before.connected, before.current, before.alarm, dict(before.cameras)) == (False, False, "", {})
    socket = RelaySocket(key)
    await socket.open()
    own, foreign = stage.cameras
    (text,) = health_messages(health(own.id, foreign.id))
    await socket.push(text=text)
    await socket.close()
    (said,) = await in_thread(lambda: reports(stage))
    assert (said.name, said.connected, said.current) == ("van 1", True, True)
    assert (said.offset_ms, said.rtt_ms, said.uptime_s, said.version) == (-2_500, 30, 100, "2.0")
    assert said.cameras == health(own.id).cameras
    assert said.alarm == (
        "The clock of the relay van 1 is 2.5 s ahead: have it set. From 10 s on its pictures are refused."
    )
    (old,) = await in_thread(lambda: reports(stage, later=timedelta(seconds=16)))
    assert (old.connected, old.current, old.alarm) == (False, False, "")


async def test_a_relay_asks_for_the_time():
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    before = utc_now()
    await socket.push(text=clock_question(sent_us=123))
    answer = await socket.next()
    await socket.close()
    assert (answer["type"], answer["sent_us"]) == ("clock", 123)
    assert before <= datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=answer["at_us"]) <= utc_now()


async def paced(stage, key, *, talks, frames):
    """Every pace that a relay hears while nobody empties its stream."""
    socket = RelaySocket(key)
    await socket.open()
    if talks:
        (text,) = health_messages(health(stage.cameras[0].id))
        await socket.push(text=text)
    credits, heard = 8, []
    for sequence in range(1, frames + 1):
        while credits == 0:
            said = await socket.next()
            credits += said.get("n", 0)
            heard += [said["fps"]] if said["type"] == "pace" else []
        await socket.push(data=message(stage.cameras[0].id, sequence))
        credits -= 1
    await socket.close()
    return heard


async def test_a_relay_that_talks_is_told_to_slow_down_and_an_old_one_is_told_nothing(monkeypatch):
    monkeypatch.setattr(pacing, "WINDOW_S", 0.05)
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    heard = await paced(stage, key, talks=True, frames=60)
    assert heard
    assert heard == sorted(heard, reverse=True)
    assert heard[-1] >= pacing.FLOOR_FPS
    assert await paced(stage, key, talks=False, frames=40) == []


async def test_a_reader_that_stands_still_grows_neither_memory_nor_age(valkey):
    """Credits come slowly, the stream stays at its cap, and who comes back reads what is newest."""
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0].id
    name = framebus.stream_key(stage.deployment_id, camera)
    socket = RelaySocket(key)
    await socket.open()
    credits, sizes = 8, []
    for sequence in range(1, 65):
        while credits == 0:
            credits += (await socket.next()).get("n", 0)
            sizes.append(valkey.memory_usage(name))
        await socket.push(data=message(camera, sequence))
        credits -= 1
    while credits < 8:
        credits += (await socket.next()).get("n", 0)
    assert valkey.xlen(name) == framebus.STREAM_CAP
    assert max(sizes) < 3 * framebus.STREAM_CAP * len(message(camera, 1))
    (frame,) = framebus.take_newest(deployment_id=stage.deployment_id, camera_ids=[camera], block_ms=0).frames
    assert frame.sequence == 64
    await socket.close()


async def test_a_relays_words_are_json_of_its_own_end_too():
    """What the agent in the van writes is what this end reads: one report of many cameras in parts."""
    parts = health_messages(health(*(uuid4() for _ in range(20))))
    assert len(parts) == 3
    assert all(len(part) < 4096 and json.loads(part)["type"] == "health" for part in parts)
