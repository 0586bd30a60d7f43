"""Clocks that are wrong or are set, and workers that sleep: leases, gaps and frames stay what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.alerts import api as alerts
from apps.core import database_clock as clock
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.live import api as live
from apps.live import loop, operations, tasks
from apps.live.data import Blindness, ClosedGap, GapReason, ShardRef, ShardReport, StopReason
from apps.live.queries import shard_scope
from apps.recognition.engine.pipeline import ShardPipeline
from apps.relays import api as relays
from tests.support.alert_stage import make_stage
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, RunningLoop, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")
HOUR = timedelta(hours=1)
# Still within the window of the deployment: before it nothing is looked at.
STEP_BACK = timedelta(minutes=10)


@pytest.fixture
def listed(photos):
    return {"TEST-A": (photos / "subject_a_1.jpg").read_bytes()}


@pytest.fixture
def subject(photos):
    return walk(person(photos / "subject_a_2.jpg"))


def status(stage):
    with stage.context():
        found = live.shards(deployment_id=stage.deployment_id)
    return found[0] if found else None


def sees(stage):
    return (found := status(stage)) is not None and found.blind_since is None


def gaps(stage):
    with stage.context():
        return [(gap.reason, gap.ended_at - gap.started_at) for gap in _gaps(stage)]


def _gaps(stage):
    return deployments.gaps(deployment_id=stage.deployment_id)


def raised(stage):
    with stage.context():
        return alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts


def tally(stage):
    with stage.context():
        (found,) = live.tallies(deployment_id=stage.deployment_id)
    return found


class Setting:
    """The database's clock as this process reads it, which a test can set."""

    def __init__(self) -> None:
        self.by, self.read = timedelta(), clock.database_now

    def __call__(self) -> datetime:
        return self.read() + self.by


@pytest.fixture
def database_clock(monkeypatch):
    setting = Setting()
    monkeypatch.setattr(clock, "database_now", setting)
    return setting


@pytest.mark.parametrize("wrong_by", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_a_machine_with_a_wrong_clock_takes_no_lease_and_keeps_none_too_long(listed, wrong_by):
    stage = make_live_stage(listed)
    with running(stage, holder="right"):
        wait_for(lambda: sees(stage))
        with time_machine.travel(datetime.now(UTC) + wrong_by):
            second = RunningLoop(stage, holder="wrong")
            second.thread.start()
            assert second.join() is StopReason.LEASE_HELD
        assert status(stage).holder == "right"
    with time_machine.travel(datetime.now(UTC) + wrong_by), running(stage, holder="wrong"):
        wait_for(lambda: status(stage).holder == "wrong" and sees(stage))
        held = status(stage)
    assert abs(held.expires_at - utc_now()) < timedelta(minutes=5), "the lease is in the database's time"
    assert {reason for reason, _ in gaps(stage)} == {"recognition starting", "worker stopped"}
    assert all(length < timedelta(minutes=5) for _, length in gaps(stage))


def test_a_wrong_clock_of_a_worker_is_told_to_everybody(stage_with_lease):
    stage, lease, scope = stage_with_lease
    now = utc_now()
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    report = ShardReport(scope=scope, closed=closed, clock_offset_ms=-3_600_000)
    operations.renew(lease=lease, report=report, now=now)
    answer = stage.operator.client().get(f"/console/{stage.deployment_id}/health.json").json()
    words = [problem["words"] for problem in answer["problems"] if problem["key"] == "worker-clock"]
    assert words == [
        "The clock of a machine that recognises is 60 min behind the database's. Recognition goes by the "
        "database's; have the machine's set."
    ]
    operations.renew(lease=lease, report=ShardReport(scope=scope, clock_offset_ms=40), now=now)
    answer = stage.operator.client().get(f"/console/{stage.deployment_id}/health.json").json()
    assert "worker-clock" not in {problem["key"] for problem in answer["problems"]}


@pytest.fixture
def stage_with_lease():
    stage = make_stage()
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    ref = ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=0)
    lease = operations.acquire(ref=ref, scope=scope, holder="w1", now=utc_now())
    return stage, lease, scope


def test_the_dispatcher_of_a_machine_with_a_wrong_clock_disturbs_nobody(stage_with_lease):
    stage, lease, scope = stage_with_lease
    for wrong in (HOUR, 24 * HOUR, -HOUR):
        with time_machine.travel(datetime.now(UTC) + wrong):
            tasks.dispatch_shards()
    operations.renew(lease=lease, report=ShardReport(scope=scope), now=utc_now())
    assert status(stage).released_at is None
    assert status(stage).token == lease.token


