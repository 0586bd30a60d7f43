"""What relay and recognition worker of a past deployment report: frames and counts of the time they ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from apps.demo.diary import Diary
from apps.demo.player import Player
from apps.demo.story import Blind, Past
from apps.deployments.data import DeploymentData
from apps.live import api as live
from apps.live.data import Blindness, CameraCounts, ClosedGap, GapReason, Lease, ShardRef, ShardReport
from apps.relays import api as relays
from apps.relays.data import IngestCounts, RelayData, TallyDelta

SECOND = timedelta(seconds=1)
FRAMES_A_SECOND = 5
# A camera never delivers quite as many frames as it is set to, nor is each looked at.
DELIVERED, OVERTAKEN = (0.968, 0.997), (0.017, 0.052)
FACES_A_TRACK, SEARCHES_A_TRACK = (17, 26), (1.04, 1.19)
MS_A_FRAME = (33, 46)
HOLDER = "recognition worker"


@dataclass
class Machines:
    """One deployment's relay and worker. They run between `start` and `stop`, and at no other time.

    `planned_s` is how long they are expected to run in all: by it the people who pass are spread.
    """

    player: Player
    past: Past
    deployment: DeploymentData
    relay: RelayData
    diary: Diary
    planned_s: float
    _since: datetime | None = None
    _lease: Lease | None = None
    _tracks_left: int = field(init=False)

    def __post_init__(self) -> None:
        self._tracks_left = self.past.tracks

    @property
    def cameras(self) -> Sequence[UUID]:
        return [camera.id for camera in self.deployment.authority.cameras]

    def start(self, at: datetime) -> None:
        """A worker takes the cameras; the seconds until it sees are a gap like any other."""
        scope = live.shard_scope(camera_ids=self.cameras, shard=0)
        ref = ShardRef(force_id=self.player.force.id, deployment_id=self.deployment.id, shard=0)
        lease = live.acquire(ref=ref, scope=scope, holder=HOLDER, now=at)
        if lease is None:
            raise RuntimeError("somebody else recognises for a deployment of the past")
        sees = at + self.diary.minutes(0.02, 0.06)
        starting = ClosedGap(Blindness(since=at, reason=GapReason.STARTING), until=sees)
        live.renew(lease=lease, report=ShardReport(scope=scope, closed=(starting,)), now=sees)
        self._since, self._lease = sees, lease

    def stop(self, at: datetime, *, last: bool) -> None:
        """Let go, and write what was counted since the start."""
        if self._since is None or self._lease is None:
            raise RuntimeError("nothing runs that could be stopped")
        tracks = self._tracks_of(at, last=last)
        counts, sent = {}, {}
        for number, camera_id in enumerate(self.cameras):
            share = tracks // len(self.cameras) + (tracks % len(self.cameras) if number == 0 else 0)
            counts[camera_id], sent[camera_id] = self._camera(number, share, self._since, at)
        relays.record_ingest(relay=self.relay, counts=IngestCounts(cameras=sent, refusals={}), now=at)
        scope = live.shard_scope(camera_ids=self.cameras, shard=0)
        report = ShardReport(scope=scope, counts=counts)
        live.release(lease=self._lease, report=report, reason="not live", now=at + SECOND)
        self._since = self._lease = None

    def _tracks_of(self, at: datetime, *, last: bool) -> int:
        """How many of the people who pass in all passed since the start."""
        if self._since is None or last:
            return self._tracks_left
        tracks = int(self.past.tracks * (at - self._since).total_seconds() / self.planned_s)
        self._tracks_left -= tracks
        return tracks

    def _camera(
        self, number: int, tracks: int, since: datetime, until: datetime
    ) -> tuple[CameraCounts, TallyDelta]:
        name = self.deployment.authority.cameras[number].name
        seconds = (until - since).total_seconds() - self._dark_s(name, since, until)
        idle = self._idle_s(since, until)
        received = int(seconds * FRAMES_A_SECOND * self.diary.share(*DELIVERED))
        dropped = int(received * self.diary.share(*OVERTAKEN)) + int(idle * FRAMES_A_SECOND)
        looked_at = received - dropped
        seen = CameraCounts(
            frames=looked_at,
            dropped=dropped,
            faces=int(tracks * self.diary.share(*FACES_A_TRACK)),
            tracks=tracks,
            searches=int(tracks * self.diary.share(*SEARCHES_A_TRACK)),
            processing_us=int(looked_at * self.diary.share(*MS_A_FRAME) * 1000),
            last_frame_at=until - SECOND,
        )
        clock_ms = round(self.diary.share(2, 40))
        return seen, TallyDelta(received=received, last_received_at=until - SECOND, clock_offset_ms=clock_ms)

    def _dark_s(self, camera: str, since: datetime, until: datetime) -> float:
        """How long this camera sent nothing."""
        names = self.past.place.cameras
        outages = [b for b in self.past.blind if b.camera is not None and names[b.camera] == camera]
        return sum(self._within_s(blind, since, until) for blind in outages)

    def _idle_s(self, since: datetime, until: datetime) -> float:
        """How long nobody looked at what the cameras sent."""
        outages = [blind for blind in self.past.blind if blind.camera is None]
        return sum(self._within_s(blind, since, until) for blind in outages)

    def _within_s(self, blind: Blind, since: datetime, until: datetime) -> float:
        start = self.deployment.authority.window_start + timedelta(minutes=blind.minute)
        end = start + timedelta(minutes=blind.minutes)
        return max(0.0, (min(end, until) - max(start, since)).total_seconds())
