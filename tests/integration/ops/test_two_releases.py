"""Workers of the release before and of this one, side by side: what each leaves for the other to read.

The release before is what version 0.1.0 writes and reads, written down here by hand: message formats that
work side by side may gain something, and lose or rename nothing (docs/how-to/administrator/upgrade.md).
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from datetime import timedelta

import pytest

from apps.alerts.push import console_group
from apps.core import redis
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.live import api as live
from apps.live import capacity, lastword, operations
from apps.live.data import Blindness, ClosedGap, GapReason, ShardRef, ShardReport, StopReason
from apps.live.loop import ShardLoop
from apps.live.models import ShardLease
from apps.live.queries import shard_scope
from apps.relays import framebus
from apps.watchlists.models import Watchlist
from tests.support.alert_stage import make_stage
from tests.support.relay_frames import bus_frame, encode, grey
from tests.support.sockets import connected, off_loop

# Name: what it takes, and its queue. A task that takes something else gets a new name, and the old one stays
# for a release: workers of both take messages from one queue.
TASKS = {
    "live.dispatch_shards": ((), "system"),
    "live.recognise_shard": (("force_id", "deployment_id", "shard"), "recognise"),
    "accounts.forget": ((), "system"),
    "accounts.note_failed_sign_in": (("sealed", "step"), "system"),
    "deployments.check_status": (("force_id", "deployment_id", "subject_id"), "system"),
    "deployments.run_import": (("force_id", "job_id"), "imports"),
    "integration.deliver_webhooks": ((), "system"),
    "integration.try_webhook": (("force_id", "webhook_id"), "system"),
    "notices.send_mails": ((), "system"),
    "notices.verify": ((), "system"),
    "notices.write_pages": ((), "system"),
    "ops.erase_audit": ((), "system"),
    "ops.rehearse_purges": ((), "system"),
    "ops.sweep": ((), "system"),
    "retention.sweep": ((), "system"),
}
# Of one frame on the bus, in this order: the script that takes frames finds the number by its place.
FRAME_FIELDS = (b"n", b"sequence", b"captured_us", b"received_us", b"width", b"height", b"held_us", b"jpeg")
A_LATER_WORD = "a reason that only the next release knows"


@pytest.fixture
def stage(real_db, valkey):
    return make_stage()


# -- tasks


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_what_the_first_release_sends_on_the_queue_that_it_is_sent_to(name):
    from lfrplatform.celery import app

    app.loader.import_default_modules()
    takes, queue = TASKS[name]
    assert tuple(inspect.signature(app.tasks[name].run).parameters) == takes
    assert app.tasks[name].queue == queue


# -- frames


def put(valkey, stage, *pairs):
    """As the socket of another release does: fields in order."""
    key = framebus.stream_key(stage.deployment_id, stage.cameras[0].id)
    fields = [part for pair in pairs for part in pair]
    valkey.execute_command("XADD", key, "*", *fields)


def a_frame(number=1):
    us = framebus.to_us(utc_now())
    values = (number, 7, us, us, 64, 48, 250_000, encode(grey()))
    return list(zip(FRAME_FIELDS, values, strict=True))


def take(stage):
    cameras = [stage.cameras[0].id]
    return framebus.take_newest(deployment_id=stage.deployment_id, camera_ids=cameras, block_ms=0)


@pytest.mark.parametrize(
    "more", [[], [(b"exposure", 12)]], ids=["as now", "with a field of the next release"]
)
def test_a_frame_of_another_release_is_read(stage, valkey, more):
    put(valkey, stage, *a_frame(), *more)
    batch = take(stage)
    (frame,) = batch.frames
    assert (frame.camera_id, frame.sequence) == (stage.cameras[0].id, 7)
    assert (frame.width_px, frame.height_px, frame.jpeg) == (64, 48, encode(grey()))
    assert frame.waited_ms >= 250
    assert batch.dropped == {}


def test_frames_that_another_release_left_unread_are_counted(stage, valkey):
    put(valkey, stage, *a_frame(3))
    assert take(stage).dropped == {stage.cameras[0].id: 2}


def test_the_release_before_reads_what_this_one_puts_on_the_bus(stage, valkey):
    frame = bus_frame(stage.cameras[0].id, 7, grey())
    asyncio.run(framebus.publish(deployment_id=stage.deployment_id, frame=frame, now=utc_now()))
    [[_, fields]] = valkey.execute_command(
        "XRANGE", framebus.stream_key(stage.deployment_id, stage.cameras[0].id), "-", "+"
    )
    flat = [part for pair in fields.items() for part in pair] if isinstance(fields, dict) else fields
    assert tuple(flat[::2])[: len(FRAME_FIELDS)] == FRAME_FIELDS
    assert [int(flat[1]), int(flat[3])] == [1, 7]
    assert flat[15] == frame.jpeg


# -- hints to consoles


async def send(stage, message):
    from channels.layers import get_channel_layer

    await get_channel_layer().group_send(console_group(stage.deployment_id), message)


async def test_a_hint_of_a_kind_that_only_the_next_release_knows_ends_no_console(stage):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await send(stage, {"type": "console.weather", "degrees": 12})
        await off_loop(stage.raise_alert)
        assert await channel.heard() == {"type": "news", "number": 1}


async def test_a_hint_with_more_in_it_tells_the_same(stage):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await send(stage, {"type": "console.news", "number": 5, "camera": "north"})
        assert await channel.heard() == {"type": "news", "number": 5}


# -- leases


def ref_of(stage):
    return ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=0)


def scope_of(stage):
    return shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)


def acquire(stage, holder, now):
    return operations.acquire(ref=ref_of(stage), scope=scope_of(stage), holder=holder, now=now)


def row_of(stage):
    return ShardLease.objects.filter(deployment_id=stage.deployment_id)


def test_a_last_word_that_only_the_next_release_knows_keeps_nobody_from_taking_the_shard(stage, valkey):
    """The later worker lost sight of something, and was killed; the dispatcher's message reaches ours."""
    now = utc_now()
    lease = acquire(stage, "the next release", now - timedelta(seconds=20))
    said = {"token": lease.token, "reason": A_LATER_WORD, "at": now.isoformat(), "more": 1}
    valkey.set(lastword._key(ref_of(stage)), json.dumps(said))
    assert acquire(stage, "ours", now) is not None
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    lease = acquire(stage, "ours again", now + timedelta(seconds=20))
    report = ShardReport(scope=scope_of(stage), closed=closed)
    operations.renew(lease=lease, report=report, now=now + timedelta(seconds=20))
    with stage.context():
        reasons = {gap.reason for gap in deployments.gaps(deployment_id=stage.deployment_id)}
    assert reasons == {GapReason.STARTING}


