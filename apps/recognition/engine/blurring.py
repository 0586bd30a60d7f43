"""Photographs that may be kept: every face that the detector finds is made unrecognisable first.

For pictures of signs and places, never for enrolment. A picture in which a face may be left is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import ExifTags
from PIL import Image as PillowImage

from .canvas import canvas_for, shrink
from .data import Floats, Image
from .errors import EngineError, EnrolmentRefused
from .pictures import DAMAGE, FORMATS, decode_upload, encode_jpeg
from .sessions import open_session
from .yunet import YuNet, runnable_detector

# Longest side of what is kept: a sign can be read, and what the detector misses is too small to recognise.
KEPT_SIDE_PX = 1280
# Each scale finds faces of another size; turned, also of people who lie or of a phone held sideways.
LOOKS = (
    (None, 1280),
    (None, 640),
    (None, 320),
    (cv2.ROTATE_90_CLOCKWISE, 640),
    (cv2.ROTATE_90_COUNTERCLOCKWISE, 640),
)
# Far below what recognition takes for a face: blurring a poster too much costs nothing.
LOW_SCORE = 0.3
# What still looks like a face after blurring.
LEFT_SCORE = 0.5
# What is a face for sure.
SURE_SCORE = 0.7
PASSES = 3
MARGIN = 0.35
BLOCKS = 4


class FaceRemains(EngineError):
    """Something in the picture still looks like a face after blurring: it may not be kept."""


class NotAPicture(EngineError):
    """The file cannot be read; the message is a sentence for whoever sent it."""


@dataclass(frozen=True)
class Blurred:
    """A JPEG without metadata. `faces` were blurred; `location` is (latitude, longitude) in degrees as the
    camera wrote it into the file, None where it did not."""

    jpeg: bytes = field(repr=False)
    faces: int
    location: tuple[float, float] | None


class FaceBlurrer:
    """Holds the detector of a pack, given as the file's bytes, on one thread of the processor. Threads may
    share it."""

    def __init__(self, detector_model: bytes) -> None:
        self._detector = YuNet(open_session(runnable_detector(detector_model), "cpu", 1), floor=LOW_SCORE)

    def blur(self, data: bytes) -> Blurred:
        """Raises NotAPicture, FaceRemains."""
        try:
            image = _kept_size(decode_upload(data).image)
        except EnrolmentRefused as refused:
            raise NotAPicture(refused.message) from refused
        boxes = 0
        for _ in range(PASSES):
            found = [box for box, _ in self._faces(image)]
            if not found:
                break
            boxes = boxes or _people(found)
            for box in found:
                _pixelate(image, box)
        if any(score >= LEFT_SCORE for _, score in self._faces(image)):
            raise FaceRemains("a face may still be recognisable in the picture")
        return Blurred(encode_jpeg(image, quality=85), boxes, located(data))

    def count(self, data: bytes) -> int:
        """How many faces the picture shows for sure, whichever way up each is. Raises NotAPicture."""
        try:
            image = _kept_size(decode_upload(data).image)
        except EnrolmentRefused as refused:
            raise NotAPicture(refused.message) from refused
        return _people([box for box, score in self._faces(image) if score >= SURE_SCORE])

    def _faces(self, image: Image) -> Iterator[tuple[Floats, float]]:
        """(x1, y1, x2, y2) in pixels of `image` with its score, at every scale and turn."""
        height, width = image.shape[:2]
        for turn, side in LOOKS:
            turned = image if turn is None else cv2.rotate(image, turn)
            scale = min(1.0, side / max(height, width))
            canvas = canvas_for(turned.shape[1], turned.shape[0], side, "cpu")
            for row in self._detector.detect(shrink(np.asarray(turned, np.uint8), side, canvas), canvas):
                if np.isfinite(row).all():
                    yield _back(row[:4] / scale, turn, width, height), float(row[14])


def _back(box: Floats, turn: int | None, width: int, height: int) -> Floats:
    """The corners of (x, y, w, h) in a turned picture, as corners in the upright one."""
    x, y, w, h = (float(value) for value in box)
    if turn == cv2.ROTATE_90_CLOCKWISE:
        x, y, w, h = y, height - (x + w), h, w
    elif turn == cv2.ROTATE_90_COUNTERCLOCKWISE:
        x, y, w, h = width - (y + h), x, h, w
    return np.array([x, y, x + w, y + h], np.float32)


def _kept_size(image: Image) -> Image:
    scale = min(1.0, KEPT_SIDE_PX / max(image.shape[:2]))
    if scale == 1.0:
        return image.copy()
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _pixelate(image: Image, box: Floats) -> None:
    """In place, with a margin: a few blocks of mean colour say nothing about whose face it was."""
    x1, y1, x2, y2 = (float(value) for value in box)
    wide, high = (x2 - x1) * MARGIN, (y2 - y1) * MARGIN
    left, top = max(0, int(x1 - wide)), max(0, int(y1 - high))
    right = min(image.shape[1], int(x2 + wide) + 1)
    bottom = min(image.shape[0], int(y2 + high) + 1)
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    blocks = cv2.resize(part, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = cv2.resize(
        blocks, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST
    )


def _people(boxes: list[Floats]) -> int:
    """Boxes of one face at several scales count once."""
    apart: list[Floats] = []
    for box in boxes:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if not any(a[0] <= middle[0] <= a[2] and a[1] <= middle[1] <= a[3] for a in apart):
            apart.append(box)
    return len(apart)


def located(data: bytes) -> tuple[float, float] | None:
    """Where the camera says that the picture was taken: (latitude, longitude) in degrees, or None."""
    try:
        with PillowImage.open(io.BytesIO(data), formats=FORMATS) as opened:
            gps = opened.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] == "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    except DAMAGE:
        return None
    inside = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0.0, 0.0)
    return (latitude, longitude) if inside else None


def _degrees(parts: tuple[float, float, float], negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if negative else value, 6)
