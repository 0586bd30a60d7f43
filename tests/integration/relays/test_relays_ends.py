"""However a relay's connection ends, its beginning and its end are in the audit, once each."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.relays import api as relays
from apps.relays import connections, consumers, framebus
from apps.relays.models import Relay
from apps.relays.sessions import IngestSession
from tests.support.alert_stage import make_stage
from tests.support.outages import database_door
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


def ends(stage, relay):
    """(verb, session, code) of each event of its connections."""
    with stage.context():
        told = [event for event in audit.events_about(object_id=relay.id) if "connected" in event.verb]
    return [(event.verb, event.payload["session"], event.payload.get("code")) for event in told]


async def opened():
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage))
    socket = RelaySocket(key)
    await socket.open()
    return stage, relay, key, socket


async def one_pair(stage, relay, code):
    (begun, session, _), (ended, same, told) = await in_thread(lambda: ends(stage, relay))
    assert (begun, ended, session) == ("relay.connected", "relay.disconnected", same)
    assert told == code


async def test_an_error_of_the_platform_while_a_frame_is_read(monkeypatch):
    stage, relay, _, socket = await opened()

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(IngestSession, "judge", broken)
    await socket.push(data=message(stage.cameras[0].id, 1))
    with pytest.raises(ZeroDivisionError):
        await socket.socket.wait(timeout=5)
    await one_pair(stage, relay, 1006)


async def test_a_server_that_shuts_down_while_a_frame_is_published(monkeypatch):
    stage, relay, _, socket = await opened()
    began = asyncio.Event()

    async def hangs(**kwargs):
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(framebus, "publish", hangs)
    await socket.push(data=message(stage.cameras[0].id, 1))
    await began.wait()
    socket.socket.future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await socket.socket.future
    await one_pair(stage, relay, 1006)


async def test_counts_that_cannot_be_written_do_not_keep_the_end_from_being_written(monkeypatch):
    stage, relay, _, socket = await opened()

    def broken(**kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(consumers.operations, "record_ingest", broken)
    await socket.socket.send_input({"type": "websocket.disconnect", "code": 1001})
    with pytest.raises(ZeroDivisionError):
        await socket.socket.wait(timeout=5)
    await one_pair(stage, relay, 1001)


async def test_a_message_too_large_for_the_server_itself_is_counted():
    stage, relay, _, socket = await opened()
    await socket.close(code=1009)
    await one_pair(stage, relay, 1009)

    def counted():
        with stage.context():
            return dict(relays.get_relay(relay_id=relay.id).refusals)

    assert await in_thread(counted) == {"too large": 1}


async def test_a_process_that_died_is_noticed_by_the_sweep_and_a_living_one_is_left_alone():
    stage, relay, _, socket = await opened()

    def swept(later):
        with stage.context():
            return relays.close_lost(now=utc_now() + later)

    assert await in_thread(lambda: swept(timedelta(seconds=29))) == 0
    assert await in_thread(lambda: swept(timedelta(seconds=31))) == 1
    assert await in_thread(lambda: swept(timedelta(seconds=31))) == 0
    await one_pair(stage, relay, 1006)
    # Should it have been alive after all, it ends: nothing is sent outside what the audit says was open. Its
    # end is not told a second time.
    assert (await socket.until_closed())["code"] == 4409
    await socket.close()
    await one_pair(stage, relay, 1006)


async def test_the_next_connection_tells_of_the_end_of_one_that_nobody_saw():
    stage, relay, key, old = await opened()
    new = RelaySocket(key)
    await new.open()
    first, lost, second = await in_thread(lambda: ends(stage, relay))
    assert [event[0] for event in (first, lost, second)] == [
        "relay.connected",
        "relay.disconnected",
        "relay.connected",
    ]
    assert first[1] == lost[1] != second[1]
    assert (await old.until_closed(within_s=2))["code"] == 4409
    await old.close()
    await new.close()
    told = await in_thread(lambda: ends(stage, relay))
    assert [event[1] for event in told] == [first[1], first[1], second[1], second[1]]


async def test_without_a_database_the_end_waits_for_the_sweep(services):
    stage, relay, _, socket = await opened()
    with database_door(services) as door:
        door.close()
        await socket.close()
    assert len(await in_thread(lambda: ends(stage, relay))) == 1

    def swept():
        with stage.context():
            return relays.close_lost(now=utc_now() + connections.LOST_AFTER * 2)

    assert await in_thread(swept) == 1
    await one_pair(stage, relay, 1006)

    def remembered():
        with stage.context():
            return Relay.objects.get(id=relay.id).session_id

    assert await in_thread(remembered) is None
