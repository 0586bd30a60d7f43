"""What a relay says of itself, JSON text on the socket of its frames: numbers and closed words only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from apps.relays.edge.counters import DropReason
from apps.relays.edge.fields import (
    MAX_CAPTURED_AT_US,
    MAX_SEQUENCE,
    WireError,
    in_range,
    printable,
    read_integer,
    read_integer_or_none,
    read_object,
    read_real,
    read_uuid,
    read_word,
)
from apps.relays.edge.words import CaptureState, Fault

MAX_OFFSET_MS: Final = 10**12  # thirty years: a clock that was never set
MAX_REPORTED_CAMERAS: Final = 8  # in one message, so that it stays below MAX_CONTROL_BYTES
MAX_VERSION_CHARS: Final = 20
MAX_UPTIME_S: Final = 10**9  # thirty years: what people are told as a length of time


class UplinkKind(StrEnum):
    HEALTH = "health"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """One camera as its relay sees it. quality is the JPEG's, age_ms the last sent frame's, fps the frames a
    second sent since the last report; `sent`, `dropped_by` and `reopened` count from the relay's start."""

    state: CaptureState
    reopened: int
    error: Fault
    quality: int
    age_ms: int
    sent: int
    dropped_by: Mapping[DropReason, int]
    fps: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "reopened": self.reopened,
            "error": self.error,
            "quality": self.quality,
            "age_ms": self.age_ms,
            "sent": self.sent,
            "dropped_by": dict(self.dropped_by),
            "fps": round(self.fps, 1),
        }


@dataclass(frozen=True, slots=True)
class RelayHealth:
    """A relay's report. One of more than MAX_REPORTED_CAMERAS comes in several messages: `cameras` is to be
    merged into what was heard before. offset_ms is what must be added to the relay's clock to get the
    platform's, None before it was measured; rtt_ms belongs to that measurement."""

    cameras: Mapping[UUID, CameraHealth]
    offset_ms: int | None
    rtt_ms: int | None
    uptime_s: int
    version: str


@dataclass(frozen=True, slots=True)
class Uplink:
    """One JSON message from a relay: `health` with its kind, or sent_us of a clock message, which the
    platform hands back unread with its own time."""

    kind: UplinkKind
    health: RelayHealth | None = None
    sent_us: int = 0


def health_messages(report: RelayHealth) -> list[str]:
    """Return the report as one message, or as several when it has many cameras."""
    items = [(str(camera_id), camera.as_dict()) for camera_id, camera in report.cameras.items()]
    starts = range(0, max(1, len(items)), MAX_REPORTED_CAMERAS)
    common = {name: getattr(report, name) for name in ("offset_ms", "rtt_ms", "uptime_s", "version")}
    return [
        json.dumps(
            {"type": UplinkKind.HEALTH, "cameras": dict(items[at : at + MAX_REPORTED_CAMERAS]), **common},
            separators=(",", ":"),
        )
        for at in starts
    ]


def clock_question(*, sent_us: int) -> str:
    """Return the question for the platform's time. Raises WireError for a number out of range."""
    in_range("sent_us", sent_us, 0, MAX_CAPTURED_AT_US)
    return json.dumps({"type": UplinkKind.CLOCK, "sent_us": sent_us})


def parse_uplink(text: str) -> Uplink:
    """Return a message from a relay, or raise WireError; unknown members are ignored, unknown words are
    not repeated."""
    values = read_object(text)
    kind = values.get("type")
    if kind == UplinkKind.CLOCK:
        return Uplink(UplinkKind.CLOCK, sent_us=read_integer(values, "sent_us", 0, MAX_CAPTURED_AT_US))
    if kind != UplinkKind.HEALTH:
        raise WireError("type", "message of no known type")
    cameras = values.get("cameras")
    if not isinstance(cameras, dict) or len(cameras) > MAX_REPORTED_CAMERAS:
        raise WireError("field", f"cameras must be an object of at most {MAX_REPORTED_CAMERAS}")
    version = values.get("version")
    if not isinstance(version, str) or len(version) > MAX_VERSION_CHARS:
        raise WireError("field", f"version must be text of at most {MAX_VERSION_CHARS} characters")
    return Uplink(
        UplinkKind.HEALTH,
        health=RelayHealth(
            cameras={read_uuid(name): read_camera_health(camera) for name, camera in cameras.items()},
            offset_ms=read_integer_or_none(values, "offset_ms", -MAX_OFFSET_MS, MAX_OFFSET_MS),
            rtt_ms=read_integer_or_none(values, "rtt_ms", 0, MAX_OFFSET_MS),
            uptime_s=read_integer(values, "uptime_s", 0, MAX_UPTIME_S),
            version=printable(version),
        ),
    )


def read_camera_health(values: object) -> CameraHealth:
    """Inverse of `CameraHealth.as_dict`. Raises WireError."""
    if not isinstance(values, dict):
        raise WireError("field", "a camera must be an object")
    dropped = values.get("dropped_by")
    if not isinstance(dropped, dict):
        raise WireError("field", "dropped_by must be an object")
    return CameraHealth(
        state=read_word(CaptureState, values.get("state")),
        reopened=read_integer(values, "reopened", 0, MAX_SEQUENCE),
        error=read_word(Fault, values.get("error")),
        quality=read_integer(values, "quality", 0, 100),
        age_ms=read_integer(values, "age_ms", -MAX_OFFSET_MS, MAX_OFFSET_MS),
        sent=read_integer(values, "sent", 0, MAX_SEQUENCE),
        dropped_by={
            reason: read_integer(dropped, reason, 0, MAX_SEQUENCE)
            for reason in DropReason
            if reason in dropped
        },
        fps=read_real(values, "fps", 0.0, 1000.0),
    )
