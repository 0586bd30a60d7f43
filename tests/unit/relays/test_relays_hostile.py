"""Whatever arrives on a relay's socket: never an exception, always counted, and nothing let in twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.relays.data import RelayAuthority, RelayData
from apps.relays.edge.wire import FrameHeader, clock_question, pack, parse_control
from apps.relays.framebus import to_us
from apps.relays.models import Relay
from apps.relays.reports import as_report, storable
from apps.relays.sessions import CREDITS, IngestSession

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CAMERA, FOREIGN = UUID(int=1), UUID(int=2)
JPEG = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()


def frame(camera: UUID = CAMERA, sequence: int = 1, at: datetime = NOW) -> bytes:
    return pack(FrameHeader(camera, sequence, to_us(at), 64, 48, len(JPEG)), JPEG)


def new_session() -> IngestSession:
    relay = RelayData(
        id=UUID(int=9),
        force_id=UUID(int=8),
        name="van 1",
        key_id="0" * 16,
        deployment_id=UUID(int=7),
        camera_ids=frozenset({CAMERA}),
        enrolled_at=NOW,
        revoked_at=None,
        last_seen_at=None,
    )
    cameras = frozenset({CAMERA})
    authority = RelayAuthority(relay.id, relay.force_id, relay.deployment_id, cameras, cameras)
    return IngestSession(relay=relay, authority=authority, at=100.0)


GOOD = frame()


@st.composite
def bent(draw):
    """A good frame with bytes changed, cut off, added, or twice in one."""
    data = bytearray(GOOD)
    for place in draw(st.lists(st.integers(0, len(GOOD) - 1), max_size=6)):
        data[place] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(data)))
    return draw(st.sampled_from([bytes(data), bytes(data[:cut]), bytes(data) + GOOD, bytes(data[cut:])]))


@given(st.lists(st.one_of(st.binary(max_size=200), bent(), st.just(GOOD)), max_size=20))
def test_every_frame_is_taken_or_counted_as_refused(messages):
    session = new_session()
    taken = 0
    for data in messages:
        found = session.judge(data, now=NOW, at=100.0)
        if found is not None:
            assert found.camera_id == CAMERA
            taken += 1
            session.accepted(found)
    counts = session.take_counts()
    assert taken + sum(counts.refusals.values()) == len(messages)
    assert set(counts.cameras) <= {CAMERA}
    if CAMERA in counts.cameras:
        delta = counts.cameras[CAMERA]
        assert delta.received == taken
        assert delta.refused == sum(delta.refusals.values()) <= sum(counts.refusals.values())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=40))
def test_one_sequence_number_is_let_in_at_most_once_in_whatever_order(sent):
    session = new_session()
    taken = [
        found.sequence
        for own, sequence in sent
        if (found := session.judge(frame(CAMERA if own else FOREIGN, sequence), now=NOW, at=100.0))
    ]
    assert taken == sorted(set(taken))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
CAMERA_SAID = {
    "state": "reading",
    "reopened": 0,
    "error": "",
    "quality": 80,
    "age_ms": 40,
    "sent": 9,
    "dropped_by": {"rate": 3},
    "fps": 5.0,
}
HEALTH = {
    "type": "health",
    "cameras": {str(CAMERA): CAMERA_SAID, str(FOREIGN): CAMERA_SAID},
    "offset_ms": 12,
    "rtt_ms": 30,
    "uptime_s": 100,
    "version": "2.0",
}


@st.composite
def bent_health(draw):
    found = json.loads(json.dumps(HEALTH))
    where = draw(st.sampled_from([found, found["cameras"], found["cameras"][str(CAMERA)]]))
    where[draw(st.sampled_from([*where, "x"]))] = draw(JSON_VALUES)
    return json.dumps(found)


@example(json.dumps(HEALTH))
@given(st.one_of(st.text(max_size=200), JSON_VALUES.map(json.dumps), bent_health()))
def test_every_text_is_read_or_counted_and_only_numbers_and_known_words_are_kept(text):
    session = new_session()
    answer = session.hear(text, now=NOW, at=100.0)
    counts = session.take_counts()
    heard = counts.report is not None or (answer is not None and parse_control(answer).at_us == to_us(NOW))
    assert heard != (sum(counts.refusals.values()) == 1)
    assert session.malformed == sum(counts.refusals.values())
    if counts.report is not None:
        assert set(counts.report.health.cameras) <= {CAMERA}
        stored = json.loads(json.dumps(storable(counts.report), allow_nan=False))
        row = Relay(force_id=UUID(int=8), name="van 1", report=stored, reported_at=NOW)
        shown = as_report(row, now=NOW)
        assert shown.cameras == counts.report.health.cameras
        assert len(json.dumps(stored)) < 4096


def test_the_clocks_question_comes_back_with_the_platforms_time():
    session = new_session()
    answer = parse_control(session.hear(clock_question(sent_us=77), now=NOW, at=100.0))
    assert (answer.sent_us, answer.at_us) == (77, to_us(NOW))
    assert not session.uplinks.talks, "an old relay would not understand a pace"


def test_a_flood_of_good_texts_is_malformed_from_some_point_on():
    session = new_session()
    answered = [session.hear(clock_question(sent_us=1), now=NOW, at=100.0) for _ in range(25)]
    assert [answer is None for answer in answered] == [False] * 20 + [True] * 5
    assert session.malformed == 5
    assert session.hear(clock_question(sent_us=1), now=NOW, at=101.0) is not None


def test_a_report_is_written_once_merged_and_put_back_when_that_failed():
    session = new_session()
    session.hear(json.dumps(HEALTH), now=NOW, at=100.0)
    session.hear(json.dumps({**HEALTH, "cameras": {}, "offset_ms": None}), now=NOW, at=100.0)
    counts = session.take_counts()
    assert (set(counts.report.health.cameras), counts.report.health.offset_ms) == ({CAMERA}, None)
    assert session.take_counts().report is None
    session.put_back(counts)
    assert session.take_counts().report == counts.report


@pytest.mark.parametrize(
    ("offset_ms", "words"),
    [
        (2_000, ""),
        (-2_000, ""),
        (2_001, "2.0 s behind"),
        (-3_600_000, "60 min ahead"),
        (None, ""),
    ],
)
def test_a_clock_beyond_the_tolerance_is_told(offset_ms, words):
    row = Relay(force_id=UUID(int=8), name="van 1", report={"offset_ms": offset_ms}, reported_at=NOW)
    alarm = as_report(row, now=NOW).alarm
    assert words in alarm
    assert bool(alarm) == bool(words)


def test_without_credit_nothing_is_read():
    session = new_session()
    assert [session.spend() for _ in range(CREDITS + 2)] == [True] * CREDITS + [False] * 2
    assert session.malformed == 2
    session.credit(1)
    assert session.spend()
    assert not session.spend()
