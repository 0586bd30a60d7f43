"""A photograph of a sign, without Django."""

from __future__ import annotations

import cv2
import numpy as np


def photograph(width: int = 640) -> bytes:
    """A wall with a sign on it, and nobody in front of it."""
    wall = np.full((width * 3 // 4, width, 3), 150, np.uint8)
    cv2.rectangle(wall, (width // 4, width // 8), (width * 3 // 4, width // 2), (255, 255, 255), -1)
    cv2.putText(wall, "LFR IN USE", (width // 3, width // 3), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    done, encoded = cv2.imencode(".jpg", wall)
    assert done
    return encoded.tobytes()
