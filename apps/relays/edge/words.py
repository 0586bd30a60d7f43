"""The closed words of a relay. Whatever leaves the van about a camera is one of these, or a number: an
error's own text could quote an address, and the address a password."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

RELAY_VERSION: Final = "2.0"


class CaptureState(StrEnum):
    WAITING = "waiting"  # not started, or between two attempts
    OPENING = "opening"
    READING = "reading"
    ENDED = "ended"  # a file was played to its end, or stop() was called
    FAILED = "failed"  # a file that cannot be played; a camera is never given up


class Fault(StrEnum):
    """Why a camera gives no picture."""

    NONE = ""
    UNREACHABLE = "unreachable"  # no host, no route, nobody listens, or the device is not there
    NOT_ALLOWED = "not allowed"  # the camera or the system refuses this relay
    NO_VIDEO = "no video"  # it answers, and what it sends is no video
    STREAM_ENDED = "stream ended"
    SILENT = "silent"  # connected, and no frame comes
    DECODER_LOST = "decoder lost"  # the decoding process died
    DECODER_SILENT = "decoder silent"  # the decoding process no longer answers and was killed
    OTHER = "other"
