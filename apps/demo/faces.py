"""The test subjects' pictures, made small once, so that a year of lists is enrolled in seconds.

They come from the photographs that `make setup` fetched (docs/photographs.md) and exist here in memory only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from apps.demo.script import BYSTANDERS, ENROLMENT, LISTED
from apps.recognition import api as recognition

# Wide enough for a face of over a hundred pixels, which is enrolled without a warning in under a tenth of a
# second.
LISTED_WIDTH_PX, PASSING_WIDTH_PX = 360, 200
JPEG_QUALITY = 88


@dataclass(frozen=True)
class Passing:
    """A face as a camera saw it: JPEG, and its template, (D,) float32, L2-normalised."""

    jpeg: bytes = field(repr=False)
    template: npt.NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True)
class Faces:
    """`listed`: enrolment JPEG by reference. `passing`: the same people by reference, in another picture.

    `similarity`: cosine similarity of the two. `stranger` is somebody who is on no list.
    """

    listed: Mapping[str, bytes] = field(repr=False)
    passing: Mapping[str, Passing] = field(repr=False)
    similarity: Mapping[str, float]
    stranger: Passing = field(repr=False)


def load(photos: Path, pack_id: str) -> Faces:
    """Read, find and shrink the faces in `photos`. Raises EnrolmentRefused for a picture without one."""
    pack = recognition.get_pack(pack_id)

    def seen(name: str, width_px: int) -> Passing:
        face = recognition.enrol_picture(pack, (photos / name).read_bytes())
        return Passing(shrink(face.picture_jpeg, width_px), face.template)

    enrolled = {reference: seen(name, LISTED_WIDTH_PX) for reference, name in ENROLMENT.items()}
    passing = {
        person.reference: seen(person.pictures[0].photo, PASSING_WIDTH_PX)
        for person in LISTED
        if person.reference
    }
    return Faces(
        listed={reference: face.jpeg for reference, face in enrolled.items()},
        passing=passing,
        similarity={name: float(passing[name].template @ enrolled[name].template) for name in passing},
        stranger=seen(BYSTANDERS[0].pictures[0].photo, PASSING_WIDTH_PX),
    )


def shrink(jpeg: bytes, width_px: int) -> bytes:
    """The picture at most so wide, as JPEG. Raises ValueError for what is no picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("not a picture")
    scale = min(1.0, width_px / image.shape[1])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture could not be written as JPEG")
    return encoded.tobytes()
