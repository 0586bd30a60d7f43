"""One camera as the agent sees it: its capture, its counters, its present pace; and the link's credits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from apps.relays.edge.capture import Capture, CaptureLimits, CaptureStatus
from apps.relays.edge.counters import CameraCounters
from apps.relays.edge.decode import Shot
from apps.relays.edge.jpeg import with_comment
from apps.relays.edge.pace import Pace
from apps.relays.edge.sources import Source
from apps.relays.edge.uplink import MAX_OFFSET_MS, CameraHealth
from apps.relays.edge.wire import MAX_SEQUENCE, FrameHeader, pack

POLL_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class CameraConfig:
    camera_id: UUID
    source: Source


class Credits:
    """Frames the platform will still take on this connection; those who wait are served in order."""

    def __init__(self, initial: int) -> None:
        self._free = asyncio.Semaphore(initial)

    async def take(self) -> bool:
        """Take one credit; True when it had to be waited for."""
        waited = self._free.locked()
        await self._free.acquire()
        return waited

    def give(self, n: int = 1) -> None:
        for _ in range(n):
            self._free.release()


class Camera:
    """One camera's capture, counters and pace."""

    def __init__(self, config: CameraConfig, limits: CaptureLimits, *, fps: float) -> None:
        self.config = config
        self.capture = Capture(config.source, limits)
        self.counters = CameraCounters()
        self.pace = Pace(fps_most=fps)
        self.age_ms = 0

    async def fresh(self) -> CaptureStatus:
        """Status, after waiting a moment for a frame that was not yet taken."""
        status, _ = await asyncio.wrap_future(self.capture.ask(wait_s=POLL_S))
        return status

    async def take(self) -> tuple[CaptureStatus, Shot | None]:
        return await asyncio.wrap_future(self.capture.ask(quality=self.pace.quality))

    def as_dict(self) -> dict[str, Any]:
        status = self.capture.status
        return {
            "source": self.config.source.label,
            "state": status.state.value,
            "reopened": status.reopened,
            "error": status.error,
            "quality": self.pace.quality,
            "age_ms": self.age_ms,
            **self.counters.as_dict(),
        }

    def health(self, fps: float) -> CameraHealth:
        """What the platform is told; fps as measured over the last seconds.

        Within what the wire can say, whatever a hijacked decoding process answered: the platform ends the
        link of all cameras when it is sent too much that is no report.
        """
        status = self.capture.status
        return CameraHealth(
            state=status.state,
            reopened=status.reopened,
            error=status.fault,
            quality=self.pace.quality,
            age_ms=max(-MAX_OFFSET_MS, min(MAX_OFFSET_MS, self.age_ms)),
            sent=self.counters.sent,
            dropped_by={why: min(n, MAX_SEQUENCE) for why, n in self.counters.dropped_by.items()},
            fps=fps,
        )

    def status_line(self) -> str:
        """The counters in one line for the terminal."""
        counters = self.counters
        return (
            f"{str(self.config.camera_id)[:8]} {self.capture.status.state}: read {counters.settled}"
            f" sent {counters.sent} dropped {counters.dropped} q{self.pace.quality} {self.age_ms} ms"
        )

    def message(self, shot: Shot, canary: bytes | None) -> bytes:
        """The shot as it goes over the wire, with the canary as its comment."""
        jpeg = shot.jpeg if canary is None else with_comment(shot.jpeg, canary)
        header = FrameHeader(
            camera_id=self.config.camera_id,
            sequence=shot.number,
            captured_at_us=int(shot.captured_at * 1_000_000),
            width=shot.width,
            height=shot.height,
            jpeg_length=len(jpeg),
        )
        return pack(header, jpeg)
