"""From JPEG bytes off the bus to pixels, and back for the face of an alert. In memory only."""

from __future__ import annotations

import cv2
import numpy as np

from apps.recognition.engine.data import Frame, Image
from apps.relays.data import BusFrame

# A frame is what the camera saw: nothing turns it by a tag, so its size stays the announced one.
_FLAGS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION

PROBE_JPEG_QUALITY = 92


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


def encode_face(face_bgr: Image) -> bytes:
    """Raises ValueError when OpenCV refuses."""
    done, encoded = cv2.imencode(".jpg", face_bgr, [cv2.IMWRITE_JPEG_QUALITY, PROBE_JPEG_QUALITY])
    if not done:
        raise ValueError(f"a face of shape {face_bgr.shape} could not be encoded")
    return encoded.tobytes()
