"""What closes a relay's socket, or one of its cameras, while it is open: each within two seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments import api as deployments
from apps.deployments.models import Camera, Deployment
from apps.relays import api as relays
from apps.relays import framebus
from tests.support.alert_stage import make_stage
from tests.support.relay_frames import RelaySocket, message

pytestmark = pytest.mark.usefixtures("real_db", "valkey")


def in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False)()


def enrol(stage, cameras):
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return relays.enrol_relay(
            name=f"van {cameras[0].name}",
            deployment_id=stage.deployment_id,
            camera_ids=[camera.id for camera in cameras],
            actor=engineer,
            now=utc_now(),
        )


def amend(stage, **changes):
    """The authority as a narrowing leaves it, or as time does."""
    with stage.context():
        before = deployments.get(deployment_id=stage.deployment_id).authority
        authority = replace(before, **changes)
        Deployment.objects.filter(id=stage.deployment_id).update(
            authority=authority.canonical(),
            authority_hash=authority.sha256(),
            approved_hash=authority.sha256(),
            window_end=authority.window_end,
        )


def revoke_authority(stage):
    with stage.context():
        deployments.revoke(
            deployment_id=stage.deployment_id,
            reasons="it is no longer necessary at all",
            actor=stage.people["approver"].actor,
            now=utc_now(),
        )


def window_ends(stage):
    amend(stage, window_end=utc_now() - timedelta(milliseconds=1))


def all_its_cameras_go(stage):
    amend(stage, cameras=stage.cameras[1:])


def waiting(stage, camera, valkey):
    return valkey.xlen(framebus.stream_key(stage.deployment_id, camera.id))


@pytest.mark.parametrize("stop", [window_ends, all_its_cameras_go, revoke_authority])
async def test_it_closes_and_what_waits_is_forgotten(stop, valkey):
    stage = await in_thread(make_stage)
    _, key = await in_thread(lambda: enrol(stage, stage.cameras[:1]))
    socket = RelaySocket(key)
    await socket.open()
    await socket.send(message(stage.cameras[0].id, 1))
    assert waiting(stage, stage.cameras[0], valkey) == 1
    await in_thread(lambda: stop(stage))
    closed = await socket.until_closed(within_s=2)
    assert closed["code"] == 4403
    assert waiting(stage, stage.cameras[0], valkey) == 0
    again = RelaySocket(key)
    await again.open()
    assert (await again.next())["code"] == 4403


def removed(stage):
    amend(stage, cameras=stage.cameras[:1])


def stopped(stage):
    with stage.context():
        now = utc_now()
        camera = stage.cameras[1]
        Camera.objects.create(id=camera.id, name=camera.name, registered_at=now)
        deployments.stop_camera(
            deployment_id=stage.deployment_id,
            camera_id=stage.cameras[1].id,
            heard_at=None,
            reason="it has sent nothing for 30 seconds.",
            now=now,
        )


@pytest.mark.parametrize(
    ("stop", "word"),
    [(removed, "camera not on the authority"), (stopped, "camera stopped after a silence")],
    ids=["removed", "stopped"],
)
async def test_one_camera_goes_and_the_other_stays(stop, word, valkey):
    stage = await in_thread(make_stage)
    relay, key = await in_thread(lambda: enrol(stage, stage.cameras))
    stays, goes = stage.cameras
    socket = RelaySocket(key)
    await socket.open()
    await socket.send(message(goes.id, 1))
    await socket.send(message(stays.id, 1))
    await in_thread(lambda: stop(stage))
    sequence = 1
    while waiting(stage, goes, valkey):
        # Until the authority was asked again, its frames are as welcome as before.
        assert await socket.hears_nothing(for_s=0.05)
    sequence += 1
    assert await socket.send(message(goes.id, sequence)) == {"type": "credit", "n": 1}
    assert await socket.send(message(stays.id, sequence)) == {"type": "credit", "n": 1}
    await socket.close()
    assert (waiting(stage, goes, valkey), waiting(stage, stays, valkey)) == (0, 2)

    def counted():
        with stage.context():
            rows = {row.camera_id: row for row in relays.tallies(deployment_id=stage.deployment_id)}
            return relays.get_relay(relay_id=relay.id).refusals, rows

    refusals, rows = await in_thread(counted)
    assert dict(refusals) == dict(rows[goes.id].refusals) == {word: 1}
    assert dict(rows[stays.id].refusals) == {}


async def test_two_relays_of_one_deployment_and_one_of_another_force_at_once(valkey):
    north, south = await in_thread(lambda: (make_stage("north"), make_stage("south")))
    first, second = north.cameras
    wanted = [(north, first), (north, second), (south, south.cameras[0])]
    sockets = []
    for stage, camera in wanted:
        _, key = await in_thread(lambda stage=stage, camera=camera: enrol(stage, [camera]))
        sockets.append(RelaySocket(key))
        await sockets[-1].open()
    for number, socket in enumerate(sockets):
        for _, camera in wanted:
            await socket.send(message(camera.id, number + 1))
    for stage, camera in wanted:
        assert waiting(stage, camera, valkey) == 1, "its own frame, and nobody else's"
    await in_thread(lambda: amend(south, window_end=utc_now() - timedelta(seconds=1)))
    assert (await sockets[2].until_closed(within_s=2))["code"] == 4403
    for socket, camera in zip(sockets[:2], north.cameras, strict=True):
        await socket.send(message(camera.id, 9))
        await socket.close()
        assert waiting(north, camera, valkey) == 2
