"""A decoding process parses a stranger's stream: what it answers is checked like a stranger's word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.edge.decode import DecodeState, Report, Shot, decode_reply, encode_reply
from apps.relays.edge.words import Fault

REPORT = Report(
    state=DecodeState.READING,
    frames_read=7,
    idle_s=0.1,
    position_s=1.5,
    fresh=True,
    error="",
    fault=Fault.NONE,
)
SHOT = Shot(number=7, captured_at=1_800_000_000.5, width=64, height=48, jpeg=b"\xff\xd8..\n..\xff\xd9")


def test_a_reply_comes_back() -> None:
    assert decode_reply(encode_reply(REPORT, SHOT)) == (REPORT, SHOT)
    assert decode_reply(encode_reply(REPORT, None)) == (REPORT, None)


def reply(**changes: Any) -> bytes:
    head = json.loads(encode_reply(REPORT, SHOT).partition(b"\n")[0])
    for name, value in changes.items():
        (head["report"] if name in head["report"] else head["shot"])[name] = value
    return json.dumps(head).encode() + b"\n" + SHOT.jpeg


@pytest.mark.parametrize(
    "changes",
    [
        {"frames_read": "7"},
        {"frames_read": -1},
        {"frames_read": True},
        {"frames_read": 10**30},
        {"idle_s": None},
        {"idle_s": float("nan")},
        {"position_s": float("inf")},
        {"fresh": "yes"},
        {"error": ["x"]},
        {"state": "sleeping"},
        {"fault": "on fire"},
        {"number": 0},
        {"number": 8},
        {"number": "7"},
        {"captured_at": "now"},
        {"captured_at": 1e300},
        {"width": 0},
        {"height": 10**9},
        {"more": 1},
    ],
    ids=lambda changes: "-".join(f"{name}_{value}" for name, value in changes.items())[:40],
)
def test_what_no_honest_decoder_says_ends_its_process(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        decode_reply(reply(**changes))


def test_what_it_says_of_an_error_cannot_write_to_a_terminal() -> None:
    report, _ = decode_reply(reply(error="\x1b[2Jgone\n" + "x" * 5000))
    assert report.error.isprintable()
    assert len(report.error) <= 300


@given(
    st.binary(max_size=200)
    | st.dictionaries(st.text(max_size=9), st.integers()).map(lambda d: json.dumps(d).encode())
)
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_reply(data)
