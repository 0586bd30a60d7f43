"""Decides whether a carved picture shows a face that has no business to be readable."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps.ops.tracecheck.carving import JPEG_START, Carved
from apps.ops.tracecheck.data import NamedTemplate

JPEG_END = b"\xff\xd9"
MAX_PIXELS = 40_000_000
MAX_SIDE = 1280
SMALL_SIDE_PX = 320
SMALLEST_SIDE_PX = 16


class FacePack(Protocol):
    """The two steps of `recognition.engine.packs.Pack` that are needed here, with the alignment between
    them.
    """

    def templates(self, image_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, D) float32, L2-normalised: one row for each face in an (H, W, 3) BGR picture."""


@dataclass(frozen=True)
class Verdict:
    """`strangers` faces match nobody known; `undecided` says why the picture could not be judged."""

    decoded: bool
    strangers: int
    undecided: str = ""


class FaceJudge:
    """Judges pictures, each different one once. Not for several threads: the detector keeps state."""

    def __init__(
        self,
        pack: FacePack,
        known: Sequence[NamedTemplate],
        known_pictures: frozenset[str],
        same_face: float,
    ) -> None:
        self.pack = pack
        self.known = np.stack([template.vector for template in known]) if known else None
        self.known_pictures = known_pictures
        self.same_face = same_face
        self.verdicts: dict[str, Verdict] = {}

    def judge(self, carved: Carved) -> Verdict:
        digest = hashlib.sha256(carved.data).hexdigest()
        if digest not in self.verdicts:
            self.verdicts[digest] = self.look(carved.data, digest)
        return self.verdicts[digest]

    def look(self, data: bytes, digest: str) -> Verdict:
        if digest in self.known_pictures:
            return Verdict(decoded=True, strangers=0)
        if pixels(data) > MAX_PIXELS:
            return Verdict(False, 0, f"a picture of more than {MAX_PIXELS} pixels is not judged")
        image = decode(data)
        if image is None:
            return Verdict(decoded=False, strangers=0)
        if min(image.shape[:2]) < SMALLEST_SIDE_PX:
            return Verdict(decoded=True, strangers=0)
        return Verdict(decoded=True, strangers=sum(self.is_stranger(face) for face in self.faces(image)))

    def faces(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Templates of all faces; a small picture is also tried with a border, as a face may fill it."""
        found = list(self.pack.templates(image))
        if not found and min(image.shape[:2]) < SMALL_SIDE_PX:
            border = max(image.shape[:2]) // 2
            padded: Any = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
            found = list(self.pack.templates(padded))
        return found

    def is_stranger(self, face: NDArray[np.float32]) -> bool:
        return self.known is None or float(np.max(self.known @ face)) < self.same_face


def decode(data: bytes) -> NDArray[np.uint8] | None:
    """(H, W, 3) uint8 BGR, at most MAX_SIDE on its longer side; None if it does not decode.

    A JPEG that was cut decodes as far as it goes; a cut PNG or WebP does not.
    """
    with quiet_stderr():
        image = _decode(data)
        if image is None and data.startswith(JPEG_START):
            image = _decode(data + JPEG_END)
    if image is None:
        return None
    scale = MAX_SIDE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, dtype=np.uint8)


def _decode(data: bytes) -> Any:
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # a header that makes no sense
        return None
    return None if image is None or image.size == 0 else image


def pixels(data: bytes) -> int:
    """How many the header promises, without decoding them; 0 when there is no readable header."""
    try:
        with Image.open(io.BytesIO(data)) as header:
            return header.width * header.height
    except Image.DecompressionBombError:
        return MAX_PIXELS + 1
    except (OSError, ValueError, SyntaxError):  # Pillow's ways to say that this is no picture
        return 0


class quiet_stderr:  # noqa: N801 - used as a word in a with statement
    """libjpeg reports each cut picture on file descriptor 2, thousands of times in a database."""

    def __enter__(self) -> None:
        self.saved = os.dup(2)
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)

    def __exit__(self, *_: object) -> None:
        os.dup2(self.saved, 2)
        os.close(self.saved)
