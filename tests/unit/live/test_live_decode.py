"""From bytes off the bus to pixels: only what it says it is."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import cv2
import numpy as np
import pytest

from apps.live.decode import decode
from apps.relays.data import BusFrame

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def frame(jpeg: bytes, width: int = 64, height: int = 48) -> BusFrame:
    return BusFrame(uuid4(), 3, NOW, NOW, width, height, jpeg)


def blue_jpeg(width: int = 64, height: int = 48) -> bytes:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 0] = 200
    return cv2.imencode(".jpg", image)[1].tobytes()


def test_it_decodes_to_bgr_with_the_header_kept():
    bus = frame(blue_jpeg())
    decoded = decode(bus)
    assert decoded is not None
    assert decoded.image.shape == (48, 64, 3)
    assert decoded.image[24, 32, 0] > 150 > 50 > decoded.image[24, 32, 2]
    assert (decoded.camera_id, decoded.sequence) == (str(bus.camera_id), 3)
    assert decoded.captured_at == NOW.timestamp()


@pytest.mark.parametrize(
    "bus",
    [
        frame(b"not a picture"),
        frame(b""),
        frame(blue_jpeg(), width=65),
        frame(blue_jpeg(width=48, height=64)),
        frame(cv2.imencode(".jpg", np.zeros((48, 64), np.uint8))[1].tobytes()[:40]),
    ],
    ids=["text", "empty", "another width", "turned", "cut off"],
)
def test_anything_else_is_no_frame(bus):
    assert decode(bus) is None
