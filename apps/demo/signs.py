"""A drawn photograph of a sign for the demonstration: nobody stands in front of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

from apps.deployments.data import Authority

LINES = ("LIVE FACIAL", "RECOGNITION", "IN USE HERE")


@cache
def photograph(look: int) -> bytes:
    """A white sign with dark words on a wall, 640 by 480; another photograph for each `look`."""
    wall = np.full((480, 640, 3), (150, 160, 165), np.uint8)
    wall[::24] -= 12
    wall[:, 40 + 20 * look] -= 12
    cv2.rectangle(wall, (150, 70), (490, 360), (250, 250, 250), -1)
    cv2.rectangle(wall, (310, 360), (330, 480), (90, 90, 90), -1)
    for number, words in enumerate(LINES):
        at = (185, 150 + 70 * number)
        cv2.putText(wall, words, at, cv2.FONT_HERSHEY_SIMPLEX, 1.3, (60, 40, 30), 3, cv2.LINE_AA)
    done, encoded = cv2.imencode(".jpg", wall)
    if not done:
        raise RuntimeError("the drawn sign could not be encoded")
    return encoded.tobytes()


def looks(authority: Authority, *, look: int = 0) -> list[dict[str, Any]]:
    """What to record for each approach: its sign stands, photographed at a corner of the place. `look` counts
    the earlier ones: no photograph is taken twice."""
    latitude, longitude = authority.polygon[0]
    return [
        {
            "approach": approach,
            "passed": True,
            "photograph": photograph(look),
            "location": (latitude, longitude),
            "note": "Stands where the plan says",
        }
        for approach in authority.approaches
    ]
