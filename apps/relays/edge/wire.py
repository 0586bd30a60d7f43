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

Platform to relay, JSON text: see `ControlMessage`. Relay to platform, JSON text besides the frames: see
`Uplink`. Either end may be older than the other: a relay sends no text unless the greeting says `reports`,
and the platform sends `clock` and `pace` only to a relay that has reported. A reader refuses everything that
is not exactly of this form: the other end may be a stolen relay, and what it sends goes to an image decoder.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from apps.relays.edge.fields import MAX_CAPTURED_AT_US as MAX_CAPTURED_AT_US
from apps.relays.edge.fields import MAX_CONTROL_BYTES as MAX_CONTROL_BYTES
from apps.relays.edge.fields import MAX_REASON_CHARS as MAX_REASON_CHARS
from apps.relays.edge.fields import MAX_SEQUENCE as MAX_SEQUENCE
from apps.relays.edge.fields import WireError as WireError
from apps.relays.edge.fields import in_range, read_integer, read_object, read_real, real_in_range
from apps.relays.edge.fields import printable as printable
from apps.relays.edge.jpeg import JpegError, jpeg_size
from apps.relays.edge.uplink import CameraHealth as CameraHealth
from apps.relays.edge.uplink import RelayHealth as RelayHealth
from apps.relays.edge.uplink import Uplink as Uplink
from apps.relays.edge.uplink import UplinkKind as UplinkKind
from apps.relays.edge.uplink import clock_question as clock_question
from apps.relays.edge.uplink import health_messages as health_messages
from apps.relays.edge.uplink import parse_uplink as parse_uplink
from apps.relays.edge.uplink import read_camera_health as read_camera_health

MAGIC: Final = b"LFR1"
VERSION: Final = 1
_HEADER: Final = struct.Struct("!4sBBH16sQQHHI")
HEADER_BYTES: Final = _HEADER.size
MAX_JPEG_BYTES: Final = 4 * 1024 * 1024
MAX_MESSAGE_BYTES: Final = HEADER_BYTES + MAX_JPEG_BYTES
MAX_SIDE_PX: Final = 4096
MAX_CREDITS: Final = 1024
MAX_FPS: Final = 60.0
MIN_PACE_FPS: Final = 0.1


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
        in_range("sequence", self.sequence, 0, MAX_SEQUENCE)
        in_range("captured_at_us", self.captured_at_us, 0, MAX_CAPTURED_AT_US)
        in_range("width", self.width, 1, MAX_SIDE_PX)
        in_range("height", self.height, 1, MAX_SIDE_PX)
        in_range("jpeg_length", self.jpeg_length, 1, MAX_JPEG_BYTES)

    @property
    def captured_at(self) -> float:
        """Seconds since the Unix epoch by the relay's clock."""
        return self.captured_at_us / 1_000_000


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
    CLOCK = "clock"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class ControlMessage:
    """One JSON message from the platform; only the fields of its kind count.

    hello    credits          first message of a connection: frames the relay may have under way, one credit
                              each; `reports` when the platform reads what a relay says of itself
    credit   n                credits handed back
    ack      sequence         a frame was taken; for information
    refused  reason           the platform is about to close the connection, and why
    clock    sent_us, at_us   the answer to the relay's `clock`: its number, and the platform's time when it
                              answered, microseconds since the Unix epoch
    pace     fps              most frames a second and camera that the platform can use now
    """

    kind: ControlKind
    credits: int = 0
    sequence: int = 0
    reason: str = ""
    reports: bool = False
    sent_us: int = 0
    at_us: int = 0
    fps: float = 0.0


def hello(*, credits: int, reports: bool = False) -> str:
    """Return the greeting; `reports` promises to read health and clock messages. Raises WireError outside
    1..MAX_CREDITS."""
    in_range("credits", credits, 1, MAX_CREDITS)
    return json.dumps({"type": ControlKind.HELLO, "credits": credits, "reports": reports})


def clock_answer(*, sent_us: int, at_us: int) -> str:
    """Return the answer to a relay's clock message. Raises WireError for a time that no clock shows."""
    in_range("sent_us", sent_us, 0, MAX_CAPTURED_AT_US)
    in_range("at_us", at_us, 0, MAX_CAPTURED_AT_US)
    return json.dumps({"type": ControlKind.CLOCK, "sent_us": sent_us, "at_us": at_us})


def pace(*, fps: float) -> str:
    """Return the most frames a second and camera. Raises WireError outside MIN_PACE_FPS..MAX_FPS."""
    real_in_range("fps", fps, MIN_PACE_FPS, MAX_FPS)
    return json.dumps({"type": ControlKind.PACE, "fps": round(fps, 2)})


def credit(*, n: int) -> str:
    """Return a message that hands back n credits. Raises WireError outside 1..MAX_CREDITS."""
    in_range("n", n, 1, MAX_CREDITS)
    return json.dumps({"type": ControlKind.CREDIT, "n": n})


def ack(*, sequence: int) -> str:
    """Return the acknowledgement of a frame. Raises WireError for an impossible sequence."""
    in_range("sequence", sequence, 0, MAX_SEQUENCE)
    return json.dumps({"type": ControlKind.ACK, "sequence": sequence})


def refused(*, reason: str) -> str:
    """Return a refusal with its reason, cut to MAX_REASON_CHARS."""
    return json.dumps({"type": ControlKind.REFUSED, "reason": printable(reason)})


def parse_control(text: str) -> ControlMessage:
    """Return a message from the platform, or raise WireError (code "type" for a kind this side does not
    know); unknown members are ignored."""
    values = read_object(text)
    kind = values.get("type")
    if kind == ControlKind.HELLO:
        return ControlMessage(
            ControlKind.HELLO,
            credits=read_integer(values, "credits", 1, MAX_CREDITS),
            reports=values.get("reports") is True,
        )
    if kind == ControlKind.CREDIT:
        return ControlMessage(ControlKind.CREDIT, credits=read_integer(values, "n", 1, MAX_CREDITS))
    if kind == ControlKind.ACK:
        return ControlMessage(ControlKind.ACK, sequence=read_integer(values, "sequence", 0, MAX_SEQUENCE))
    if kind == ControlKind.REFUSED:
        reason = values.get("reason")
        if not isinstance(reason, str):
            raise WireError("field", "reason must be text")
        return ControlMessage(ControlKind.REFUSED, reason=printable(reason))
    if kind == ControlKind.CLOCK:
        sent_us, at_us = (read_integer(values, name, 0, MAX_CAPTURED_AT_US) for name in ("sent_us", "at_us"))
        return ControlMessage(ControlKind.CLOCK, sent_us=sent_us, at_us=at_us)
    if kind == ControlKind.PACE:
        return ControlMessage(ControlKind.PACE, fps=read_real(values, "fps", MIN_PACE_FPS, MAX_FPS))
    raise WireError("type", "control message of no known type")
