"""The relay's socket on the real database and bus: who gets in, what gets through, when it closes."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from channels.db import database_sync_to_async

from apps.core.clock import utc_now
from apps.relays import api as relays
from apps.relays import framebus
from apps.relays.edge.wire import clock_question
from apps.relays.framebus import from_us
from tests.support.alert_stage import make_stage
from tests.support.relay_frames import RelaySocket, encode, grey, message

pytestmark = pytest.mark.usefixtures("real_db", "valkey")


def in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False)()


def enrol(stage, *cameras, name="van 1"):
    """Enrol a relay for `stage`'s deployment; returns it and its key."""
    from apps.core.data import Actor, Role

    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return relays.enrol_relay(
            name=name,
            deployment_id=stage.deployment_id,
            camera_ids=[camera.id for camera in cameras or stage.cameras[:1]],
            actor=engineer,
            now=utc_now(),
        )


def waiting(stage, camera, valkey):
    return valkey.xlen(framebus.stream_key(stage.deployment_id, camera.id))


def tallies(stage):
    with stage.context():
        return {row.camera_id: row for row in relays.tallies(deployment_id=stage.deployment_id)}


def last_seen(stage, relay):
    with stage.context():
        return relays.get_relay(relay_id=relay.id).last_seen_at


def refusals(stage, relay):
    with stage.context():
        return dict(relays.get_relay(relay_id=relay.id).refusals)


