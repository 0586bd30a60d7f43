"""The wire format: what is packed comes back, and nothing else is let in."""

from __future__ import annotations

import json
import struct
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.edge import wire
from apps.relays.edge.jpeg import MAX_COMMENT_BYTES, JpegError, comments, jpeg_size, with_comment
from apps.relays.edge.wire import FrameHeader, WireError


def a_jpeg(width: int = 64, height: int = 48, quality: int = 80) -> bytes:
    image = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


JPEG = a_jpeg()


def a_header(jpeg: bytes = JPEG, **changes: object) -> FrameHeader:
    values: dict[str, object] = {
        "camera_id": UUID(int=7),
        "sequence": 5,
        "captured_at_us": 1_800_000_000_000_000,
        "width": 64,
        "height": 48,
        "jpeg_length": len(jpeg),
    }
    return FrameHeader(**{**values, **changes})  # type: ignore[arg-type]  # a test's shorthand


def test_the_header_is_what_the_contract_says_byte_for_byte() -> None:
    camera = uuid4()
    message = wire.pack(a_header(camera_id=camera, sequence=2**40 + 1), JPEG)
    assert message[:8] == b"LFR1" + bytes([1, 0]) + (48).to_bytes(2, "big")
    assert message[8:24] == camera.bytes
    assert struct.unpack("!QQHHI", message[24:48]) == (2**40 + 1, 1_800_000_000_000_000, 64, 48, len(JPEG))
    assert message[48:] == JPEG


@given(
    camera_id=st.uuids(),
    sequence=st.integers(0, wire.MAX_SEQUENCE),
    captured_at_us=st.integers(0, wire.MAX_CAPTURED_AT_US),
)
def test_it_comes_back_as_it_went(camera_id: UUID, sequence: int, captured_at_us: int) -> None:
    header = a_header(camera_id=camera_id, sequence=sequence, captured_at_us=captured_at_us)
    assert wire.unpack(wire.pack(header, JPEG)) == (header, JPEG)


@given(st.binary(max_size=400))
def test_noise_is_refused_and_never_crashes(noise: bytes) -> None:
    with pytest.raises(WireError):
        wire.unpack(noise)


@given(st.binary(max_size=200), st.integers(1, 4))
def test_noise_behind_a_valid_start_is_refused(noise: bytes, start: int) -> None:
    message = wire.pack(a_header(), JPEG)
    with pytest.raises(WireError):
        wire.unpack(message[: 8 * start] + noise)


@given(st.data())
def test_a_changed_byte_is_refused_or_changes_only_what_the_header_may_say(data: st.DataObject) -> None:
    message = bytearray(wire.pack(a_header(), JPEG))
    position = data.draw(st.integers(0, wire.HEADER_BYTES - 1))
    message[position] ^= data.draw(st.integers(1, 255))
    try:
        header, jpeg = wire.unpack(bytes(message))
    except WireError:
        return
    assert 8 <= position < 40, "magic, version, flags, lengths and size may not be changed unnoticed"
    assert jpeg == JPEG
    assert header.sequence <= wire.MAX_SEQUENCE
    assert header.captured_at_us <= wire.MAX_CAPTURED_AT_US


@given(st.integers(0, len(JPEG) + wire.HEADER_BYTES - 1))
def test_a_message_cut_short_is_refused(length: int) -> None:
    with pytest.raises(WireError):
        wire.unpack(wire.pack(a_header(), JPEG)[:length])


def test_a_byte_too_many_is_refused() -> None:
    with pytest.raises(WireError) as caught:
        wire.unpack(wire.pack(a_header(), JPEG) + b"\xff\xd9")
    assert caught.value.code == "length"


