"""Values of recognition while it runs. Nothing here holds a frame, a face or a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class StopReason(StrEnum):
    """Why a recognition loop ended."""

    NOT_LIVE = "not live"
    LEASE_HELD = "another worker holds the shard"
    LEASE_LOST = "another worker took the shard over"
    REFUSED = "recognition refused"
    WORKER_STOPPED = "worker stopped"
    WORKER_FULL = "this worker carries as many shards as it may"


class GapReason(StrEnum):
    """Why recognition that was owed did not happen."""

    STARTING = "recognition starting"
    WORKER_LOST = "worker lost"
    WORKER_STOPPED = "worker stopped"
    WORKER_STALLED = "worker stalled"
    GALLERY = "gallery not as sealed"
    DATABASE = "database not reachable"
    BUS = "frame bus not reachable"
    STORAGE = "alerts cannot be stored"
    NO_FRAMES = "no frames from the camera"
    TOO_SLOW = "recognition did not keep up with the camera"
    NO_ROOM = "all recognition workers are full (start another one)"


class LeaseLost(Exception):
    """This worker no longer holds the shard; nothing it does may be written any more."""


@dataclass(frozen=True)
class ShardRef:
    """At most `CAMERAS_PER_SHARD` cameras of one deployment, counted from 0."""

    force_id: UUID
    deployment_id: UUID
    shard: int


@dataclass(frozen=True)
class Lease:
    """A held shard. `token` rises with every holder, so that what an earlier one still writes is refused."""

    id: UUID
    ref: ShardRef
    token: int
    holder: str


@dataclass
class CameraCounts:
    """What a loop did for one camera since its last report. Mutable on purpose: it is an accumulator."""

    frames: int = 0
    undecodable: int = 0
    dropped: int = 0
    faces: int = 0
    tracks: int = 0
    searches: int = 0
    alerts: int = 0
    processing_us: int = 0
    last_frame_at: datetime | None = None

    def add(self, other: CameraCounts) -> None:
        """Take in an older count that could not be written."""
        for name in COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.last_frame_at = self.last_frame_at or other.last_frame_at


COUNTERS = (
    "frames",
    "undecodable",
    "dropped",
    "faces",
    "tracks",
    "searches",
    "alerts",
    "processing_us",
)


@dataclass(frozen=True)
class Blindness:
    """Recognition is owed and not happening, since when and why."""

    since: datetime
    reason: GapReason


@dataclass(frozen=True)
class ClosedGap:
    """A blindness that is over."""

    blindness: Blindness
    until: datetime


@dataclass(frozen=True)
class Unlooked:
    """From one look at a camera to the next, longer than a silence has to be; its frames were there."""

    camera_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True)
class ShardScope:
    """The cameras of one shard. `sole` when they are all cameras of the deployment."""

    cameras: tuple[UUID, ...]
    sole: bool

    def gap_cameras(self) -> tuple[UUID | None, ...]:
        """What a gap of this shard is recorded for; None stands for every camera."""
        return (None,) if self.sole else self.cameras


@dataclass(frozen=True)
class ShardReport:
    """What a loop tells the database each time it renews its lease.

    `silent` holds every camera that sends nothing now, with the time of its last frame. `late` are the times
    when a camera sent and nobody looked, which are over. `blind` None means that recognition runs now;
    `closed` are the gaps that ended since the last report. `stepped` is how far
    the database's clock was set since then: what stands in the lease in its old time moves with it.
    `clock_offset_ms` is how far the worker machine's clock is ahead of the database's, None where nobody
    compared them.
    """

    scope: ShardScope
    counts: Mapping[UUID, CameraCounts] = field(default_factory=dict)
    silent: Mapping[UUID, datetime] = field(default_factory=dict)
    late: tuple[Unlooked, ...] = ()
    blind: Blindness | None = None
    closed: tuple[ClosedGap, ...] = ()
    stepped: timedelta = timedelta()
    clock_offset_ms: int | None = None


@dataclass(frozen=True)
class CameraTallyData:
    """What recognition did with one camera in one deployment. `processing_us` is a sum over frames."""

    deployment_id: UUID
    camera_id: UUID
    frames: int
    undecodable: int
    dropped: int
    faces: int
    tracks: int
    searches: int
    alerts: int
    processing_us: int
    last_frame_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True)
class ShardStatus:
    """One shard as the console and the supervisor see it. `blind_since` None means that recognition runs."""

    deployment_id: UUID
    shard: int
    holder: str
    token: int
    heartbeat_at: datetime
    expires_at: datetime
    blind_since: datetime | None
    reason: str
    released_at: datetime | None
    clock_offset_ms: int | None = None


class CameraState(StrEnum):
    """What one camera of a deployment gives recognition right now."""

    SEEING = "seeing"
    SILENT = "silent"
    STOPPED = "stopped"
    NO_RELAY = "no_relay"
    BLIND = "blind"
    IDLE = "idle"


class RecognitionState(StrEnum):
    """Whether recognition happens where it should."""

    RUNNING = "running"
    PARTLY = "partly"
    STARTING = "starting"
    NOT_RUNNING = "not_running"
    OFF = "off"


@dataclass(frozen=True)
class AtRelay:
    """One camera as its relay last said, at most 15 s ago. `fault` is in words, empty while it is in order.

    `quality` is the JPEG's, `fps` what it sent since its report before. `dropped` is (why, frames) since the
    relay started; `dropped_for_want` of them not because the camera is faster than was wanted.
    """

    state: str
    fault: str
    reopened: int
    quality: int
    fps: float
    age_ms: int
    dropped: tuple[tuple[str, int], ...]
    dropped_for_want: int


@dataclass(frozen=True)
class RelayLine:
    """One relay. `current`: its report is younger than 15 s, else the numbers are None. `offset_ms` is what
    must be added to its clock to get the platform's; `pace_fps` the limit that recognition sets, None for
    none; `alarm` a sentence, empty while there is none."""

    id: UUID
    name: str
    connected: bool
    current: bool
    offset_ms: int | None
    rtt_ms: int | None
    pace_fps: float | None
    version: str
    alarm: str


@dataclass(frozen=True)
class CameraHealth:
    """One camera of the authority, for the people who rely on it. `words` is a whole sentence.

    `relay_name` None: no relay carries it. `last_frame_age_s` None: it never sent a frame here.
    `received` went onto the bus, `refused` never did, `dropped` were overtaken by newer frames.
    """

    camera_id: UUID
    name: str
    relay_name: str | None
    relay_connected: bool
    last_frame_age_s: float | None
    state: CameraState
    words: str
    received: int
    dropped: int
    refused: int
    # Of the refused ones, reason -> frames; what the relay says, None where it says nothing now.
    refusals: Mapping[str, int] = field(default_factory=dict)
    at_relay: AtRelay | None = None

    @property
    def degraded(self) -> bool:
        return self.state not in {CameraState.SEEING, CameraState.IDLE}


class RecognitionHealth(NamedTuple):
    """`words` is a whole sentence for an officer."""

    state: RecognitionState
    words: str

    @property
    def degraded(self) -> bool:
        return self.state not in {RecognitionState.RUNNING, RecognitionState.OFF}


@dataclass(frozen=True)
class LiveHealth:
    """Cameras and recognition of one deployment at one instant."""

    deployment_id: UUID
    reference: str
    deployment_state: str
    at: datetime
    cameras: tuple[CameraHealth, ...]
    recognition: RecognitionHealth
    relays: tuple[RelayLine, ...] = ()
    # A sentence when the clock of a machine that recognises is wrong.
    worker_clock: str = ""
    # How many people passed, in tracks: somebody whose track broke counts twice.
    tracks: int = 0
    # What does not happen by itself, because nothing gives the workers their work (pulse.py).
    unattended: str = ""
