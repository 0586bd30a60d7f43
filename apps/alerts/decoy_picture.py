"""A picture of a list, made to look as one from the street: the same cut, no larger, encoded alike.

Without it a decoy is known before anybody looks at the faces: a list keeps more around a face and three times
the pixels.
"""

from __future__ import annotations

import random

import cv2
import numpy as np

from apps.core.errors import DomainError

# As recognition cuts and encodes what it saw (engine/pipeline.py, live/loop.py); a test compares them.
STREET_MARGIN, STREET_SIDE_PX, STREET_JPEG_QUALITY = 0.5, 320, 92
# As a list keeps a picture (engine/enrol.py).
LIST_MARGIN = 1.0
# A face on the street is seldom near enough to fill what is kept of it.
SMALLEST_SIDE_PX = 140


class NoPicture(DomainError):
    """What the list keeps of a volunteer cannot be shown."""

    code = "no_picture"


def as_from_a_camera(picture: bytes, chance: random.Random) -> bytes:
    """JPEG in, JPEG out, without metadata. Raises NoPicture."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise NoPicture("the picture of the list cannot be decoded")
    height, width = image.shape[:2]
    share = (1 + 2 * STREET_MARGIN) / (1 + 2 * LIST_MARGIN)
    cut_x, cut_y = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    face = image[cut_y : height - cut_y, cut_x : width - cut_x]
    scale = min(1.0, chance.randint(SMALLEST_SIDE_PX, STREET_SIDE_PX) / max(face.shape[:2]))
    size = (max(1, round(face.shape[1] * scale)), max(1, round(face.shape[0] * scale)))
    small = cv2.resize(face, size, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, STREET_JPEG_QUALITY])
    if not done:
        raise NoPicture("the picture of the list cannot be encoded")
    return encoded.tobytes()
