"""What travels between the relay in the van and the platform.

Relay to platform, one binary WebSocket message a frame: a fixed header in network byte order, then the JPEG.

    offset  size  field
         0     4  magic, b"LFR1"
         4     1  version, 1
         5     1  flags, 0: none is defined, and a reader refuses what it does not know
         6     2  header length, 48: bytes from the magic to the first byte of the JPEG
         8    16  camera, UUID
        24     8  sequence: number of the frame among those decoded from this camera, rising, with gaps
        32     8  captured at, microseconds since the Unix epoch by the relay's clock, when it was decoded
        40     2  width, px
        42     2  height, px
        44     4  JPEG length, bytes

Platform to relay, JSON text: see `ControlMessage`. A reader refuses everything that is not exactly of this
form: the other end may be a stolen relay, and what it sends goes to an image decoder.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from apps.relays.edge.jpeg import JpegError, jpeg_size

MAGIC: Final = b"LFR1"
VERSION: Final = 1
_HEADER: Final = struct.Struct("!4sBBH16sQQHHI")
HEADER_BYTES: Final = _HEADER.size
MAX_JPEG_BYTES: Final = 4 * 1024 * 1024
MAX_MESSAGE_BYTES: Final = HEADER_BYTES + MAX_JPEG_BYTES
MAX_SIDE_PX: Final = 4096
MAX_SEQUENCE: Final = 2**63 - 1  # what a bigint of the database holds
MAX_CAPTURED_AT_US: Final = 253_402_300_799_999_999  # the end of the year 9999: what a datetime holds
MAX_CREDITS: Final = 1024
MAX_CONTROL_BYTES: Final = 4096
MAX_REASON_CHARS: Final = 300


class WireError(ValueError):
    """A message not of this form. `code` is one word for counters; the text quotes nothing but numbers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """Header of one frame. Raises WireError ("field") when a value is out of range."""

    camera_id: UUID
    sequence: int
    captured_at_us: int
    width: int
    height: int
    jpeg_length: int

    def __post_init__(self) -> None:
        _in_range("sequence", self.sequence, 0, MAX_SEQUENCE)
        _in_range("captured_at_us", self.captured_at_us, 0, MAX_CAPTURED_AT_US)
        _in_range("width", self.width, 1, MAX_SIDE_PX)
        _in_range("height", self.height, 1, MAX_SIDE_PX)
        _in_range("jpeg_length", self.jpeg_length, 1, MAX_JPEG_BYTES)

    @property
    def captured_at(self) -> float:
        """Seconds since the Unix epoch by the relay's clock."""
        return self.captured_at_us / 1_000_000


def _in_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise WireError("field", f"{name} must be within {low} and {high}, got {value}")


def pack(header: FrameHeader, jpeg: bytes) -> bytes:
    """Return the message for one frame. Raises WireError when header and JPEG disagree."""
    _check_jpeg(header, jpeg)
    return (
        _HEADER.pack(
            MAGIC,
            VERSION,
            0,
            HEADER_BYTES,
            header.camera_id.bytes,
            header.sequence,
            header.captured_at_us,
            header.width,
            header.height,
            header.jpeg_length,
        )
        + jpeg
    )


def unpack(message: bytes) -> tuple[FrameHeader, bytes]:
    """Return header and JPEG of one message, or raise WireError.

    Looks only at lengths, ranges and the JPEG's own size fields, so it costs microseconds and no picture
    memory: a JPEG whose real size is not the announced one is refused before anything decodes it.
    """
    if len(message) > MAX_MESSAGE_BYTES:
        raise WireError("too_large", f"message of {len(message)} bytes, at most {MAX_MESSAGE_BYTES}")
    if len(message) < HEADER_BYTES:
        raise WireError("short", f"message of {len(message)} bytes, the header alone has {HEADER_BYTES}")
    magic, version, flags, header_length, *fields = _HEADER.unpack_from(message)
    if magic != MAGIC:
        raise WireError("magic", "not a frame of this protocol")
    if version != VERSION:
        raise WireError("version", f"protocol version {version}, this side speaks {VERSION}")
    if flags != 0:
        raise WireError("flags", f"unknown flags {flags:#04x}")
    if header_length != HEADER_BYTES:
        raise WireError("header_length", f"header length {header_length}, must be {HEADER_BYTES}")
    header = FrameHeader(UUID(bytes=fields[0]), *fields[1:])
    jpeg = bytes(message[HEADER_BYTES:])
    _check_jpeg(header, jpeg)
    return header, jpeg