@pytest.mark.parametrize(
    ("offset", "new", "code"),
    [
        (0, b"LFR2", "magic"),
        (4, b"\x02", "version"),
        (5, b"\x01", "flags"),
        (6, b"\x00\x31", "header_length"),
        (24, b"\xff" * 8, "field"),
        (32, b"\xff" * 8, "field"),
        (40, b"\x00\x00", "field"),
        (40, b"\xff\xff", "field"),
        (40, b"\x00\x41", "jpeg_size"),
        (44, b"\x00\x00\x00\x00", "field"),
        (44, b"\xff\xff\xff\xff", "field"),
        (44, b"\x00\x00\x00\x09", "length"),
    ],
)
def test_each_field_is_checked(offset: int, new: bytes, code: str) -> None:
    message = bytearray(wire.pack(a_header(), JPEG))
    message[offset : offset + len(new)] = new
    with pytest.raises(WireError) as caught:
        wire.unpack(bytes(message))
    assert caught.value.code == code


def test_a_decompression_bomb_is_refused_before_anything_decodes_it() -> None:
    """A JPEG that says 65,000 x 65,000 in its own header, announced as 64 x 48."""
    bomb = bytearray(JPEG)
    frame = bomb.index(b"\xff\xc0")
    bomb[frame + 5 : frame + 9] = struct.pack("!HH", 65_000, 65_000)
    message = bytearray(wire.pack(a_header(), JPEG))
    message[48:] = bomb
    with pytest.raises(WireError) as caught:
        wire.unpack(bytes(message))
    assert caught.value.code == "jpeg_size"


def test_two_frame_headers_are_refused() -> None:
    frame = JPEG.index(b"\xff\xc0")
    segment = JPEG[frame : frame + 2 + int.from_bytes(JPEG[frame + 2 : frame + 4], "big")]
    with pytest.raises(JpegError):
        jpeg_size(JPEG[:frame] + segment + JPEG[frame:])


def test_a_message_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError) as caught:
        wire.unpack(bytes(wire.MAX_MESSAGE_BYTES + 1))
    assert caught.value.code == "too_large"


def test_it_does_not_pack_what_it_would_not_unpack() -> None:
    with pytest.raises(WireError):
        wire.pack(a_header(jpeg_length=len(JPEG) - 1), JPEG)
    with pytest.raises(WireError):
        wire.pack(a_header(width=65), JPEG)
    with pytest.raises(WireError):
        wire.pack(a_header(jpeg_length=4), b"abcd")


@given(st.binary(max_size=300))
def test_a_comment_is_carried_and_the_picture_is_the_same(comment: bytes) -> None:
    marked = with_comment(JPEG, comment)
    assert comments(marked) == [comment]
    assert jpeg_size(marked) == (64, 48)
    before = cv2.imdecode(np.frombuffer(JPEG, np.uint8), cv2.IMREAD_COLOR)
    after = cv2.imdecode(np.frombuffer(marked, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(before, after)


def test_a_comment_too_long_is_refused() -> None:
    with pytest.raises(JpegError):
        with_comment(JPEG, bytes(MAX_COMMENT_BYTES + 1))


@given(st.integers(1, wire.MAX_CREDITS), st.integers(0, wire.MAX_SEQUENCE), st.text(max_size=900))
def test_control_messages_come_back(credits: int, sequence: int, reason: str) -> None:
    assert wire.parse_control(wire.hello(credits=credits)).credits == credits
    assert wire.parse_control(wire.credit(n=credits)).credits == credits
    assert wire.parse_control(wire.ack(sequence=sequence)).sequence == sequence
    told = wire.parse_control(wire.refused(reason=reason)).reason
    assert told == wire.printable(reason)
    assert told.isprintable()
    assert len(told) <= wire.MAX_REASON_CHARS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"hello"',
        "[" * 5000,
        "{}",
        '{"type":"goodbye"}',
        '{"type":"hello"}',
        '{"type":"hello","credits":0}',
        '{"type":"hello","credits":true}',
        '{"type":"hello","credits":"4"}',
        '{"type":"credit","n":-1}',
        '{"type":"credit","n":1e9}',
        '{"type":"refused","reason":7}',
        json.dumps({"type": "refused", "reason": "x" * wire.MAX_CONTROL_BYTES}),
    ],
)
def test_what_is_no_control_message_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        wire.parse_control(text)


def test_a_reason_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in wire.parse_control(wire.refused(reason="\x1b[2Jnot\nlive\x07")).reason
    assert "\x1b" not in wire.parse_control('{"type":"refused","reason":"\\u001b[2J"}').reason
