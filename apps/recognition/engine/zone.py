"""The zone of recognition in a camera's picture: where faces are looked for, and how small they are there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .data import Detections, Floats

# A face whose middle is just inside the zone reaches out of it; so much of the picture's longer side is
# searched beyond, for faces twice as large.
BEYOND = 0.125
# A child's face is smaller than the one that was measured at the far edge.
SMALLER_FACES = 0.8


@dataclass(frozen=True)
class Zone:
    """``outline`` holds three corners or more as (x, y) fractions of the picture from its top left, not
    closed; empty is the whole picture. ``far_face`` is how wide a face is at the far edge, as a fraction of
    the picture's width; None where nobody measured it. Raises ValueError for anything else."""

    outline: tuple[tuple[float, float], ...] = ()
    far_face: float | None = None

    def __post_init__(self) -> None:
        if self.outline and len(self.outline) < 3:
            raise ValueError(f"Zone.outline: expected three corners or more, got {len(self.outline)}")
        if not all(0 <= value <= 1 for point in self.outline for value in point):
            raise ValueError("Zone.outline: expected fractions between 0 and 1")
        if self.far_face is not None and not 0 < self.far_face <= 1:
            raise ValueError(f"Zone.far_face: expected a fraction over 0, up to 1, got {self.far_face}")

    def far_face_px(self, width: int) -> float | None:
        """The smallest face to be found, in pixels of a picture of this width; None where it is not known."""
        return None if self.far_face is None else self.far_face * width * SMALLER_FACES

    def window(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels of the part of the picture that has to be searched."""
        if not self.outline:
            return 0, 0, width, height
        beyond = BEYOND * max(width, height)
        across = [x * width for x, _ in self.outline]
        down = [y * height for _, y in self.outline]
        left = min(max(math.floor(min(across) - beyond), 0), width - 1)
        top = min(max(math.floor(min(down) - beyond), 0), height - 1)
        right, bottom = math.ceil(max(across) + beyond), math.ceil(max(down) + beyond)
        return left, top, max(left + 1, min(right, width)), max(top + 1, min(bottom, height))

    def inside(self, found: Detections, width: int, height: int) -> Detections:
        """The faces whose middle is in the zone."""
        if not self.outline or not len(found):
            return found
        frame = np.array([2 * width, 2 * height], np.float32)
        middles: Floats = (found.boxes[:, :2] + found.boxes[:, 2:]) / frame
        return found.select(np.flatnonzero(_within(middles, self.outline)))


def _within(points: Floats, outline: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    """(N,) which of (N, 2) points a line to the right leaves the outline an odd number of times."""
    x, y = points[:, 0], points[:, 1]
    odd = np.zeros(len(points), bool)
    for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if y1 != y2:
            odd ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return odd


WHOLE_PICTURE = Zone()
