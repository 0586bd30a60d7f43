"""What is said of cameras and recognition, from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from apps.deployments.data import CameraRef
from apps.live.data import (
    CameraState,
    CameraTallyData,
    GapReason,
    LiveHealth,
    RecognitionState,
    ShardStatus,
)
from apps.live.health import Facts, judge, problems, summary
from apps.live.rest import CAMERA_WORDS, health_json
from apps.relays.data import CameraIngest, RelayData

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DEPLOYMENT = UUID(int=99)
# Ids in this order fall into shards in this order, four to a shard.
CAMERAS = tuple(CameraRef(UUID(int=number), name) for number, name in enumerate(("North", "South"), start=1))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


JUST_NOW = ago(1)


def relay(*, seen: datetime | None = JUST_NOW, cameras=CAMERAS, name="Van 1", **changes) -> RelayData:
    values = RelayData(
        id=uuid4(),
        force_id=uuid4(),
        name=name,
        key_id="k",
        deployment_id=DEPLOYMENT,
        camera_ids=frozenset(camera.id for camera in cameras),
        enrolled_at=ago(3600),
        revoked_at=None,
        last_seen_at=seen,
    )
    return replace(values, **changes)


def arrived(camera: CameraRef, seconds: float) -> CameraIngest:
    return CameraIngest(DEPLOYMENT, camera.id, 1204, 7, 3, ago(seconds), 80)


def tally(camera: CameraRef, seconds: float) -> CameraTallyData:
    counts = dict.fromkeys(
        ("frames", "undecodable", "dropped", "faces", "tracks", "searches", "alerts", "processing_us"), 0
    )
    return CameraTallyData(
        deployment_id=DEPLOYMENT, camera_id=camera.id, last_frame_at=ago(seconds), silent_since=None, **counts
    )


def shard(number: int = 0, **changes) -> ShardStatus:
    values = ShardStatus(
        deployment_id=DEPLOYMENT,
        shard=number,
        holder="w",
        token=1,
        heartbeat_at=ago(0.5),
        expires_at=NOW + timedelta(seconds=4),
        blind_since=None,
        reason="",
        released_at=None,
    )
    return replace(values, **changes)


def facts(**changes) -> Facts:
    values = Facts(
        cameras=CAMERAS,
        off=None,
        relays=(relay(),),
        arrived={camera.id: arrived(camera, 2) for camera in CAMERAS},
        looked_at={camera.id: tally(camera, 0.4) for camera in CAMERAS},
        shards={0: shard()},
    )
    return replace(values, **changes)


def found(known: Facts) -> LiveHealth:
    cameras, recognition = judge(known, now=NOW)
    return LiveHealth(DEPLOYMENT, "LFR-1", "live", NOW, cameras, recognition)


def states(known: Facts) -> list[CameraState]:
    return [camera.state for camera in judge(known, now=NOW)[0]]


def test_all_well():
    health = found(facts())
    assert [camera.state for camera in health.cameras] == [CameraState.SEEING] * 2
    assert health.recognition == (RecognitionState.RUNNING, "Recognition is running.")
    assert problems(health) == []
    assert summary(health) == "Recognition running · 2 of 2 cameras seeing"
    north = health.cameras[0]
    assert (north.relay_name, north.relay_connected, north.last_frame_age_s) == ("Van 1", True, 0.4)
    assert (north.received, north.dropped, north.refused) == (1204, 3, 7)


def test_a_silent_camera_says_for_how_long_and_the_others_stay_well():
    health = found(
        facts(
            arrived={CAMERAS[0].id: arrived(CAMERAS[0], 12), CAMERAS[1].id: arrived(CAMERAS[1], 1)},
            looked_at={},
        )
    )
    assert [camera.state for camera in health.cameras] == [CameraState.SILENT, CameraState.SEEING]
    assert [words for _, words in problems(health)] == ["North has sent nothing for 12 s."]
    assert summary(health) == "Recognition running · 1 of 2 cameras seeing (not North)"


def test_a_camera_that_never_sent_says_so():
    (north, _) = judge(facts(arrived={}, looked_at={}), now=NOW)[0]
    assert (north.state, north.last_frame_age_s, north.received) == (CameraState.SILENT, None, 0)
    assert north.words == "North has sent nothing yet."


@pytest.mark.parametrize(
    ("seconds", "words"), [(5.0, None), (5.1, "5 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h")]
)
def test_silence_is_told_in_the_unit_that_an_officer_would_use(seconds, words):
    known = facts(arrived={camera.id: arrived(camera, seconds) for camera in CAMERAS}, looked_at={})
    (north, _) = judge(known, now=NOW)[0]
    assert (north.state is CameraState.SEEING) == (words is None)
    if words:
        assert north.words == f"North has sent nothing for {words}."


class TestRelays:
    def test_a_camera_that_no_relay_carries(self):
        known = facts(relays=(relay(cameras=CAMERAS[:1]),))
        assert states(known) == [CameraState.SEEING, CameraState.NO_RELAY]
        south = judge(known, now=NOW)[0][1]
        assert south.relay_name is None
        assert south.words == "South has no relay: nothing can reach recognition from it."

    def test_a_revoked_relay_is_none(self):
        assert states(facts(relays=(relay(revoked_at=ago(60)),))) == [CameraState.NO_RELAY] * 2

    def test_a_relay_that_fell_silent_is_named_rather_than_its_cameras(self):
        known = facts(
            relays=(relay(seen=ago(14)),),
            arrived={camera.id: arrived(camera, 14) for camera in CAMERAS},
            looked_at={},
        )
        (north, _) = judge(known, now=NOW)[0]
        assert (north.state, north.relay_connected) == (CameraState.NO_RELAY, False)
        assert north.words == "The relay Van 1 of North is not connected: last heard 14 s ago."

    def test_a_relay_that_never_connected(self):
        known = facts(relays=(relay(seen=None),), arrived={}, looked_at={})
        assert "it has not connected yet" in judge(known, now=NOW)[0][0].words

    def test_a_replaced_relay_is_judged_by_the_one_heard_last(self):
        known = facts(relays=(relay(seen=ago(500), name="Old"), relay(seen=ago(1), name="New")))
        assert judge(known, now=NOW)[0][0].relay_name == "New"


class TestRecognition:
    def test_a_blind_shard_says_why_and_for_how_long_and_its_cameras_are_not_looked_at(self):
        health = found(facts(shards={0: shard(blind_since=ago(9), reason=GapReason.GALLERY)}))
        assert health.recognition == (
            RecognitionState.NOT_RUNNING,
            "Recognition is not running: gallery not as sealed, for 9 s.",
        )
        assert [camera.state for camera in health.cameras] == [CameraState.BLIND] * 2
        assert [words for _, words in problems(health)] == [health.recognition.words], "said once"

    def test_a_worker_that_vanished_is_noticed_before_anybody_takes_over(self):
        health = found(facts(shards={0: shard(heartbeat_at=ago(6), expires_at=ago(1))}))
        assert health.recognition.words == "Recognition is not running: worker lost, for 6 s."

    @pytest.mark.parametrize("rows", [{}, {0: shard(released_at=ago(60))}], ids=["no-row", "released"])
    def test_right_after_the_start_it_is_starting_and_not_broken(self, rows):
        health = found(facts(shards=rows))
        assert health.recognition.state is RecognitionState.STARTING
        assert "it is starting" in health.recognition.words

    def test_a_start_that_takes_too_long_is_a_failure(self):
        health = found(facts(shards={0: shard(blind_since=ago(45), reason=GapReason.STARTING)}))
        assert health.recognition == (
            RecognitionState.NOT_RUNNING,
            "Recognition is not running: it has not started, for 45 s.",
        )

    def test_a_stopped_camera_is_said_with_recognition_itself(self):
        health = found(facts(stopped={CAMERAS[0].id: ago(60)}))
        assert health.recognition == (
            RecognitionState.PARTLY,
            "Recognition is not running for 1 of 2 cameras: North fell silent and is stopped.",
        )
        assert summary(health) == "Recognition partly running · 1 of 2 cameras seeing (not North)"
        assert [words[:20] for _, words in problems(health)] == [
            "Recognition is not r",
            "North fell silent an",
        ]

    @pytest.mark.parametrize(("seconds", "words"), [(9, "It sends pictures again"), (11, "still silent")])
    def test_a_stopped_camera_is_heard_again_for_as_long_as_its_button_is_there(self, seconds, words):
        known = facts(
            stopped={CAMERAS[0].id: ago(60)},
            arrived={CAMERAS[0].id: arrived(CAMERAS[0], seconds)},
            looked_at={},
        )
        assert words in judge(known, now=NOW)[0][0].words

    def test_where_some_are_stopped_and_the_rest_are_blind_nothing_runs(self):
        cameras = tuple(CameraRef(UUID(int=number), f"Camera {number}") for number in range(1, 6))
        blind = {0: shard(0, blind_since=ago(8), reason=GapReason.BUS), 1: shard(1)}
        health = found(facts(cameras=cameras, stopped={cameras[4].id: ago(60)}, shards=blind))
        assert health.recognition == (
            RecognitionState.NOT_RUNNING,
            "Recognition is not running: frame bus not reachable, for 8 s; "
            "Camera 5 fell silent and is stopped.",
        )

    def test_one_blind_shard_of_two_is_part_of_the_cameras(self):
        cameras = tuple(CameraRef(UUID(int=number), f"Camera {number}") for number in range(1, 7))
        known = facts(
            cameras=cameras,
            relays=(relay(cameras=cameras),),
            arrived={camera.id: arrived(camera, 1) for camera in cameras},
            looked_at={},
            shards={0: shard(), 1: shard(1, blind_since=ago(8), reason=GapReason.BUS)},
        )
        health = found(known)
        assert health.recognition.state is RecognitionState.PARTLY
        assert health.recognition.words.startswith("Recognition is not running for 2 of 6 cameras")
        assert [camera.state for camera in health.cameras].count(CameraState.BLIND) == 2


@pytest.mark.parametrize("why", ["this deployment is suspended", "this deployment has ended"])
def test_where_recognition_is_not_owed_nothing_is_wrong(why):
    health = found(facts(off=f"Recognition is off: {why}.", relays=(), arrived={}, looked_at={}, shards={}))
    assert [camera.state for camera in health.cameras] == [CameraState.IDLE] * 2
    assert health.recognition == (RecognitionState.OFF, f"Recognition is off: {why}.")
    assert problems(health) == []
    assert summary(health) == "Recognition off"


def test_a_problem_keeps_its_key_while_its_seconds_go_on_and_gets_another_when_it_changes():
    def keys(seconds, seen):
        known = facts(
            relays=(relay(seen=seen),),
            arrived={camera.id: arrived(camera, seconds) for camera in CAMERAS},
            looked_at={},
        )
        return {key for key, _ in problems(found(known))}

    assert keys(12, ago(1)) == keys(13, ago(1))
    assert keys(13, ago(1)) != keys(13, ago(20))


def test_every_state_has_words_beside_its_colour():
    assert set(CAMERA_WORDS) == set(CameraState)
    answer = health_json(found(facts()))
    assert all(camera["state_words"] and camera["words"] for camera in answer["cameras"])
