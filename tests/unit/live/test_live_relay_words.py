"""What a relay says is told in words: each closed word of the van has some."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from apps.live.data import AtRelay, ShardStatus
from apps.live.relay_words import at_relay, why_silent, worker_clock_words
from apps.relays.edge.counters import DropReason
from apps.relays.edge.wire import CameraHealth
from apps.relays.edge.words import CaptureState, Fault


def said(**changes):
    values = {
        "state": CaptureState.READING,
        "reopened": 0,
        "error": Fault.NONE,
        "quality": 80,
        "age_ms": 50,
        "sent": 10,
        "dropped_by": {},
        "fps": 5.0,
    }
    return CameraHealth(**(values | changes))


def test_why_a_camera_is_silent():
    assert why_silent(None) == ""
    assert why_silent(at_relay(said())) == ""
    assert why_silent(at_relay(said(error=Fault.UNREACHABLE))) == ": its relay cannot reach it"
    assert why_silent(at_relay(said(state=CaptureState.ENDED))) == ": its film is over"
    assert why_silent(at_relay(said(error="a word of next year"))) == ": its relay cannot read it"


def test_frames_that_were_not_wanted_are_no_shortage():
    found = at_relay(said(dropped_by={DropReason.RATE: 900, DropReason.NO_LINK: 12, DropReason.STALE: 0}))
    assert isinstance(found, AtRelay)
    assert found.dropped == (("more than was wanted", 900), ("no link to the platform", 12))
    assert found.dropped_for_want == 12


def test_a_small_difference_of_clocks_is_told_to_nobody():
    assert worker_clock_words([shard(None), shard(1900), shard(-300)]) == ""
    assert "2.5 s behind the database's" in worker_clock_words([shard(100), shard(-2500)])


def shard(offset_ms):

    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    return ShardStatus(UUID(int=1), 0, "w", 1, now, now, None, "", None, offset_ms)
