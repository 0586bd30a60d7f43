"""Who holds a shard: one worker at a time, a token for each, and every second without one on record."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.db import connections

from apps.alerts import api as alerts
from apps.alerts.data import Sighting
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments import api as deployments
from apps.live import api as live
from apps.live import operations
from apps.live.data import (
    Blindness,
    CameraCounts,
    ClosedGap,
    GapReason,
    LeaseLost,
    ShardRef,
    ShardReport,
    ShardScope,
    StopReason,
)
from apps.live.queries import shard_scope
from tests.support.alert_stage import PROBE, THRESHOLD, make_stage
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, RunningLoop, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage():
    return make_stage()


def ref_of(stage, shard=0):
    return ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=shard)


def scope_of(stage):
    return shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)


def take(stage, holder="w1", *, now: datetime):
    return operations.acquire(ref=ref_of(stage), scope=scope_of(stage), holder=holder, now=now)


def report(stage, **values):
    return ShardReport(scope=scope_of(stage), **values)


def seeing(stage, since, until):
    return report(stage, closed=(ClosedGap(Blindness(since, GapReason.STARTING), until),))


def gaps(stage):
    with stage.context():
        return sorted(deployments.gaps(deployment_id=stage.deployment_id), key=lambda gap: gap.started_at)


def status(stage):
    with stage.context():
        (found,) = live.shards(deployment_id=stage.deployment_id)
    return found


def raise_with(lease, stage, track="t1", camera=None):
    sighting = Sighting(
        camera_id=camera or stage.cameras[0].id,
        track_id=track,
        subject_id=stage.subjects[0],
        cosine_similarity=0.8,
        threshold=THRESHOLD,
        captured_at=utc_now(),
        probe_jpeg=PROBE,
        template=np.full(128, 128**-0.5, np.float32),
    )
    (answer,) = operations.raise_alerts(lease=lease, sightings=[sighting], now=utc_now())
    return answer


def numbers(stage):
    with stage.context():
        news = alerts.news_since(deployment_id=stage.deployment_id, after=0)
    return [alert.number for alert in news.alerts]


def test_a_held_shard_is_nobody_elses(stage):
    now = utc_now()
    assert take(stage, "w1", now=now) is not None
    assert take(stage, "w2", now=now) is None
    assert take(stage, "w2", now=now + timedelta(seconds=4.9)) is None
    assert status(stage).holder == "w1"


def test_of_many_that_ask_at_once_exactly_one_gets_it(stage):
    now, won, ready = utc_now(), [], threading.Barrier(6)

    def ask(name):
        try:
            ready.wait()
            if take(stage, name, now=now) is not None:
                won.append(name)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert (status(stage).holder, status(stage).token) == (won[0], 1)


def test_a_lapsed_shard_is_taken_over_and_the_old_holder_can_write_nothing_more(stage):
    now = utc_now()
    old = take(stage, "w1", now=now - timedelta(seconds=6))
    assert raise_with(old, stage).alert.number == 1
    new = take(stage, "w2", now=now)
    assert new.token == old.token + 1
    for late in (
        lambda: raise_with(old, stage, "t2"),
        lambda: operations.renew(lease=old, report=report(stage), now=now),
        lambda: operations.release(lease=old, report=report(stage), reason="", now=now),
        lambda: operations.hand_over(lease=old, report=report(stage), now=now),
    ):
        with pytest.raises(LeaseLost):
            late()
    assert numbers(stage) == [1], "the alert raised before stays, none comes after"
    assert status(stage).holder == "w2"


def test_two_holders_and_one_track_make_one_alert(stage):
    now = utc_now()
    old = take(stage, "w1", now=now - timedelta(seconds=6))
    first = raise_with(old, stage, "t1")
    new = take(stage, "w2", now=now)
    assert raise_with(new, stage, "t1").alert.id == first.alert.id
    assert numbers(stage) == [1]


def test_the_gap_of_a_lost_worker_runs_from_its_last_heartbeat_to_the_first_sight(stage):
    now = utc_now()
    start = now - timedelta(seconds=13)
    old = take(stage, "w1", now=start)
    operations.renew(
        lease=old, report=seeing(stage, start, start + timedelta(seconds=1)), now=start + timedelta(seconds=1)
    )
    operations.renew(lease=old, report=report(stage), now=now - timedelta(seconds=9))
    new = take(stage, "w2", now=now - timedelta(seconds=3))
    assert [gap.reason for gap in gaps(stage)] == ["recognition starting"]
    assert status(stage).blind_since == now - timedelta(seconds=9)
    operations.renew(lease=new, report=seeing(stage, now - timedelta(seconds=3), now), now=now)
    lost = gaps(stage)[-1]
    assert (lost.reason, lost.camera_id) == ("worker lost", None)
    assert (lost.started_at, lost.ended_at) == (now - timedelta(seconds=9), now)
    assert status(stage).blind_since is None


def test_a_second_death_before_the_first_sight_leaves_one_gap_without_a_hole(stage):
    now = utc_now()
    first = now - timedelta(seconds=30)
    take(stage, "w1", now=first)
    take(stage, "w2", now=now - timedelta(seconds=20))
    last = take(stage, "w3", now=now - timedelta(seconds=10))
    operations.renew(lease=last, report=seeing(stage, now - timedelta(seconds=10), now), now=now)
    (gap,) = gaps(stage)
    assert (gap.started_at, gap.ended_at, gap.reason) == (first, now, "recognition starting")


def test_a_blind_holder_that_dies_has_its_gap_counted_from_when_it_went_blind(stage):
    now = utc_now()
    at = [now - timedelta(seconds=seconds) for seconds in (30, 29, 20, 10, 0)]
    lease = take(stage, "w1", now=at[0])
    operations.renew(lease=lease, report=seeing(stage, at[0], at[1]), now=at[1])
    operations.renew(lease=lease, report=report(stage, blind=Blindness(at[2], GapReason.BUS)), now=at[3])
    other = take(stage, "w2", now=at[4])
    operations.renew(lease=other, report=seeing(stage, at[4], at[4]), now=at[4])
    gap = gaps(stage)[-1]
    assert (gap.started_at, gap.ended_at, gap.reason) == (at[2], at[4], "frame bus not reachable")


def test_a_worker_that_stops_hands_over_at_once_and_the_pause_is_a_gap(stage):
    now = utc_now()
    start = now - timedelta(seconds=10)
    lease = take(stage, "w1", now=start)
    operations.renew(lease=lease, report=seeing(stage, start, start), now=start)
    operations.hand_over(lease=lease, report=report(stage), now=now - timedelta(seconds=2))
    other = take(stage, "w2", now=now - timedelta(seconds=1))
    assert other is not None
    operations.renew(lease=other, report=seeing(stage, now, now), now=now)
    gap = gaps(stage)[-1]
    assert (gap.reason, gap.ended_at - gap.started_at) == ("worker stopped", timedelta(seconds=2))


def test_a_worker_that_slept_through_its_lease_has_the_time_counted(stage):
    now = utc_now()
    start = now - timedelta(seconds=40)
    lease = take(stage, "w1", now=start)
    operations.renew(lease=lease, report=seeing(stage, start, start), now=start)
    operations.renew(lease=lease, report=report(stage), now=start + timedelta(seconds=4))
    assert gaps(stage) == []
    operations.renew(lease=lease, report=report(stage), now=now)
    (gap,) = gaps(stage)
    assert (gap.started_at, gap.ended_at) == (start + timedelta(seconds=4), now)
    assert gap.reason == "worker stalled"


def test_counts_add_up_over_reports_and_holders(stage):
    now, camera = utc_now(), stage.cameras[0].id
    lease = take(stage, "w1", now=now - timedelta(seconds=6))
    counts = {camera: CameraCounts(frames=3, faces=2, dropped=5, last_frame_at=now)}
    operations.renew(lease=lease, report=report(stage, counts=counts), now=now - timedelta(seconds=6))
    other = take(stage, "w2", now=now)
    operations.release(lease=other, report=report(stage, counts=counts), reason="over", now=now)
    with stage.context():
        row = next(r for r in live.tallies(deployment_id=stage.deployment_id) if r.camera_id == camera)
    assert (row.frames, row.faces, row.dropped, row.last_frame_at) == (6, 4, 10, now)


def test_a_shard_of_several_records_its_gap_for_each_of_its_cameras(stage):
    now = utc_now()
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        cameras = [deployments.register_camera(name=name, actor=engineer, now=now).id for name in ("a", "b")]
    scope = ShardScope(cameras=tuple(cameras), sole=False)
    lease = operations.acquire(ref=ref_of(stage), scope=scope, holder="w", now=now - timedelta(seconds=1))
    closed = (ClosedGap(Blindness(now, GapReason.STARTING), now),)
    operations.renew(lease=lease, report=ShardReport(scope=scope, closed=closed), now=now)
    assert {gap.camera_id for gap in gaps(stage)} == set(cameras)


def test_the_alert_of_a_camera_that_is_not_authorised_is_refused_under_a_good_lease(stage):
    lease = take(stage, now=utc_now())
    answer = raise_with(lease, stage, camera=uuid4())
    assert answer.alert is None
    assert "not on the authority" in str(answer.refused)
    assert numbers(stage) == []


def test_the_dispatcher_asks_for_a_shard_until_somebody_holds_it(stage):
    now = utc_now()
    assert operations.shards_due(force_id=stage.force.id, now=now) == (ref_of(stage),)
    assert operations.shards_due(force_id=stage.force.id, now=now + timedelta(seconds=3)) == (ref_of(stage),)
    lease = take(stage, now=now + timedelta(seconds=4))
    assert operations.shards_due(force_id=stage.force.id, now=now + timedelta(seconds=6)) == ()
    assert operations.shards_due(force_id=stage.force.id, now=now + timedelta(seconds=9)) == (ref_of(stage),)
    assert status(stage).blind_since == now, "recognition has been owed since the dispatcher first saw it"
    assert lease.token == 1


def test_the_dispatcher_of_one_force_never_sees_anothers_deployment(stage):
    other = make_stage("south")
    refs = operations.shards_due(force_id=stage.force.id, now=utc_now())
    assert {ref.deployment_id for ref in refs} == {stage.deployment_id}
    with other.context():
        assert live.shards(deployment_id=stage.deployment_id) == ()
        assert live.shards(deployment_id=other.deployment_id) == ()


def test_a_worker_that_vanished_before_the_end_leaves_a_gap_up_to_the_end_and_no_open_shard(stage):
    now = utc_now()
    start = now - timedelta(seconds=20)
    lease = take(stage, "w1", now=start)
    operations.renew(lease=lease, report=seeing(stage, start, start), now=start)
    ended_at = now - timedelta(seconds=8)
    with stage.context():
        deployments.end(deployment_id=stage.deployment_id, actor=stage.silver.actor, now=ended_at)
    assert operations.shards_due(force_id=stage.force.id, now=now) == ()
    gap = gaps(stage)[-1]
    assert (gap.started_at, gap.ended_at, gap.reason) == (start, ended_at, "worker lost")
    assert status(stage).released_at == now
    assert operations.shards_due(force_id=stage.force.id, now=now + timedelta(seconds=3)) == ()
    assert len(gaps(stage)) == 1


def test_a_resumed_deployment_is_owed_from_its_resumption_and_not_from_before(stage):
    now = utc_now()
    lease = take(stage, now=now - timedelta(seconds=60))
    operations.renew(
        lease=lease,
        report=seeing(stage, now - timedelta(seconds=60), now - timedelta(seconds=59)),
        now=now - timedelta(seconds=59),
    )
    operations.release(lease=lease, report=report(stage), reason="suspended", now=now - timedelta(seconds=50))
    operations.shards_due(force_id=stage.force.id, now=now)
    assert status(stage).blind_since == now
    assert status(stage).released_at is None


# With real loops and real faces


def test_a_second_loop_on_a_held_shard_leaves_it_alone(photos, valkey):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage, holder="first"):
        wait_for(lambda: gaps(stage))
        second = RunningLoop(stage, holder="second")
        second.thread.start()
        assert second.join() is StopReason.LEASE_HELD
        camera.play(walk(person(photos / "subject_a_2.jpg")))
        wait_for(lambda: numbers(stage))
    assert numbers(stage) == [1]
    assert status(stage).holder == "first"


def test_a_loop_that_was_overtaken_ends_and_the_new_one_goes_on(photos, valkey):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage, holder="stalled") as stalled:
        wait_for(lambda: gaps(stage))
        later = utc_now() + timedelta(seconds=6)
        assert take(stage, "fresh", now=later) is not None
        assert stalled.join(within_s=5) is StopReason.LEASE_LOST
    camera.show(walk(person(photos / "subject_a_2.jpg"))[0])
    assert not camera.taken()
    assert status(stage).holder == "fresh"
    assert numbers(stage) == []


def test_a_stopping_worker_ends_its_loop_within_a_second(photos):
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    with running(stage) as loop:
        wait_for(lambda: gaps(stage))
        loop.stop.set()
        assert loop.join(within_s=1.5) is StopReason.WORKER_STOPPED
    assert status(stage).released_at is None
    assert status(stage).reason == "worker stopped"
