"""What the relays app gives to others: frozen values and closed lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from uuid import UUID

from apps.deployments.data import CameraRef
from apps.relays.edge.wire import CameraHealth, RelayHealth


class Refusal(StrEnum):
    """Why a frame was not put on the bus. Every refused frame is counted under one of these."""

    MALFORMED = "malformed"
    TOO_LARGE = "too large"
    CAMERA_NOT_ON_RELAY = "camera not on this relay"
    CAMERA_NOT_AUTHORISED = "camera not on the authority"
    CAMERA_STOPPED = "camera stopped after a silence"
    REPLAYED = "sent a second time"
    OUT_OF_ORDER = "out of order"
    NO_CREDIT = "sent without credit"
    CLOCK = "captured too far from server time"
    UNCONFIRMED = "authority not confirmed"
    BUS = "frame bus not available"


class CloseCode(IntEnum):
    """WebSocket close codes of `/ws/relay/`. 4xxx is the range RFC 6455 leaves to applications."""

    MALFORMED = 4400
    BAD_KEY = 4401
    NOT_AUTHORISED = 4403
    REPLACED = 4409
    TRY_AGAIN = 1013


@dataclass(frozen=True)
class RelayData:
    """One enrolled relay. Its secret is not here: it was shown once and only its SHA-256 is stored."""

    id: UUID
    force_id: UUID
    name: str
    key_id: str
    deployment_id: UUID
    camera_ids: frozenset[UUID]
    enrolled_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    refusals: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    # Which box in a van has the key, as it calls itself; empty for a key that was handed out by hand.
    box_id: str = ""


@dataclass(frozen=True)
class ReportedHealth:
    """The last report of a relay, merged from its messages, and when its last part came."""

    health: RelayHealth
    at: datetime
    pace_fps: float | None


@dataclass(frozen=True)
class RelayReport:
    """What a relay said of itself, and what people are to know of it.

    `connected`: it gave a sign of life within 8 s. `current`: its report is younger than 15 s. `offset_ms` is
    what must be added to its clock to get the platform's. `pace_fps` is the limit that the platform sets,
    None for none. `alarm` is a sentence for people, empty when there is none.
    """

    relay_id: UUID
    name: str
    connected: bool
    last_seen_at: datetime | None
    reported_at: datetime | None
    current: bool
    offset_ms: int | None
    rtt_ms: int | None
    uptime_s: int | None
    version: str
    pace_fps: float | None
    cameras: Mapping[UUID, CameraHealth]
    refusals: Mapping[str, int]
    alarm: str


@dataclass(frozen=True)
class CodeData:
    """A one-time code that was given out. The code itself is not here: it was shown once."""

    id: UUID
    name: str
    deployment_id: UUID
    camera_ids: frozenset[UUID]
    created_at: datetime
    expires_at: datetime
    # Why the last try to use it was refused; empty when nobody tried.
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What a box says when it asks for a key. `residue` are its findings; None when it did not look."""

    code: str = field(repr=False)
    box_id: str
    residue: tuple[str, ...] | None
    checked_at: datetime | None


@dataclass(frozen=True)
class Enrolled:
    """The answer to a claim that was accepted. `key` is in this object and nowhere else."""

    relay: RelayData
    key: str = field(repr=False)
    reference: str
    cameras: tuple[CameraRef, ...]


@dataclass(frozen=True)
class RelayAuthority:
    """What this relay may send right now: its cameras that the deployment's authority also names.

    `stopped_ids` fell silent: that they are heard again is noted, and nothing of them goes on the bus.
    `session_id` is the connection whose beginning is in the audit and whose end is not.
    """

    relay_id: UUID
    force_id: UUID
    deployment_id: UUID
    relay_camera_ids: frozenset[UUID]
    camera_ids: frozenset[UUID]
    stopped_ids: frozenset[UUID] = frozenset()
    session_id: UUID | None = None


@dataclass(frozen=True)
class CameraIngest:
    """Frames of one camera in one deployment.

    `received` went onto the bus, `refused` never did, `dropped` were on the bus and overtaken by a newer
    frame before a worker took them. `clock_offset_ms` is server time minus capture time of the last frame,
    so it holds the link's delay too. `heard_at` is of the last frame that it sent, taken or not.
    """

    deployment_id: UUID
    camera_id: UUID
    received: int
    refused: int
    dropped: int
    last_received_at: datetime | None
    clock_offset_ms: int | None
    heard_at: datetime | None = None
    # Refusal reason -> frames, of those of which the camera was known.
    refusals: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class BusFrame:
    """One frame as taken off the bus. `jpeg` is the only copy: the stream it came from is already deleted.

    `waited_ms` is from its arrival to its taking, by clocks that cannot disagree with each other (framebus);
    negative when one was set back meanwhile, and then nobody knows how old the frame is.
    """

    camera_id: UUID
    sequence: int
    captured_at: datetime
    received_at: datetime
    width_px: int
    height_px: int
    jpeg: bytes = field(repr=False)
    waited_ms: int = 0


@dataclass(frozen=True)
class FrameBatch:
    """The newest frame of each camera that had one, and how many older ones it overtook."""

    frames: tuple[BusFrame, ...]
    dropped: Mapping[UUID, int]


@dataclass
class TallyDelta:
    """What one connection counted for one camera since its last flush. Mutable on purpose: it is an
    accumulator."""

    received: int = 0
    refused: int = 0
    last_received_at: datetime | None = None
    clock_offset_ms: int | None = None
    heard_at: datetime | None = None
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, other: TallyDelta) -> None:
        """Take in an older delta that could not be written."""
        self.received += other.received
        self.refused += other.refused
        self.refusals.update(other.refusals)
        self.last_received_at = self.last_received_at or other.last_received_at
        self.heard_at = self.heard_at or other.heard_at
        if self.clock_offset_ms is None:
            self.clock_offset_ms = other.clock_offset_ms


@dataclass(frozen=True)
class IngestCounts:
    """What one connection counted since its last flush, and what its relay last said of itself."""

    cameras: Mapping[UUID, TallyDelta]
    refusals: Mapping[Refusal, int]
    report: ReportedHealth | None = None
