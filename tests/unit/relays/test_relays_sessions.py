"""Which frames of a relay go on the bus, and how each refusal is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest

from apps.relays.data import Refusal, RelayAuthority, RelayData
from apps.relays.edge.wire import FrameHeader, pack
from apps.relays.framebus import from_us, to_us
from apps.relays.sessions import CONFIRMED_FOR_S, MAX_JPEG_BYTES, IngestSession

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
AUTHORISED, ONLY_ON_RELAY, STRANGE = uuid4(), uuid4(), uuid4()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    image = np.full((height, width, 3), 90, np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


def message(
    camera: UUID = AUTHORISED, sequence: int = 1, captured_at: datetime = NOW, body: bytes | None = None
) -> bytes:
    body = jpeg() if body is None else body
    return pack(FrameHeader(camera, sequence, to_us(captured_at), 64, 48, len(body)), body)


@pytest.fixture
def session() -> IngestSession:
    relay = RelayData(
        id=uuid4(),
        force_id=uuid4(),
        name="van 1",
        key_id="0" * 16,
        deployment_id=uuid4(),
        camera_ids=frozenset({AUTHORISED, ONLY_ON_RELAY}),
        enrolled_at=NOW,
        revoked_at=None,
        last_seen_at=None,
    )
    return IngestSession(relay=relay, authority=authority(relay), at=100.0)


def authority(relay: RelayData) -> RelayAuthority:
    return RelayAuthority(
        relay_id=relay.id,
        force_id=relay.force_id,
        deployment_id=relay.deployment_id,
        relay_camera_ids=relay.camera_ids,
        camera_ids=frozenset({AUTHORISED}),
    )


def judge(session: IngestSession, data: bytes, *, now: datetime = NOW, at: float = 100.0):
    return session.judge(data, now=now, at=at)


def test_it_takes_a_frame_of_an_authorised_camera_with_every_field(session):
    captured = NOW - timedelta(milliseconds=120)
    frame = judge(session, message(sequence=7, captured_at=captured))
    assert frame is not None
    assert (frame.camera_id, frame.sequence, frame.captured_at) == (AUTHORISED, 7, captured)
    assert (frame.received_at, frame.width_px, frame.height_px) == (NOW, 64, 48)
    assert frame.jpeg == jpeg()
    session.accepted(frame)
    counts = session.take_counts()
    assert counts.cameras[AUTHORISED].received == 1
    assert counts.cameras[AUTHORISED].clock_offset_ms == 120
    assert not counts.refusals


@pytest.mark.parametrize(
    ("data", "at", "refusal"),
    [
        (message(camera=STRANGE), 100.0, Refusal.CAMERA_NOT_ON_RELAY),
        (message(camera=ONLY_ON_RELAY), 100.0, Refusal.CAMERA_NOT_AUTHORISED),
        (message(captured_at=NOW - timedelta(seconds=10.001)), 100.0, Refusal.CLOCK),
        (message(captured_at=NOW + timedelta(seconds=10.001)), 100.0, Refusal.CLOCK),
        (message(), 100.0 + CONFIRMED_FOR_S + 0.01, Refusal.UNCONFIRMED),
        (b"", 100.0, Refusal.MALFORMED),
        (b"LFR1" + bytes(44), 100.0, Refusal.MALFORMED),
        (message()[:-1], 100.0, Refusal.MALFORMED),
        (message() + b"x", 100.0, Refusal.MALFORMED),
        (b"x" * (MAX_JPEG_BYTES + 49), 100.0, Refusal.TOO_LARGE),
    ],
)
def test_it_refuses_and_counts(session, data, at, refusal):
    assert judge(session, data, at=at) is None
    counts = session.take_counts()
    assert counts.refusals == {refusal: 1}
    assert all(delta.received == 0 for delta in counts.cameras.values())


def test_a_frame_at_the_edge_of_the_tolerated_clock_is_taken(session):
    assert judge(session, message(captured_at=NOW - timedelta(seconds=10))) is not None


@pytest.mark.parametrize(
    ("again", "refusal"), [(5, Refusal.REPLAYED), (3, Refusal.REPLAYED), (4, Refusal.OUT_OF_ORDER)]
)
def test_a_sequence_that_does_not_rise_is_refused_and_called_by_its_name(session, again, refusal):
    assert judge(session, message(sequence=3)) is not None
    assert judge(session, message(sequence=5)) is not None
    assert judge(session, message(sequence=again)) is None
    assert judge(session, message(sequence=6)) is not None
    counts = session.take_counts()
    assert counts.refusals == {refusal: 1}
    assert counts.cameras[AUTHORISED].refusals == {refusal.value: 1}


def test_a_refused_frame_does_not_use_up_its_sequence(session):
    assert judge(session, message(sequence=9, captured_at=NOW - timedelta(minutes=1))) is None
    assert judge(session, message(sequence=9)) is not None


def test_an_invented_camera_gets_no_counter_row(session):
    judge(session, message(camera=STRANGE))
    assert session.take_counts().cameras == {}


def test_a_wrong_camera_clock_is_visible_although_its_frames_are_refused(session):
    judge(session, message(captured_at=NOW - timedelta(hours=1)))
    assert session.take_counts().cameras[AUTHORISED].clock_offset_ms == 3_600_000


def test_counts_that_could_not_be_written_are_not_lost(session):
    session.accepted(judge(session, message(sequence=1)))
    judge(session, message(camera=ONLY_ON_RELAY))
    failed = session.take_counts()
    session.accepted(judge(session, message(sequence=2)))
    session.put_back(failed)
    counts = session.take_counts()
    assert counts.cameras[AUTHORISED].received == 2
    assert counts.cameras[ONLY_ON_RELAY].refused == 1
    assert counts.refusals == {Refusal.CAMERA_NOT_AUTHORISED: 1}
    assert not session.take_counts().cameras


def test_a_fresh_answer_makes_frames_welcome_again_and_may_withdraw_a_camera(session):
    late = 100.0 + CONFIRMED_FOR_S + 1
    assert judge(session, message(), at=late) is None
    session.confirm(authority=authority(session.relay), at=late)
    assert judge(session, message(), at=late) is not None
    nothing = RelayAuthority(
        relay_id=session.relay.id,
        force_id=session.relay.force_id,
        deployment_id=session.relay.deployment_id,
        relay_camera_ids=session.relay.camera_ids,
        camera_ids=frozenset(),
    )
    session.confirm(authority=nothing, at=late)
    assert judge(session, message(sequence=2), at=late) is None


def test_nothing_prints_a_picture(session):
    frame = judge(session, message())
    assert "jpeg" not in repr(frame)
    assert "bytes" not in repr(frame)


@pytest.mark.parametrize("moment", [NOW, datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(microseconds=1)])
def test_microseconds_survive_the_wire(moment):
    assert from_us(to_us(moment)) == moment


def test_a_stopped_camera_is_heard_and_nothing_of_it_is_taken(session):
    stopped = replace(session._authority, camera_ids=frozenset(), stopped_ids=frozenset({AUTHORISED}))
    session.confirm(authority=stopped, at=100.0)
    assert judge(session, message(sequence=1)) is None
    # A frame that is no good proves nothing.
    assert judge(session, message(sequence=2, captured_at=NOW - timedelta(minutes=1))) is None
    counts = session.take_counts()
    assert counts.refusals == {Refusal.CAMERA_STOPPED: 1, Refusal.CLOCK: 1}
    delta = counts.cameras[AUTHORISED]
    assert (delta.heard_at, delta.last_received_at, delta.received) == (NOW, None, 0)
    # One picture sent over and over does not make a camera heard.
    assert judge(session, message(sequence=1), now=NOW + timedelta(seconds=5)) is None
    assert session.take_counts().refusals == {Refusal.REPLAYED: 1}
    session.confirm(authority=authority(session.relay), at=100.0)
    # Nor is what it sent while it was stopped taken afterwards.
    assert judge(session, message(sequence=1)) is None
    assert judge(session, message(sequence=2)) is not None
