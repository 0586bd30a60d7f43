"""Value objects of the engine: frozen, shapes checked on construction.

Pixels are uint8 in BGR order, coordinates are pixels with the origin at the top left. A ``repr`` shows shapes
and never contents: these objects end up in log lines and tracebacks, and what did not match may leave no
trace there (domain.md §6, first row).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

UNIT_NORM_TOLERANCE = 1e-3


def _shape_error(what: str, expected: str, actual: object) -> ValueError:
    return ValueError(f"{what}: expected {expected}, got {actual}")


def check_image(image: Any, what: str) -> None:
    """Raise ``ValueError`` unless ``image`` is a non-empty (H, W, 3) uint8 array."""
    if not isinstance(image, np.ndarray):
        raise _shape_error(what, "a (H, W, 3) uint8 array", type(image).__name__)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape or image.dtype != np.uint8:
        raise _shape_error(what, "shape (H, W, 3) of uint8", f"{image.shape} of {image.dtype}")


def check_faces(aligned: Any, side: int) -> None:
    """Raise ``ValueError`` unless ``aligned`` is (N, side, side, 3) uint8; N may be 0."""
    if aligned.ndim != 4 or aligned.shape[1:] != (side, side, 3) or aligned.dtype != np.uint8:
        actual = f"{aligned.shape} of {aligned.dtype}"
        raise _shape_error("aligned", f"shape (N, {side}, {side}, 3) of uint8", actual)


def check_template(template: Any, what: str) -> None:
    """Raise ``ValueError`` unless ``template`` is a finite (D,) float32 vector of length 1."""
    if not isinstance(template, np.ndarray):
        raise _shape_error(what, "a (D,) float32 array", type(template).__name__)
    if template.ndim != 1 or template.size == 0 or template.dtype != np.float32:
        raise _shape_error(what, "shape (D,) of float32", f"{template.shape} of {template.dtype}")
    length = float(np.linalg.norm(template))
    if not abs(length - 1.0) <= UNIT_NORM_TOLERANCE:  # also catches NaN
        raise _shape_error(what, "an L2-normalised vector", f"length {length:.4f}")


def _check_floats(array: Any, what: str, tail: tuple[int, ...]) -> None:
    expected = f"shape (N{''.join(f', {n}' for n in tail)},) of float32"
    if not isinstance(array, np.ndarray):
        raise _shape_error(what, expected, type(array).__name__)
    if array.ndim != 1 + len(tail) or array.shape[1:] != tail or array.dtype != np.float32:
        raise _shape_error(what, expected, f"{array.shape} of {array.dtype}")
    if not np.isfinite(array).all():
        raise _shape_error(what, "finite values", "NaN or infinity")


@dataclass(frozen=True, eq=False)
class Frame:
    """One camera frame.

    ``captured_at`` is epoch seconds by the clock of whoever captured it; ``image`` is (H, W, 3) uint8 BGR.
    """

    camera_id: str
    sequence: int
    captured_at: float
    image: Image = field(repr=False)

    def __post_init__(self) -> None:
        check_image(self.image, "Frame.image")
        if not np.isfinite(self.captured_at):
            raise _shape_error("Frame.captured_at", "finite epoch seconds", self.captured_at)


@dataclass(frozen=True, eq=False, repr=False)
class Detections:
    """Faces found in one picture, one row a face.

    ``boxes`` (N, 4) float32, x1 y1 x2 y2 in pixels, may reach outside the picture; ``landmarks`` (N, 5, 2)
    float32 pixels in the order right eye, left eye, nose tip, right and left corner of the mouth, "right"
    being the person's; ``scores`` (N,) float32.
    """

    boxes: Floats
    landmarks: Floats
    scores: Floats

    def __post_init__(self) -> None:
        _check_floats(self.boxes, "Detections.boxes", (4,))
        _check_floats(self.landmarks, "Detections.landmarks", (5, 2))
        _check_floats(self.scores, "Detections.scores", ())
        counts = (len(self.boxes), len(self.landmarks), len(self.scores))
        if len(set(counts)) != 1:
            raise _shape_error("Detections", "as many boxes as landmarks and scores", counts)
        if (self.boxes[:, 2:] <= self.boxes[:, :2]).any():
            raise _shape_error("Detections.boxes", "x1 < x2 and y1 < y2", "an empty box")

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"Detections(n={len(self)})"

    @classmethod
    def empty(cls) -> Detections:
        return cls(np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros((0,), np.float32))

    def select(self, rows: Iterable[int]) -> Detections:
        """The given rows, in the given order."""
        index = np.asarray(list(rows), dtype=np.intp)
        return Detections(self.boxes[index], self.landmarks[index], self.scores[index])

    def moved(self, across: float, down: float) -> Detections:
        """The same faces in a picture that begins so many pixels further left and up."""
        shift = np.array([across, down], np.float32)
        return Detections(self.boxes + np.tile(shift, 2), self.landmarks + shift, self.scores)

    @property
    def sizes(self) -> Floats:
        """(N,) the shorter side of each box, in pixels."""
        sides: Floats = (self.boxes[:, 2:] - self.boxes[:, :2]).min(axis=1)
        return sides


@dataclass(frozen=True)
class Seen:
    """How steep edges are at the worse seen eye and across the mouth, relative to the contrast of the face.

    Without anything in front: eyes 0.09 to 0.25 and mouth 0.07 to 0.25 in nine of ten, least 0.062 and 0.047.
    """

    eyes: float
    mouth: float


@dataclass(frozen=True)
class Quality:
    """How well a face can be compared.

    ``score`` 0 (useless) to 1; ``sharpness`` relative edge strength around the eyes (about 0.07 blurred, 0.18
    crisp); ``size_px`` shorter side of the box; ``yaw_proxy`` 0 for a frontal face, about ±1 where the nose
    stands over an eye, positive when turned towards the person's left; ``brightness`` mean grey level, 0 to
    1. ``reasons`` are sentences for a planner; empty means that every limit was kept. ``seen`` is how much of
    eyes and mouth is seen, when that was asked for.
    """

    score: float
    sharpness: float
    size_px: float
    yaw_proxy: float
    brightness: float
    reasons: tuple[str, ...] = ()
    seen: Seen | None = None

    @property
    def acceptable(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, eq=False)
class Probe:
    """A face to be searched: the template of a track so far, with the picture of its best shot.

    ``template`` (D,) float32, L2-normalised, of the pack that the pipeline was built with, over all ``views``
    of the track; ``face_bgr`` a copy of the best one's face with a margin; ``box`` x1 y1 x2 y2 in pixels of
    the latest one's frame; ``shot`` counts from 1 within the track.
    """

    camera_id: str
    track_id: str
    captured_at: float
    template: Floats = field(repr=False)
    face_bgr: Image = field(repr=False)
    box: tuple[float, float, float, float]
    quality: Quality
    shot: int = 1
    views: int = 1

    def __post_init__(self) -> None:
        check_template(self.template, "Probe.template")
        check_image(self.face_bgr, "Probe.face_bgr")


@dataclass(frozen=True)
class CameraCount:
    """What one batch did for one camera.

    ``frames_ignored`` were older than one already seen. ``tracks_started`` may exceed the number of people: a
    person lost and found again counts twice (domain.md §7 calls them tracks for that reason).
    """

    camera_id: str
    frames_processed: int
    frames_ignored: int
    faces_detected: int
    tracks_started: int
    tracks_active: int


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What one call of ``ShardPipeline.process`` found, over all its cameras and for each."""

    probes: list[Probe]
    tracks_started: int
    tracks_active: int
    faces_detected: int
    cameras: tuple[CameraCount, ...] = ()


@dataclass(frozen=True, eq=False)
class EnrolmentFace:
    """A picture accepted for a watchlist.

    ``picture_jpeg`` is the upright picture, encoded anew, so that no metadata of the upload survives; ``box``
    refers to it, x1 y1 x2 y2 in pixels. ``warnings`` are sentences which the planner must accept before the
    entry counts.
    """

    template: Floats = field(repr=False)
    quality: Quality
    box: tuple[float, float, float, float]
    warnings: tuple[str, ...]
    picture_jpeg: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_template(self.template, "EnrolmentFace.template")
