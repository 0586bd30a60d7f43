"""How many frames a second, and in which JPEG quality, a camera's frames are sent.

The rate follows what the platform says it can use: down at once, up slowly and not right after it went down,
so that it does not swing. The quality follows the link: while credits run short although the rate is kept,
the frames are too large for it. Quality goes last and little, because a smeared face is a false alert.
"""

from __future__ import annotations

from typing import Final

QUALITY_MOST: Final = 80
QUALITY_LEAST: Final = 60
_QUALITY_DOWN: Final = 5
_QUALITY_UP: Final = 1
_CALM_FRAMES: Final = 10  # in a row without a shortage, before the quality rises by a step
_HOLD_S: Final = 3.0  # after the rate went down
_RISE_A_SECOND: Final = 1.15


class Pace:
    """Rate and quality of one camera. Times are seconds of one monotonic clock, and never go back."""

    def __init__(self, *, fps_most: float) -> None:
        self._most = fps_most
        self._target = fps_most
        self._fps = fps_most
        self._as_of = 0.0
        self._hold_until = 0.0
        self._quality = QUALITY_MOST
        self._calm = 0

    @property
    def quality(self) -> int:
        return self._quality

    def fps(self, *, at: float) -> float:
        """Frames a second at this moment: never above what the platform said last, nor above the relay's
        own."""
        self._rise(at)
        return self._fps

    def told(self, fps: float, *, at: float) -> None:
        """Note what the platform can use now."""
        self._rise(at)
        self._target = min(self._most, fps)
        if self._target < self._fps:
            self._fps = self._target
            self._hold_until = at + _HOLD_S

    def forget(self, *, at: float) -> None:
        """A new connection: the platform has not said anything yet, so the relay's own rate holds."""
        self._target = self._fps = self._most
        self._hold_until = self._as_of = at

    def sending(self, *, short_of_credit: bool) -> None:
        """Note for one frame whether it had to wait for a credit: down fast, up slowly."""
        if short_of_credit:
            self._calm = 0
            self._quality = max(QUALITY_LEAST, self._quality - _QUALITY_DOWN)
            return
        self._calm += 1
        if self._calm >= _CALM_FRAMES:
            self._calm = 0
            self._quality = min(QUALITY_MOST, self._quality + _QUALITY_UP)

    def _rise(self, at: float) -> None:
        since = at - max(self._as_of, self._hold_until)
        self._as_of = max(self._as_of, at)
        if since > 0 and self._fps < self._target:
            # The exponent is bounded: after an hour's pause the power would leave a float's range.
            self._fps = min(self._target, self._fps * _RISE_A_SECOND ** min(since, 60.0))
