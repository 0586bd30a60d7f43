"""How large a picture a detector is given: few shapes on a GPU, whose memory grows with every new one."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .data import Image

# The coarsest grid of YuNet and SCRFD alike.
STRIDE_PX = 32
# What a GPU is given: each canvas wide or square, so ten shapes at most.
CANVAS_SIDES = (320, 640, 960, 1280, 1920)
WIDE = 9 / 16


def up(length: float) -> int:
    """The next multiple of the coarsest grid, in px."""
    return max(STRIDE_PX, math.ceil(length / STRIDE_PX) * STRIDE_PX)


def canvas_for(width: int, height: int, max_side: int, accelerator: str) -> tuple[int, int]:
    """Width and height in px of what is run for a picture that is shrunk to ``max_side`` at most."""
    scale = min(1.0, max_side / max(height, width))
    if accelerator == "cpu":
        return up(width * scale), up(height * scale)
    longest = max(height, width) * scale
    side = next((s for s in CANVAS_SIDES if s >= longest), CANVAS_SIDES[-1])
    return side, side if height > width * WIDE * 1.01 else up(side * WIDE)


def shrink(image_bgr: Image, max_side: int, canvas: tuple[int, int]) -> Image:
    """The picture, smaller where it has to be to be at most ``max_side`` long and to fit the canvas.

    By area: sampling every second pixel of a large frame makes faces that nobody has.
    """
    height, width = image_bgr.shape[:2]
    scale = min(1.0, max_side / max(height, width), canvas[0] / width, canvas[1] / height)
    if scale == 1.0:
        return image_bgr
    size = (max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6)))
    return np.asarray(cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
