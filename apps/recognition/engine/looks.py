"""What a face looks like at a glance: cheap enough for every face of every frame, good for a second or two.

It only helps the tracker to keep two people apart who cross between frames. It is no template: it changes
with pose and light, and is never compared beyond the tracks of one camera.
"""

from __future__ import annotations

import cv2
import numpy as np

from .data import Floats, Image

GRID = 8
# Pixels of a patch that are looked at, each way.
FINE = 3 * GRID


def rough_looks(image_bgr: Image, boxes: Floats) -> Floats:
    """(N, 384) float32, L2-normalised, of (N, 4) boxes: the colours of each face and of what is below it."""
    rows = [np.concatenate([_patch(image_bgr, box), _patch(image_bgr, _below(box))]) for box in boxes]
    if not rows:
        return np.zeros((0, 2 * GRID * GRID * 3), np.float32)
    looks = np.stack(rows)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    return looks


def _below(box: Floats) -> Floats:
    x1, y1, x2, y2 = box
    return np.array([x1, y2 + 0.1 * (y2 - y1), x2, y2 + 0.8 * (y2 - y1)], np.float32)


def _patch(image_bgr: Image, box: Floats) -> Floats:
    height, width = image_bgr.shape[:2]
    x1, y1 = int(np.clip(box[0], 0, width - 1)), int(np.clip(box[1], 0, height - 1))
    x2, y2 = int(np.clip(box[2], x1 + 1, width)), int(np.clip(box[3], y1 + 1, height))
    # Every so many pixels only: averaging all of a near face costs more than the rest of tracking it.
    down, across = max(1, (y2 - y1) // FINE), max(1, (x2 - x1) // FINE)
    part = np.ascontiguousarray(image_bgr[y1:y2:down, x1:x2:across])
    small = cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_AREA)
    # Blurred, as boxes do not sit on the face to the pixel; around middle grey, plus a little so that it has
    # a length.
    values = np.asarray(cv2.blur(small, (3, 3)), dtype=np.float32).ravel()
    centred: Floats = (values - 127.0) / 128.0 + np.float32(1e-3)
    return centred