def _check_jpeg(header: FrameHeader, jpeg: bytes) -> None:
    if len(jpeg) != header.jpeg_length:
        raise WireError("length", f"header says {header.jpeg_length} bytes of JPEG, there are {len(jpeg)}")
    try:
        size = jpeg_size(jpeg)
    except JpegError as error:
        raise WireError("jpeg", str(error)) from error
    if size != (header.width, header.height):
        raise WireError(
            "jpeg_size", f"header says {header.width}x{header.height}, the JPEG says {size[0]}x{size[1]}"
        )


class ControlKind(StrEnum):
    HELLO = "hello"
    CREDIT = "credit"
    ACK = "ack"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """One JSON message from the platform; only the field of its kind counts.

    hello    credits   first message of a connection: frames the relay may have under way, one credit each
    credit   n         credits handed back
    ack      sequence  a frame was taken; for information
    refused  reason    the platform is about to close the connection, and why
    """

    kind: ControlKind
    credits: int = 0
    sequence: int = 0
    reason: str = ""


def hello(*, credits: int) -> str:
    """Return the greeting. Raises WireError outside 1..MAX_CREDITS."""
    _in_range("credits", credits, 1, MAX_CREDITS)
    return json.dumps({"type": ControlKind.HELLO, "credits": credits})


def credit(*, n: int) -> str:
    """Return a message that hands back n credits. Raises WireError outside 1..MAX_CREDITS."""
    _in_range("n", n, 1, MAX_CREDITS)
    return json.dumps({"type": ControlKind.CREDIT, "n": n})


def ack(*, sequence: int) -> str:
    """Return the acknowledgement of a frame. Raises WireError for an impossible sequence."""
    _in_range("sequence", sequence, 0, MAX_SEQUENCE)
    return json.dumps({"type": ControlKind.ACK, "sequence": sequence})


def refused(*, reason: str) -> str:
    """Return a refusal with its reason, cut to MAX_REASON_CHARS."""
    return json.dumps({"type": ControlKind.REFUSED, "reason": printable(reason)})


def parse_control(text: str) -> ControlMessage:
    """Return a message from the platform, or raise WireError; unknown members are ignored."""
    if len(text) > MAX_CONTROL_BYTES:
        raise WireError("too_large", f"control message over {MAX_CONTROL_BYTES} characters")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("json", "control message is not JSON") from error
    kind = values.get("type") if isinstance(values, dict) else None
    if kind == ControlKind.HELLO:
        return ControlMessage(ControlKind.HELLO, credits=_integer(values, "credits", 1, MAX_CREDITS))
    if kind == ControlKind.CREDIT:
        return ControlMessage(ControlKind.CREDIT, credits=_integer(values, "n", 1, MAX_CREDITS))
    if kind == ControlKind.ACK:
        return ControlMessage(ControlKind.ACK, sequence=_integer(values, "sequence", 0, MAX_SEQUENCE))
    if kind == ControlKind.REFUSED:
        reason = values.get("reason")
        if not isinstance(reason, str):
            raise WireError("field", "reason must be text")
        return ControlMessage(ControlKind.REFUSED, reason=printable(reason))
    raise WireError("type", "control message of no known type")


def _integer(values: dict[str, object], name: str, low: int, high: int) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError("field", f"{name} must be a whole number")
    _in_range(name, value, low, high)
    return value


def printable(text: str) -> str:
    """Return text from the other end as one line without control characters, cut to MAX_REASON_CHARS.

    It ends on an officer's terminal and in logs.
    """
    line = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * MAX_REASON_CHARS])
    return " ".join(line.split())[:MAX_REASON_CHARS]