def test_an_open_gap_of_a_reason_that_only_the_next_release_knows_is_shown_and_recorded(stage):
    now = utc_now()
    acquire(stage, "the next release", now - timedelta(seconds=20))
    with stage.context():
        row_of(stage).update(blind_since=now - timedelta(seconds=19), blind_reason=A_LATER_WORD)
        (shown,) = live.shards(deployment_id=stage.deployment_id)
    assert A_LATER_WORD in str(shown)
    page = stage.operator.client().get(f"/console/{stage.deployment_id}/health.json")
    assert page.status_code == 200
    lease = acquire(stage, "ours", now)
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    report = ShardReport(scope=scope_of(stage), closed=closed)
    operations.renew(lease=lease, report=report, now=now)
    with stage.context():
        (gap,) = deployments.gaps(deployment_id=stage.deployment_id)
    assert (gap.reason, gap.started_at) == (A_LATER_WORD, now - timedelta(seconds=19))


def test_a_shard_that_another_release_holds_is_not_taken(stage):
    """Whatever its holder calls itself."""
    now = utc_now()
    acquire(stage, "v2|machine=a|pid=7", now)
    assert acquire(stage, "ours", now + timedelta(seconds=4)) is None
    assert acquire(stage, "ours", now + timedelta(seconds=6)) is not None


def test_workers_of_two_releases_are_full_together(stage, valkey):
    capacity.note(name="ours:1", shards=2, most=2)
    entry = json.loads(valkey.hget(redis.key("live", "workers"), "ours:1"))
    valkey.hset(redis.key("live", "workers"), "next:1", json.dumps({**entry, "gpu": "0"}))
    assert capacity.all_full()
    valkey.hset(redis.key("live", "workers"), "next:1", json.dumps({**entry, "shards": 1, "gpu": "0"}))
    assert not capacity.all_full()


def test_a_list_enrolled_with_other_model_files_than_these_is_not_looked_at(stage):
    """The next release brings other files, with which its worker enrolled the list."""
    with stage.context():
        Watchlist.objects.filter(deployment_id=stage.deployment_id).update(pack_version="of the next release")
    asked_to_stop = threading.Event()
    asked_to_stop.set()  # so that it ends at once, should it take the shard
    assert ShardLoop(ref=ref_of(stage), holder="ours", stop=asked_to_stop).run() == StopReason.REFUSED
    with stage.context():
        assert not row_of(stage).exists()
