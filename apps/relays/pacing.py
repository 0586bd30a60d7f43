"""How many frames a second and camera the platform can use now, measured by how the bus is emptied.

A reader takes the newest frame of a stream and deletes the rest, so a frame that is alone on its stream after
it was put there follows one that was looked at, and any other one overtook a frame that nobody saw. The limit
falls to what is looked at when too many are overtaken, and rises by a fixed step otherwise (additive
increase, multiplicative decrease). It only spares link and processor: with or without it the newest frame is
looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

WINDOW_S = 1.0
# Below this a walker is not seen twice within a zone, and an alert needs two views.
FLOOR_FPS = 2.0
STEP_FPS = 0.5
# A window in which more than this share was overtaken says that the reader is slower than the relay.
TOO_MANY = 0.2
# One such window is a link that held frames back and let them go together.
WINDOWS_FOR_A_LIMIT = 2
LEAST_FACTOR = 0.5
# What a camera sent in one window proves nothing below this number.
FEWEST_FRAMES = 2


@dataclass
class _Window:
    """One camera since the window began. Mutable on purpose: it is an accumulator."""

    offered: int = 0
    alone: int = 0


class Pacer:
    """The limit for all cameras of one connection: the camera that is read least decides. `at` is monotonic
    seconds. `limit_fps` is None while the relay's own rate is right."""

    def __init__(self, *, at: float) -> None:
        self.limit_fps: float | None = None
        self._began_at = at
        self._cameras: dict[UUID, _Window] = {}
        self._own_fps = 0.0
        self._slow_windows = 0

    def offered(self, camera_id: UUID, *, waiting: int) -> None:
        """Note a frame that went onto the bus, and how many then waited on its stream, itself included."""
        window = self._cameras.setdefault(camera_id, _Window())
        window.offered += 1
        window.alone += waiting <= 1

    def step(self, *, at: float) -> bool:
        """Close the window when it is over. Whether the limit changed."""
        span_s = at - self._began_at
        if span_s < WINDOW_S:
            return False
        windows = [window for window in self._cameras.values() if window.offered >= FEWEST_FRAMES]
        self._began_at, self._cameras = at, {}
        if not windows:
            return False
        worst = min(windows, key=lambda window: window.alone / window.offered)
        offered_fps = worst.offered / span_s
        if self.limit_fps is None:
            self._own_fps = max(window.offered for window in windows) / span_s
        before = self.limit_fps
        self.limit_fps = self._next(read_share=worst.alone / worst.offered, offered_fps=offered_fps)
        return self.limit_fps != before

    def _next(self, *, read_share: float, offered_fps: float) -> float | None:
        if 1 - read_share > TOO_MANY:
            self._slow_windows += 1
            if self._slow_windows < WINDOWS_FOR_A_LIMIT or self._own_fps <= FLOOR_FPS:
                return self.limit_fps
            now_fps = min(offered_fps, self.limit_fps or self._own_fps)
            return max(FLOOR_FPS, now_fps * max(LEAST_FACTOR, read_share))
        self._slow_windows = 0
        if self.limit_fps is None:
            return None
        raised = self.limit_fps + STEP_FPS
        return None if raised >= self._own_fps else raised