@pytest.mark.parametrize("step", [HOUR, -STEP_BACK], ids=["forward", "back"])
def test_a_step_of_the_databases_clock_ends_nothing_and_makes_no_gap(
    listed, subject, valkey, database_clock, step
):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage, holder="w1") as loop:
        wait_for(lambda: sees(stage))
        before = status(stage)
        database_clock.by = step
        wait_for(lambda: abs(status(stage).heartbeat_at - before.heartbeat_at - step) < timedelta(minutes=5))
        camera.play(subject)
        wait_for(lambda: raised(stage))
        assert loop.thread.is_alive()
        wait_for(lambda: tally(stage).silent_since is None)
    assert status(stage).token == before.token
    assert len(raised(stage)) == 1
    assert all(length < timedelta(minutes=5) for _, length in gaps(stage)), gaps(stage)


def test_a_holder_that_dies_as_the_clock_is_set_back_is_replaced(stage_with_lease):
    stage, lease, scope = stage_with_lease
    earlier = utc_now() - HOUR
    assert operations.shards_due(force_id=stage.force.id, now=earlier) == (lease.ref,)
    new = operations.acquire(ref=lease.ref, scope=scope, holder="w2", now=earlier)
    assert new is not None
    assert new.token == lease.token + 1
    assert operations.acquire(ref=lease.ref, scope=scope, holder="w3", now=earlier) is None


@pytest.mark.parametrize("off_s", [5, -5], ids=["old", "of a clock set back"])
def test_a_frame_is_as_old_as_the_bus_says_whatever_the_web_servers_clock_said(
    listed, subject, valkey, off_s
):
    """Its own time of arrival is an hour ahead: a frame of nobody knows when."""
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with time_machine.travel(datetime.now(UTC) + HOUR):
        camera.show(subject[0])
    ((entry, fields),) = valkey.xrange(camera.stream)
    valkey.delete(camera.stream)
    put_ms = int(entry.partition(b"-")[0]) - off_s * 1000
    valkey.xadd(camera.stream, fields, id=f"{put_ms}-1")
    with running(stage):
        wait_for(lambda: tally_or_none(stage) and tally(stage).dropped == 1)
        camera.play(subject[1:2])
        wait_for(lambda: tally(stage).frames == 1)
    assert tally(stage).dropped == 1


def tally_or_none(stage):
    with stage.context():
        return live.tallies(deployment_id=stage.deployment_id)


def test_what_a_worker_had_in_hand_when_it_slept_is_never_searched(listed, subject, valkey, monkeypatch):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    slept = [0.0]
    asleep, process = [True], ShardPipeline.process
    monkeypatch.setattr(loop, "elapsed_s", lambda: clock.elapsed_s() + slept[0])

    def sleeps(self, frames):
        result = process(self, frames)
        if result.probes and asleep[0]:
            slept[0] += loop.ROUND_MAX_S + 1
        return result

    monkeypatch.setattr(ShardPipeline, "process", sleeps)
    with running(stage):
        wait_for(lambda: sees(stage))
        camera.play(subject)
        wait_for(lambda: "worker stalled" in {reason for reason, _ in gaps(stage)})
        assert tally(stage).searches == 0
        assert raised(stage) == ()
        asleep[0] = False
        camera.play(subject)
        wait_for(lambda: raised(stage))
    assert len(raised(stage)) == 1


def test_a_batch_is_looked_at_only_under_what_is_true_after_it_was_taken(
    listed, subject, valkey, monkeypatch
):
    """The periodic look comes first and then never again: the suspension is between taking and decoding."""
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    monkeypatch.setattr(loop, "CONFIRM_EVERY_S", 3600)
    take, looked = relays.take_newest, []

    def suspends_after_taking(**asked):
        batch = take(**asked)
        if batch.frames:
            stage.suspend()
        return batch

    monkeypatch.setattr(relays, "take_newest", suspends_after_taking)
    monkeypatch.setattr(loop, "decode", looked.append)
    camera.show(subject[0])
    with running(stage) as it:
        assert it.join() is StopReason.NOT_LIVE
    assert looked == []
    assert raised(stage) == ()
