"""One shard recognising for real: real faces, the real pack, PostgreSQL and the bus."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.live import api as live
from apps.live import queries
from apps.live.data import ShardRef, StopReason
from apps.live.loop import ShardLoop
from apps.relays import api as relays
from apps.watchlists import api as watchlists
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, RunningLoop, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def listed(photos):
    return {"TEST-A": (photos / "subject_a_1.jpg").read_bytes()}


@pytest.fixture
def subject(photos):
    """Another photograph of the listed person."""
    return person(photos / "subject_a_2.jpg")


@pytest.fixture
def bystander(photos):
    return person(photos / "bystander_d.jpg")


def raised(stage):
    with stage.context():
        return alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts


def tally(stage, camera_id=None):
    with stage.context():
        rows = {row.camera_id: row for row in live.tallies(deployment_id=stage.deployment_id)}
    return rows.get(camera_id or stage.camera_id)


def counted(stage, **least):
    """Whether the written tally has reached these numbers."""
    row = tally(stage)
    return row is not None and all(getattr(row, name) >= number for name, number in least.items())


def shard(stage, number=0):
    with stage.context():
        (status,) = [s for s in live.shards(deployment_id=stage.deployment_id) if s.shard == number]
    return status


def test_a_listed_person_raises_one_alert_and_a_bystander_none(listed, subject, bystander, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(subject, bystander, steps=8))
        wait_for(lambda: raised(stage))
        wait_for(lambda: counted(stage, searches=2, frames=8))
    (alert,) = raised(stage)
    assert alert.subject_id == stage.subjects["TEST-A"]
    assert alert.camera_id == stage.camera_id
    assert alert.threshold <= alert.cosine_similarity <= 1
    assert timedelta(0) <= alert.raised_at - alert.captured_at < timedelta(seconds=5)
    row = tally(stage)
    assert (row.alerts, row.tracks) == (1, 2)
    assert row.faces >= 12
    assert row.processing_us > 0
    assert row.last_frame_at is not None


def test_one_view_alone_raises_nothing_and_a_second_does(listed, subject, valkey):
    """However alike the first is: no lucky frame decides about somebody."""
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(subject, steps=1))
        wait_for(lambda: counted(stage, searches=1))
        assert raised(stage) == ()
        assert tally(stage).alerts == 0
        camera.play(walk(subject, steps=6))
        wait_for(lambda: raised(stage))
    assert len(raised(stage)) == 1


def test_nothing_of_a_frame_stays_on_the_bus(listed, bystander, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(bystander, steps=3))
        wait_for(lambda: counted(stage, searches=1))
    assert [key for key in valkey.scan_iter("*frames:*") if str(stage.deployment_id).encode() in key] == []
    assert raised(stage) == ()


def test_below_the_authorised_threshold_nobody_is_told(listed, subject, valkey):
    stage = make_live_stage(listed, threshold=0.98)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(subject))
        wait_for(lambda: counted(stage, searches=1))
    assert raised(stage) == ()
    assert tally(stage).alerts == 0


def test_of_a_stopped_camera_nothing_is_searched_and_the_other_goes_on(listed, subject, valkey):
    """Frames that reach the bus all the same are dropped unseen, until somebody on duty says otherwise."""
    stage = make_live_stage(listed, cameras=2)
    silent, other = stage.cameras
    with stage.context():
        deployments.stop_camera(
            deployment_id=stage.deployment_id,
            camera_id=silent.id,
            heard_at=None,
            reason="sent nothing",
            now=utc_now(),
        )
    with running(stage):
        Camera(stage, silent.id, valkey).play(walk(subject))
        Camera(stage, other.id, valkey).play(walk(subject))
        wait_for(lambda: raised(stage))
    assert [alert.camera_id for alert in raised(stage)] == [other.id]
    row = tally(stage, silent.id)
    assert (row.frames, row.faces, row.searches) == (0, 0, 0)


def test_only_this_deployments_list_is_searched(photos, listed, subject, valkey):
    elsewhere = make_live_stage(listed, name="south")
    here = make_live_stage({"TEST-B": (photos / "subject_b_1.jpg").read_bytes()})
    camera = Camera(here, here.camera_id, valkey)
    with running(here):
        camera.play(walk(subject))
        wait_for(lambda: counted(here, searches=1))
    assert raised(here) == ()
    assert raised(elsewhere) == ()


def test_before_the_start_nothing_is_looked_at(listed, subject, valkey):
    stage = make_live_stage(listed, start=False)
    camera = Camera(stage, stage.camera_id, valkey)
    camera.show(walk(subject)[0])
    loop = RunningLoop(stage)
    loop.thread.start()
    assert loop.join() is StopReason.NOT_LIVE
    assert not camera.taken()
    assert tally(stage) is None
    with stage.context():
        assert live.shards(deployment_id=stage.deployment_id) == ()


def test_outside_the_window_nothing_is_looked_at(listed):
    stage = make_live_stage(listed)
    ref = ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=0)
    end = stage.get().authority.window_end
    late = ShardLoop(ref=ref, holder="late", stop=RunningLoop(stage).stop, clock=lambda: end)
    assert late.run() is StopReason.NOT_LIVE


def test_a_changed_authority_is_not_recognised_under(listed, owner_connection):
    """Somebody with the database's owner at hand swaps the threshold: the approval's hash no longer holds."""
    stage = make_live_stage(listed)
    owner_connection.execute(
        "UPDATE deployments_deployment SET authority = jsonb_set(authority, '{threshold}', '\"0.0100\"')"
    )
    loop = RunningLoop(stage)
    loop.thread.start()
    assert loop.join() is StopReason.NOT_LIVE


def test_the_end_stops_recognition_within_two_seconds_and_frees_the_shard(listed, subject, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage) as loop:
        camera.play(walk(subject, steps=1))
        wait_for(lambda: shard(stage).blind_since is None)
        stage.end()
        assert loop.join(within_s=2) is StopReason.NOT_LIVE
    camera.show(walk(subject)[1])
    assert not camera.taken()
    assert shard(stage).released_at is not None
    assert {gap.reason for gap in stage.gaps()} <= {"recognition starting"}


def test_a_suspension_stops_it_and_a_resumption_lets_it_start_again(listed, subject, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage) as loop:
        wait_for(lambda: camera.taken() and tally(stage) is not None)
        stage.suspend()
        assert loop.join(within_s=2) is StopReason.NOT_LIVE
    stage.resume()
    with running(stage):
        camera.play(walk(subject))
        wait_for(lambda: raised(stage))
    assert shard(stage).token == 2


def test_a_camera_taken_off_the_authority_is_no_longer_read(listed, subject, valkey):
    stage = make_live_stage(listed, cameras=2)
    kept, dropped = (Camera(stage, camera.id, valkey) for camera in stage.cameras)
    with running(stage):
        dropped.play(walk(subject, steps=1))
        stage.narrow_to(stage.cameras[0])
        kept.play(walk(subject, steps=1))
        wait_for(lambda: counted(stage, frames=1))
        before = tally(stage, dropped.camera_id).frames
        dropped.show(walk(subject)[1])
        kept.play(walk(subject, steps=6)[1:])
    assert not dropped.taken()
    assert tally(stage, dropped.camera_id).frames == before


def test_outside_the_zone_of_a_camera_nobody_is_looked_for(listed, subject, valkey):
    """Also when the zone became smaller while the deployment is live."""
    stage = make_live_stage(listed)
    camera, in_sight = Camera(stage, stage.camera_id, valkey), walk(subject)
    right = ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0))
    with running(stage):
        wait_for(lambda: tally(stage) is not None)
        stage.narrow_to(replace(stage.cameras[0], zone=right))
        camera.play([np.full_like(in_sight[0], 120)])
        wait_for(lambda: counted(stage, frames=1))  # by the time of this report the change is known
        camera.play(in_sight)
        wait_for(lambda: counted(stage, frames=1 + len(in_sight)))
        row = tally(stage)
        assert (row.faces, row.tracks, row.searches) == (0, 0, 0)
        assert raised(stage) == ()
        camera.play([np.roll(frame, frame.shape[1] * 6 // 10, axis=1) for frame in in_sight])
        wait_for(lambda: raised(stage))


def test_who_was_seen_outside_a_zone_that_has_just_become_smaller_is_not_raised(
    listed, subject, valkey, monkeypatch
):
    """The plan is read again with the search: what was found under the wider zone is dropped there."""
    stage, searched, search = make_live_stage(listed), [], queries.search
    right = ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0))

    def narrowed_meanwhile(*, lease, templates, now):
        searched.extend(templates)
        if len(templates) and len(searched) == 2:  # with the second view an alert would be due
            stage.narrow_to(replace(stage.cameras[0], zone=right))
        return search(lease=lease, templates=templates, now=now)

    monkeypatch.setattr(queries, "search", narrowed_meanwhile)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(subject, steps=8))
        wait_for(lambda: counted(stage, searches=2, frames=8))
    assert len(searched) == 2
    assert raised(stage) == ()


def test_a_removed_person_is_no_longer_found(listed, subject, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        wait_for(lambda: tally(stage) is not None)
        with stage.context():
            watchlists.remove_subject(
                subject_id=stage.subjects["TEST-A"],
                reason="no longer wanted",
                actor=stage.silver,
                now=utc_now(),
            )
        camera.play(walk(subject))
        wait_for(lambda: counted(stage, searches=1))
    assert raised(stage) == ()
    assert [gap for gap in stage.gaps() if "gallery" in gap.reason] == []


def test_an_emptied_gallery_is_a_gap_is_refilled_and_the_person_found(
    listed, subject, valkey, owner_connection
):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        wait_for(stage.gaps)  # its start is one: until that is over, a lost gallery would be part of it
        emptied_at = utc_now()
        owner_connection.execute(f"TRUNCATE watchlists_gallery_{stage.deployment_id.hex}")
        wait_for(lambda: [gap for gap in stage.gaps() if "gallery" in gap.reason])
        camera.play(walk(subject))
        wait_for(lambda: raised(stage))
    (gap,) = [gap for gap in stage.gaps() if "gallery" in gap.reason]
    assert gap.started_at <= emptied_at <= gap.ended_at
    assert gap.camera_id is None
    assert len(raised(stage)) == 1


def test_a_gallery_that_cannot_be_mended_raises_nothing_and_stays_a_gap(
    listed, subject, valkey, owner_connection
):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        wait_for(stage.gaps)  # its start is one: until that is over, a lost gallery would be part of it
        owner_connection.execute(
            "UPDATE watchlists_picture SET template_sha256 = repeat('0', 64), pack_version = 'x'"
        )
        # Not emptied but gone: the worker's search names it.
        owner_connection.execute(f"DROP TABLE watchlists_gallery_{stage.deployment_id.hex}")
        wait_for(lambda: shard(stage).reason == "gallery not as sealed")
        for frame in walk(subject):
            camera.show(frame)
    assert raised(stage) == ()
    assert shard(stage).blind_since is not None


def test_frames_that_are_overtaken_are_counted_once(listed, bystander, valkey):
    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    for frame in walk(bystander, steps=12):
        camera.show(frame)
    with running(stage):
        wait_for(lambda: counted(stage, frames=1))
    with stage.context():
        (row,) = relays.tallies(deployment_id=stage.deployment_id)
    assert row.dropped == 11 == tally(stage).dropped
    assert tally(stage).frames == 1


def test_a_frame_that_lay_too_long_is_the_past_and_not_looked_at(listed, subject, valkey):
    import asyncio

    from apps.relays import framebus
    from tests.support.relay_frames import bus_frame

    stage = make_live_stage(listed)
    old = bus_frame(stage.camera_id, 1, walk(subject)[0], now=utc_now() - timedelta(seconds=4))
    asyncio.run(framebus.publish(deployment_id=stage.deployment_id, frame=old, now=utc_now()))
    with running(stage):
        wait_for(lambda: counted(stage, dropped=1))
    assert tally(stage).frames == 0
    assert raised(stage) == ()


def test_a_frame_that_cannot_be_decoded_is_counted_and_the_next_is_looked_at(listed, bystander, valkey):
    import asyncio
    from dataclasses import replace

    from apps.relays import framebus
    from tests.support.relay_frames import bus_frame

    stage = make_live_stage(listed)
    camera = Camera(stage, stage.camera_id, valkey)
    broken = replace(bus_frame(stage.camera_id, 1, walk(bystander)[0]), jpeg=b"\xff\xd8 nothing")
    asyncio.run(framebus.publish(deployment_id=stage.deployment_id, frame=broken, now=utc_now()))
    with running(stage):
        wait_for(camera.taken)
        camera.play(walk(bystander, steps=2))
        wait_for(lambda: counted(stage, frames=2, undecodable=1))


def test_a_silent_camera_becomes_a_gap_of_that_camera_when_it_is_heard_again(listed, bystander, valkey):
    stage = make_live_stage(listed, cameras=2)
    talking, quiet = (Camera(stage, camera.id, valkey) for camera in stage.cameras)
    with running(stage):
        quiet.play(walk(bystander, steps=1))
        wait_for(lambda: (talking.show(walk(bystander)[0]), tally(stage, quiet.camera_id).silent_since)[1])
        assert tally(stage, talking.camera_id).silent_since is None
        quiet.play(walk(bystander, steps=2)[1:])
        wait_for(lambda: [gap for gap in stage.gaps() if gap.camera_id == quiet.camera_id])
    (gap,) = [gap for gap in stage.gaps() if gap.camera_id is not None]
    assert gap.camera_id == quiet.camera_id
    assert gap.reason == "no frames from the camera"
    assert gap.ended_at - gap.started_at >= timedelta(seconds=3)


def test_recognition_leaves_its_start_and_its_end_in_the_audit(listed):
    from apps.audit import api as audit

    stage = make_live_stage(listed)
    with running(stage) as loop:
        wait_for(lambda: tally(stage) is not None)
        with stage.context():
            deployments.end(deployment_id=stage.deployment_id, actor=stage.silver, now=utc_now())
        loop.join()
    with stage.context():
        verbs = [event.verb for event in audit.events_about(object_id=stage.deployment_id)]
    assert verbs.count("recognition.started") == 1
    assert verbs.count("recognition.stopped") == 1
