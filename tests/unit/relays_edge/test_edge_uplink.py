"""What a relay says of itself: it comes back as it was, and nothing else is taken."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.relays.edge import wire
from apps.relays.edge.camera import Camera, CameraConfig
from apps.relays.edge.capture import CaptureLimits
from apps.relays.edge.counters import DropReason
from apps.relays.edge.sources import parse_source
from apps.relays.edge.uplink import MAX_UPTIME_S
from apps.relays.edge.wire import CameraHealth, RelayHealth, WireError
from apps.relays.edge.words import CaptureState, Fault

COUNT = st.integers(0, wire.MAX_SEQUENCE)
OFFSET = st.integers(-(10**12), 10**12)
CAMERA = st.builds(
    CameraHealth,
    state=st.sampled_from(CaptureState),
    reopened=COUNT,
    error=st.sampled_from(Fault),
    quality=st.integers(0, 100),
    age_ms=OFFSET,
    sent=COUNT,
    dropped_by=st.fixed_dictionaries(dict.fromkeys(DropReason, COUNT)),
    fps=st.integers(0, 10_000).map(lambda tenths: tenths / 10),
)
REPORT = st.builds(
    RelayHealth,
    cameras=st.dictionaries(st.uuids(), CAMERA, max_size=20),
    offset_ms=st.none() | OFFSET,
    rtt_ms=st.none() | st.integers(0, 10**12),
    uptime_s=st.integers(0, MAX_UPTIME_S),
    version=st.text("0123456789.", min_size=1, max_size=20),
)


@settings(max_examples=40)
@given(REPORT)
def test_a_report_comes_back_within_the_limit_whatever_its_size(report: RelayHealth) -> None:
    messages = wire.health_messages(report)
    cameras: dict[UUID, CameraHealth] = {}
    for message in messages:
        assert len(message) <= wire.MAX_CONTROL_BYTES
        told = wire.parse_uplink(message).health
        assert told is not None
        cameras |= told.cameras
        assert (told.offset_ms, told.rtt_ms, told.uptime_s, told.version) == (
            report.offset_ms,
            report.rtt_ms,
            report.uptime_s,
            report.version,
        )
    assert cameras == report.cameras


def a_report(**changes: Any) -> dict[str, Any]:
    camera = {
        "state": "reading",
        "reopened": 0,
        "error": "",
        "quality": 80,
        "age_ms": 40,
        "sent": 5,
        "dropped_by": {"rate": 5},
        "fps": 6,
    }
    report = {
        "type": "health",
        "cameras": {str(UUID(int=1)): camera},
        "offset_ms": None,
        "rtt_ms": None,
        "uptime_s": 1,
        "version": "2.0",
    }
    for name, value in changes.items():
        (camera if name in camera else report)[name] = value
    return report


def test_members_and_reasons_of_a_newer_relay_are_passed_over() -> None:
    report = a_report(dropped_by={"rate": 5, "moonlight": "many"}, new={"a": 1})
    health = wire.parse_uplink(json.dumps(report)).health
    assert health is not None
    assert health.cameras[UUID(int=1)].dropped_by == {DropReason.RATE: 5}


@pytest.mark.parametrize(
    "changes",
    [
        {"cameras": []},
        {"cameras": {"not-a-uuid": {}}},
        {"cameras": {str(UUID(int=2)): []}},
        {"cameras": {str(UUID(int=n)): {} for n in range(9)}},
        {"state": "<script>"},
        {"state": ["reading"]},
        {"error": "rtsp://admin:hunter2@camera/ refused"},
        {"quality": 101},
        {"sent": -1},
        {"sent": 2**63},
        {"dropped_by": {"rate": True}},
        {"dropped_by": []},
        {"fps": float("nan")},
        {"fps": "6"},
        {"fps": 10**400},
        {"version": "9" * 21},
        {"version": None},
        {"uptime_s": 1.5},
        {"uptime_s": 2**63 - 1},  # no length of time that a page could say
        {"offset_ms": "3"},
        {"type": "hello"},
        {"type": None},
    ],
)
def test_what_is_no_report_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError) as caught:
        wire.parse_uplink(json.dumps(a_report(**changes)))
    assert "hunter2" not in str(caught.value)


def test_a_report_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError) as caught:
        wire.parse_uplink(json.dumps(a_report(extra="x" * wire.MAX_CONTROL_BYTES)))
    assert caught.value.code == "too_large"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=200) | JSON.map(json.dumps), st.dictionaries(st.sampled_from(list(a_report())), JSON))
def test_no_text_whatsoever_raises_anything_else(text: str, changes: dict[str, Any]) -> None:
    for sent in (text, json.dumps({**a_report(), **changes})):
        for parse in (wire.parse_uplink, wire.parse_control):
            try:
                parse(sent)
            except WireError as error:
                assert error.code  # noqa: PT017 - any other exception is the failure


@given(st.integers(0, wire.MAX_CAPTURED_AT_US), st.integers(0, wire.MAX_CAPTURED_AT_US))
def test_clock_and_pace_come_back(sent_us: int, at_us: int) -> None:
    assert wire.parse_uplink(wire.clock_question(sent_us=sent_us)).sent_us == sent_us
    answer = wire.parse_control(wire.clock_answer(sent_us=sent_us, at_us=at_us))
    assert (answer.sent_us, answer.at_us) == (sent_us, at_us)


@pytest.mark.parametrize("fps", [0.0, 0.09, 60.1, float("nan"), float("inf")])
def test_a_pace_that_stops_or_floods_is_not_said_and_not_heard(fps: float) -> None:
    with pytest.raises(WireError):
        wire.pace(fps=fps)
    with pytest.raises(WireError):
        wire.parse_control(json.dumps({"type": "pace", "fps": fps}))


def test_a_pace_is_heard() -> None:
    assert wire.parse_control(wire.pace(fps=2.5)).fps == 2.5
    assert wire.parse_control('{"type":"pace","fps":3}').fps == 3.0


def test_an_old_platform_is_not_told_anything() -> None:
    assert not wire.parse_control('{"type":"hello","credits":4}').reports
    assert wire.parse_control(wire.hello(credits=4, reports=True)).reports


@pytest.mark.parametrize("age_ms", [10**14, -(10**14)])
def test_what_a_hijacked_decoder_counts_does_not_spoil_the_report_of_the_others(age_ms: int) -> None:
    """The platform ends a link that says too much that is no report, and with it every camera of the van."""
    camera = Camera(CameraConfig(UUID(int=1), parse_source("rtsp://camera/")), CaptureLimits(), fps=6.0)
    camera.age_ms = age_ms
    camera.counters.drop_up_to(5 * wire.MAX_SEQUENCE, DropReason.RATE)
    report = RelayHealth({UUID(int=1): camera.health(5.0)}, None, None, 1, "2.0")
    (message,) = wire.health_messages(report)
    assert wire.parse_uplink(message).health == report
