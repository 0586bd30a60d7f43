"""Database and frame bus go away under a running loop: it neither dies nor pretends; the time is a gap."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.core import redis as core_redis
from apps.core.clock import utc_now
from apps.live import api as live
from apps.live import operations
from apps.live.data import ShardRef, StopReason
from apps.live.queries import shard_scope
from tests.support.live_stage import make_live_stage
from tests.support.outages import Link, database_door
from tests.support.walkers import Camera, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


def raised(stage):
    with stage.context():
        return alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts


def gaps(stage, reason):
    return [gap for gap in stage.gaps() if gap.reason == reason]


def sees(stage):
    with stage.context():
        found = live.shards(deployment_id=stage.deployment_id)
    return bool(found) and found[0].blind_since is None


@pytest.fixture
def door(services):
    with database_door(services) as door:
        yield door


def test_a_database_that_goes_away_is_a_gap_and_recognition_comes_back(photos, valkey, door, caplog):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    camera = Camera(stage, stage.camera_id, valkey)
    with caplog.at_level(logging.WARNING, "apps.live.loop"), running(stage) as loop:
        wait_for(lambda: sees(stage))
        closed_at = utc_now()
        door.close()
        wait_for(lambda: caplog.text.count("database not reachable") >= 3)
        assert loop.thread.is_alive()
        opened_at = utc_now()
        door.open()
        wait_for(lambda: gaps(stage, "database not reachable"))
        camera.play(walk(person(photos / "subject_a_2.jpg")))
        wait_for(lambda: raised(stage))
    (gap,) = gaps(stage, "database not reachable")
    assert gap.started_at <= closed_at < opened_at <= gap.ended_at
    assert len(raised(stage)) == 1


@pytest.fixture
def link(services, settings, tmp_path_factory):
    if not services.redis_url.startswith("unix://"):
        pytest.fail("this test cuts a socket: run it with the embedded services")
    path, _, index = services.redis_url.removeprefix("unix://").partition("?")
    link = Link(tmp_path_factory.mktemp("l"), path)
    link.join()
    settings.REDIS_URL = f"unix://{link.path}?{index}"
    core_redis.client.cache_clear()
    yield link
    core_redis.client.cache_clear()
    with suppress(FileNotFoundError):
        link.cut()


def test_a_bus_that_goes_away_is_a_gap_and_the_shard_is_kept(photos, valkey, link, caplog):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    camera = Camera(stage, stage.camera_id, valkey)
    with caplog.at_level(logging.WARNING, "apps.live.loop"), running(stage):
        wait_for(lambda: sees(stage))
        cut_at = utc_now()
        link.cut()
        wait_for(lambda: caplog.text.count("frame bus not reachable") >= 3)
        wait_for(lambda: not sees(stage))  # the open gap can be seen while it lasts
        link.join()
        wait_for(lambda: gaps(stage, "frame bus not reachable"))
        camera.play(walk(person(photos / "subject_a_2.jpg")))
        wait_for(lambda: raised(stage))
    (gap,) = gaps(stage, "frame bus not reachable")
    assert gap.started_at <= cut_at < gap.ended_at
    with stage.context():
        (status,) = live.shards(deployment_id=stage.deployment_id)
    assert status.token == 1


def test_a_database_away_for_longer_than_a_lease_is_what_the_gap_says(photos, valkey, door, caplog):
    """Whoever takes the shard over first finds a lease that lapsed, and no worker was lost."""
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    with caplog.at_level(logging.WARNING, "apps.live.loop"), running(stage) as first:
        wait_for(lambda: sees(stage))
        door.close()
        wait_for(lambda: caplog.text.count("database not reachable") >= 2)
        door.open()
        with stage.context():
            (status,) = live.shards(deployment_id=stage.deployment_id)
        later = status.heartbeat_at + operations.LEASE_TTL + timedelta(seconds=1)
        ref = ShardRef(stage.force.id, stage.deployment_id, 0)
        scope = shard_scope(camera_ids={stage.camera_id}, shard=0)
        taken = operations.acquire(ref=ref, scope=scope, holder="another", now=later)
        assert taken is not None
        assert first.join() is StopReason.LEASE_LOST
    with stage.context():
        (status,) = live.shards(deployment_id=stage.deployment_id)
    assert status.reason == "database not reachable"
