"""From JPEG bytes off the bus to pixels."""

from __future__ import annotations

import cv2
import numpy as np

from apps.recognition.engine.data import Frame
from apps.relays.data import BusFrame

# A frame is what the camera saw: nothing turns it by a tag, so its size stays the announced one.
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def decode(frame: BusFrame) -> Frame | None:
    """The decoded frame, (H, W, 3) uint8 BGR, or None when it is no JPEG of the announced size."""
    try:
        image = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), _FLAGS)
    except cv2.error:
        return None
    if image is None or image.shape != (frame.height_px, frame.width_px, 3):
        return None
    return Frame(
        camera_id=str(frame.camera_id),
        sequence=frame.sequence,
        captured_at=frame.captured_at.timestamp(),
        image=np.asarray(image, np.uint8),
    )
