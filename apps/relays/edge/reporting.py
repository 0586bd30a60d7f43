"""What the relay tells the platform about itself, and asks it: health every few seconds, the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from apps.relays.edge.camera import Camera
from apps.relays.edge.clock import ClockOffset
from apps.relays.edge.uplink import MAX_OFFSET_MS, CameraHealth, RelayHealth, clock_question, health_messages
from apps.relays.edge.wire import ControlMessage
from apps.relays.edge.words import RELAY_VERSION

_CLOCK_FIRST: Final = 5  # questions a second apart after the link is up, then one with each report
_STEP_S: Final = 1.0


class Reporter:
    """Reports of one relay, over all its connections."""

    def __init__(self, cameras: Sequence[Camera], *, every_s: float) -> None:
        self._cameras = cameras
        self._every_s = every_s
        self._clock = ClockOffset()
        self._started_at = time.monotonic()
        self._sent_before: dict[UUID, int] = {}
        self._reported_at = self._started_at
        self._fps: dict[UUID, float] = {}

    @property
    def uptime_s(self) -> int:
        return int(time.monotonic() - self._started_at)

    @property
    def offset_ms(self) -> int | None:
        """None when it was never measured, or not for a minute; no further off than the wire can say."""
        offset_ms = self._clock.offset_ms(at=time.monotonic(), now=time.time())
        return None if offset_ms is None else max(-MAX_OFFSET_MS, min(MAX_OFFSET_MS, offset_ms))

    @property
    def rtt_ms(self) -> int | None:
        return self._clock.rtt_ms(at=time.monotonic())

    def health_of(self, camera: Camera) -> CameraHealth:
        """Its frames a second are those sent between the last two reports."""
        return camera.health(self._fps.get(camera.config.camera_id, 0.0))

    async def run(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Report for as long as the link holds; once more, at once, when the clock is measured: people hear
        of a wrong one before it costs frames."""
        asked, measured = 0, False
        next_report_s = time.monotonic()
        while True:
            due = time.monotonic() >= next_report_s or (self.offset_ms is not None and not measured)
            if due:
                measured = self.offset_ms is not None
                next_report_s = time.monotonic() + self._every_s
                for message in health_messages(self.report()):
                    await send(message)
            if due or asked < _CLOCK_FIRST:
                asked += 1
                await send(clock_question(sent_us=self._clock.ask(at=time.monotonic())))
            await asyncio.sleep(min(_STEP_S, self._every_s))

    def report(self) -> RelayHealth:
        return RelayHealth(
            cameras={camera.config.camera_id: self.health_of(camera) for camera in self._cameras},
            offset_ms=self.offset_ms,
            rtt_ms=self.rtt_ms,
            uptime_s=self.uptime_s,
            version=RELAY_VERSION,
        )

    def clock_answer(self, message: ControlMessage) -> None:
        self._clock.answered(
            number=message.sent_us, platform_s=message.at_us / 1_000_000, at=time.monotonic()
        )

    def measure(self) -> None:
        """Take the frames a second since the last call; every few seconds, link or none."""
        now = time.monotonic()
        passed_s = max(now - self._reported_at, _STEP_S)
        for camera in self._cameras:
            camera_id, sent = camera.config.camera_id, camera.counters.sent
            self._fps[camera_id] = (sent - self._sent_before.get(camera_id, 0)) / passed_s
            self._sent_before[camera_id] = sent
        self._reported_at = now
