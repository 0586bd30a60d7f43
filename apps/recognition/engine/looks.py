"""What a face looks like at a glance: cheap enough for every face of every frame, good for a second or two.

It only helps the tracker to keep two people apart who cross between frames. It is no template: it changes
with pose and light, and is never compared beyond the tracks of one camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .data import Floats, Image

GRID = 8
# Pixels of a patch that are looked at, each way: averaging all of a near face costs more than the rest of
# tracking it.
FINE = 3 * GRID


def _softening() -> Floats:
    """(GRID, FINE): the mean of each cell, then of each cell and its neighbours, mirrored at the edge.

    Blurred, as boxes do not sit on the face to the pixel.
    """
    cells = np.kron(np.eye(GRID), np.full((1, FINE // GRID), GRID / FINE))
    mirrored = np.pad(np.eye(GRID), ((1, 1), (0, 0)), mode="reflect")
    soft: Floats = ((mirrored[:-2] + mirrored[1:-1] + mirrored[2:]) / 3 @ cells).astype(np.float32)
    return soft


SOFT = _softening()
STEPS = (np.arange(FINE, dtype=np.float32) + np.float32(0.5)) / np.float32(FINE)


def rough_looks(image_bgr: Image, boxes: Floats) -> Floats:
    """(N, 384) float32, L2-normalised, of (N, 4) boxes: the colours of each face and of what is below it.

    All faces in one go: a call of OpenCV for each costs many times as much as what it computes.
    """
    count, (height, width) = len(boxes), image_bgr.shape[:2]
    x1, y1, x2, y2 = boxes.T
    tall = y2 - y1
    top, bottom = np.concatenate([y1, y2 + 0.1 * tall]), np.concatenate([y2, y2 + 0.8 * tall])
    rows = _places(top, bottom, height)
    columns = _places(np.concatenate([x1, x1]), np.concatenate([x2, x2]), width)
    at = rows[:, :, None] * width + columns[:, None, :]
    fine = image_bgr.reshape(-1, 3).take(at, axis=0).astype(np.float32)
    across = (SOFT @ fine.reshape(2 * count, FINE, FINE * 3)).reshape(2 * count, GRID, FINE, 3)
    # Around middle grey, plus a little so that it has a length.
    small = (SOFT @ across - 127.0) / 128.0 + np.float32(1e-3)
    values = GRID * GRID * 3
    looks: Floats = small.reshape(2, count, values).transpose(1, 0, 2).reshape(count, 2 * values)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    return looks


def _places(start: Floats, end: Floats, length: int) -> NDArray[np.intp]:
    """(N, FINE) pixels, evenly from ``start`` to ``end``, as far as the picture goes."""
    first = start.clip(0, length - 1)
    span = np.maximum(end.clip(0, length) - first, 1.0)
    places: NDArray[np.intp] = np.minimum(
        (first[:, None] + STEPS * span[:, None]).astype(np.intp), length - 1
    )
    return places
