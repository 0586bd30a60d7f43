"""More shards than the workers may take: the rest waits, and the people who rely on it are told why."""

from __future__ import annotations

import pytest

from apps.core import redis
from apps.core.database_clock import database_now
from apps.deployments import api as deployments
from apps.live import api as live
from apps.live import capacity, operations, tasks
from apps.live.data import Blindness, ClosedGap, GapReason, ShardRef, ShardReport
from apps.live.queries import shard_scope
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db", "valkey")
FULL = "all recognition workers are full (start another one)"


@pytest.fixture
def stage(monkeypatch):
    monkeypatch.setattr(tasks.recognise_shard, "apply_async", lambda **_: None)
    # Nobody is on duty here, for which it would stop by itself.
    monkeypatch.setattr(tasks.watch, "watch", lambda **_: 0)
    return make_stage()


def words(stage):
    answer = stage.operator.client().get(f"/console/{stage.deployment_id}/health.json").json()
    return answer["recognition"]["state"], answer["recognition"]["words"]


def take(stage, holder="w2"):
    ref = ShardRef(stage.force.id, stage.deployment_id, 0)
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    now = database_now()
    return operations.acquire(ref=ref, scope=scope, holder=holder, now=now), scope, now


def test_a_deployment_without_a_worker_says_that_all_are_full(stage):
    capacity.note(name="a:1", shards=2, most=2)
    capacity.note(name="b:1", shards=6, most=6)
    tasks.dispatch_shards()
    state, said = words(stage)
    assert state == "not_running"
    assert said.startswith(f"Recognition is not running: {FULL}, for ")
    board = stage.silver.client().get(f"/board/{stage.deployment_id}/").content.decode()
    assert FULL in board


def test_the_gap_says_so_too_and_ends_when_a_worker_takes_it(stage):
    capacity.note(name="a:1", shards=2, most=2)
    tasks.dispatch_shards()
    lease, scope, now = take(stage)
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), database_now()),)
    operations.renew(lease=lease, report=ShardReport(scope=scope, closed=closed), now=database_now())
    with stage.context():
        (gap,) = deployments.gaps(deployment_id=stage.deployment_id)
        (shard,) = live.shards(deployment_id=stage.deployment_id)
    assert gap.reason == FULL
    assert shard.blind_since is None


@pytest.mark.parametrize(
    "workers", [{}, {"a:1": (2, 2), "b:1": (1, 2)}], ids=["there is none", "one has room"]
)
def test_where_nobody_is_full_it_is_starting(stage, workers):
    for name, (shards, most) in workers.items():
        capacity.note(name=name, shards=shards, most=most)
    tasks.dispatch_shards()
    assert words(stage) == ("starting", "Recognition is not running yet: it is starting.")


def test_a_worker_that_ended_or_fell_silent_counts_no_more(stage, monkeypatch):
    capacity.note(name="a:1", shards=2, most=2)
    assert capacity.all_full()
    capacity.gone(name="a:1")
    assert not capacity.all_full()
    capacity.note(name="b:1", shards=2, most=2)
    monkeypatch.setattr(capacity, "SAID_FOR_S", -1.0)
    assert not capacity.all_full()
    capacity.note(name="c:1", shards=0, most=2)
    assert [name for name in redis.client().hkeys(redis.key("live", "workers"))] == [b"c:1"]


def test_of_a_lost_worker_both_are_said_and_its_gap_keeps_its_reason(stage):
    lease, scope, now = take(stage)
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    long_ago = now - 2 * operations.LEASE_TTL
    operations.renew(lease=lease, report=ShardReport(scope=scope, closed=closed), now=long_ago)
    capacity.note(name="a:1", shards=2, most=2)
    tasks.dispatch_shards()
    assert words(stage)[1].startswith(f"Recognition is not running: worker lost, and {FULL}, for ")
    with stage.context():
        (shard,) = live.shards(deployment_id=stage.deployment_id)
    assert shard.blind_since is None, "its holder may still be there and close its own gap"
