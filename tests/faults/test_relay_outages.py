"""A relay's socket without database: it fails closed, and says so."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.relays import api as relays
from apps.relays import framebus
from tests.support.alert_stage import make_stage
from tests.support.outages import database_door
from tests.support.relay_frames import RelaySocket, message

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def door(services):
    with database_door(services) as door:
        yield door


def in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False)()


def enrolled(stage):
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return relays.enrol_relay(
            name="van 1",
            deployment_id=stage.deployment_id,
            camera_ids=[stage.cameras[0].id],
            actor=engineer,
            now=utc_now(),
        )


async def test_frames_are_refused_once_the_authority_is_not_confirmed_and_then_it_closes(valkey, door):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrolled(stage))
    camera = stage.cameras[0].id
    name = framebus.stream_key(stage.deployment_id, camera)
    socket = RelaySocket(key)
    await socket.open()
    door.close()
    closed_at = time.monotonic()
    sequence, last_taken, closed = 0, closed_at, None
    while closed is None:
        sequence += 1
        await socket.push(data=message(camera, sequence))
        said = await socket.next(within_s=3)
        if said["type"] == "close":
            closed = said
        elif valkey.exists(name):
            last_taken = time.monotonic()
            valkey.delete(name)
        assert time.monotonic() - closed_at < 15
    assert closed["code"] == 1013
    assert last_taken - closed_at < 2.5, "an old answer must not authorise frames for long"
    assert sequence > 10
    door.open()
    await socket.close()

    def counted():
        with stage.context():
            return (
                dict(relays.get_relay(relay_id=relay.id).refusals),
                relays.tallies(deployment_id=stage.deployment_id)[0],
            )

    refusals, tally = await in_thread(counted)
    assert refusals["authority not confirmed"] == tally.refused > 0