async def test_it_greets_takes_a_frame_and_hands_the_credit_back(valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    socket = RelaySocket(key)
    assert await socket.open() == {"type": "hello", "credits": 8, "reports": True}
    assert await socket.send(message(camera.id, 1)) == {"type": "credit", "n": 1}
    assert waiting(stage, camera, valkey) == 1
    await socket.close()
    batch = framebus.take_newest(deployment_id=stage.deployment_id, camera_ids=[camera.id], block_ms=0)
    (frame,) = batch.frames
    assert (frame.camera_id, frame.sequence, frame.jpeg) == (camera.id, 1, encode(grey()))
    counted = (await in_thread(lambda: tallies(stage)))[camera.id]
    assert (counted.received, counted.refused) == (1, 0)
    assert await in_thread(lambda: refusals(stage, relay)) == {}


@pytest.mark.parametrize("wrong_by_s", [90, -90], ids=["ahead", "behind"])
async def test_a_web_server_with_a_wrong_clock_takes_frames_and_writes_the_databases_time(valkey, wrong_by_s):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    camera, began = stage.cameras[0], utc_now()
    wrong_by = timedelta(seconds=wrong_by_s)
    with time_machine.travel(began + wrong_by):
        socket = RelaySocket(key)
        await socket.open()
        frame = message(camera.id, 1, captured_at=utc_now() - wrong_by)
        assert await socket.send(frame) == {"type": "credit", "n": 1}
        await socket.push(text=clock_question(sent_us=1))
        told = await socket.next()
        await socket.close()
    counted = (await in_thread(lambda: tallies(stage)))[camera.id]
    assert (counted.received, counted.refused) == (1, 0)
    seen = await in_thread(lambda: last_seen(stage, relay))
    for written in (counted.last_received_at, counted.heard_at, seen, from_us(told["at_us"])):
        assert timedelta() <= written - began < timedelta(seconds=60)


@pytest.mark.parametrize(
    "kind", ["none", "garbage", "wrong secret", "unknown id", "unknown force", "revoked"]
)
async def test_a_bad_key_is_closed_with_4401_and_the_same_words(kind, valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    scheme, slug, key_id, secret = key.split(".")
    if kind == "revoked":
        await in_thread(lambda: revoke(stage, relay))
    tried = {
        "none": None,
        "garbage": "lfr1.hello",
        "wrong secret": ".".join((scheme, slug, key_id, secret[::-1])),
        "unknown id": ".".join((scheme, slug, "f" * 16, secret)),
        "unknown force": ".".join((scheme, "nowhere", key_id, secret)),
        "revoked": key,
    }[kind]
    socket = RelaySocket(tried)
    assert await socket.open() == {"type": "refused", "reason": "the key is not accepted"}
    assert (await socket.next())["code"] == 4401
    await socket.push(data=message(stage.cameras[0].id, 1))
    assert await socket.hears_nothing(for_s=0.2)
    assert waiting(stage, stage.cameras[0], valkey) == 0


def revoke(stage, relay):
    with stage.context():
        relays.revoke_relay(relay_id=relay.id, reason="stolen", actor=stage.silver.actor, now=utc_now())


async def test_another_forces_relay_gets_nothing_into_this_force(valkey):
    north, south = await in_thread(lambda: (make_stage("north"), make_stage("south")))
    relay, key = await in_thread(lambda: enrol(south))
    scheme, _, key_id, secret = key.split(".")
    stranger = RelaySocket(".".join((scheme, north.force.slug, key_id, secret)))
    await stranger.open()
    assert (await stranger.next())["code"] == 4401
    socket = RelaySocket(key)
    await socket.open()
    assert await socket.send(message(north.cameras[0].id, 1)) == {"type": "credit", "n": 1}
    await socket.close()
    for stage in (north, south):
        assert waiting(stage, north.cameras[0], valkey) == 0
        assert await in_thread(lambda stage=stage: tallies(stage)) == {}
    assert await in_thread(lambda: refusals(south, relay)) == {"camera not on this relay": 1}


async def test_a_camera_of_the_deployment_that_is_not_this_relays_is_refused(valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage, stage.cameras[0]))
    socket = RelaySocket(key)
    await socket.open()
    await socket.send(message(stage.cameras[1].id, 1))
    await socket.close()
    assert waiting(stage, stage.cameras[1], valkey) == 0
    assert await in_thread(lambda: refusals(stage, relay)) == {"camera not on this relay": 1}


async def test_malformed_and_replayed_frames_are_counted_and_never_on_the_bus(valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    socket = RelaySocket(key)
    await socket.open()
    first = message(camera.id, 5)
    for data in (first, first, message(camera.id, 4), b"LFR1 and rubbish", message(camera.id, 6)[:-3]):
        assert await socket.send(data) == {"type": "credit", "n": 1}
    await socket.close()
    assert waiting(stage, camera, valkey) == 1
    expected = {"sent a second time": 1, "out of order": 1}
    assert await in_thread(lambda: refusals(stage, relay)) == {**expected, "malformed": 2}
    counted = (await in_thread(lambda: tallies(stage)))[camera.id]
    assert (counted.received, counted.refused, dict(counted.refusals)) == (1, 2, expected)


async def test_a_relay_that_sends_no_frames_but_rubbish_is_closed(valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    for number in range(10):
        await (socket.push(data=b"rubbish") if number % 2 else socket.push(text="x"))
    assert (await socket.until_closed())["code"] == 4400


async def test_a_relay_that_sends_without_credit_gets_nothing_more_in_and_is_closed(valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    socket = RelaySocket(key)
    await socket.open()
    # Nobody reads: once the stream is full, credits come back by eights, four times a second.
    for sequence in range(1, 301):
        await socket.push(data=message(camera.id, sequence))
    closed = await socket.until_closed()
    await socket.close()
    assert closed["code"] == 4400
    counted = await in_thread(lambda: refusals(stage, relay))
    assert counted["sent without credit"] == 10
    assert waiting(stage, camera, valkey) == framebus.STREAM_CAP


def end(stage):
    from apps.deployments import api as deployments

    with stage.context():
        deployments.end(deployment_id=stage.deployment_id, actor=stage.silver.actor, now=utc_now())


def suspend(stage):
    from apps.deployments import api as deployments

    with stage.context():
        deployments.suspend(
            deployment_id=stage.deployment_id, reason="a test asks", actor=stage.silver.actor, now=utc_now()
        )


@pytest.mark.parametrize("stop", [end, suspend])
async def test_it_closes_within_two_seconds_of_the_end_although_no_frame_flows(stop, valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    socket = RelaySocket(key)
    await socket.open()
    await socket.send(message(camera.id, 1))
    await in_thread(lambda: stop(stage))
    stopped_at = time.monotonic()
    closed = await socket.until_closed(within_s=2)
    assert time.monotonic() - stopped_at < 2
    assert closed["code"] == 4403
    assert "not live" in closed["reason"]
    assert waiting(stage, camera, valkey) == 0, "what was sent under the old authority must not be readable"
    again = RelaySocket(key)
    await again.open()
    assert (await again.next())["code"] == 4403


async def test_it_closes_within_two_seconds_of_the_revocation_of_its_key(valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    await in_thread(lambda: revoke(stage, relay))
    assert (await socket.until_closed(within_s=2))["code"] == 4401


async def test_the_newest_connection_of_a_relay_replaces_the_one_before(valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    old, new = RelaySocket(key), RelaySocket(key)
    await old.open()
    await new.open()
    assert (await old.until_closed(within_s=2))["code"] == 4409
    assert await new.send(message(camera.id, 1)) == {"type": "credit", "n": 1}
    await new.close()


async def test_an_unread_stream_is_capped_expires_and_slows_the_relay_down(valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    socket = RelaySocket(key)
    await socket.open()
    credits = 8
    for sequence in range(1, 21):
        while credits == 0:
            credits += (await socket.next())["n"]
        await socket.push(data=message(camera.id, sequence))
        credits -= 1
    while credits < 8:
        credits += (await socket.next())["n"]
    await socket.close()
    name = framebus.stream_key(stage.deployment_id, camera.id)
    assert valkey.xlen(name) == framebus.STREAM_CAP
    assert 0 < valkey.ttl(name) <= framebus.STREAM_EXPIRE_S
    batch = framebus.take_newest(deployment_id=stage.deployment_id, camera_ids=[camera.id], block_ms=0)
    assert batch.frames[0].sequence == 20
    assert batch.dropped == {camera.id: 19}
    assert valkey.exists(name) == 0


async def test_a_silent_socket_costs_no_credit_and_stays_open_while_the_deployment_is_live(valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    assert await socket.hears_nothing(for_s=1.6)
    assert await socket.send(message(stage.cameras[0].id, 1)) == {"type": "credit", "n": 1}
    await socket.close()


async def test_both_ends_of_a_connection_are_audited_without_the_key(valkey):
    from apps.audit import api as audit

    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    await socket.close()

    def events():
        with stage.context():
            return list(audit.events_about(object_id=relay.id))

    told = await in_thread(events)
    assert [event.verb for event in told] == ["relay.enrolled", "relay.connected", "relay.disconnected"]
    assert key.rsplit(".", 1)[1] not in repr(told)
