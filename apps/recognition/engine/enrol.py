"""One face out of one picture for a watchlist, or the reason why not.

Nothing is decided silently: a group is refused, a picture that had to be turned or that is barely good enough
comes with a warning, and what comes back is the picture as it was understood, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from .align import align_face, crop_with_margin, inside_share, margin_window
from .data import Detections, EnrolmentFace, Image, Quality
from .errors import EnrolmentRefused, RefusalCode
from .packs import Pack
from .pictures import decode_upload, encode_jpeg
from .quality import ENROLMENT_LIMITS, QualityLimits, assess

__all__ = ["EnrolmentConfig", "EnrolmentFace", "EnrolmentRefused", "RefusalCode", "enrol_picture"]

# Longer sides, in pixels, at which a picture is searched: the first finds large faces, the second small ones.
SEARCH_SIDES = (640, 1280)
# Another search for faces that fill the picture: with a border as wide as this share of it, and smaller.
PADDING_SHARE = 0.5
PADDED_SIDES = (640, 320)
# A picture is shrunk to this before it gets its border: the border of a strip of 30,000 by 1 pixels would
# need gigabytes, and nothing is searched at more than the sides above.
PADDED_FROM_PX = 2048
SAME_FACE_IOU = 0.35
# A face that the first search saw smaller than this is looked at again.
CLOSE_ENOUGH_PX = 80

# Of the detector. An upside-down face is often found with a score of 0.9 and its landmarks upside down, but
# the right way up it is found with a higher one: so all turns are always tried.
SURE_SCORE = 0.7
NARROW_MARGIN = 0.02
TURN_WORDS = {1: "a quarter turn to the left", 2: "half a turn", 3: "a quarter turn to the right"}

# A face at least this large beside the largest may be the one that was meant.
RIVAL_SIZE = 0.3

# The stored picture: the face with as much again on each side, for a person to look at.
KEPT_MARGIN = 1.0
KEPT_SIDE_PX = 1024
KEPT_JPEG_QUALITY = 92


@dataclass(frozen=True)
class EnrolmentConfig:
    """``limits`` are refused below, ``advised`` warned below."""

    limits: QualityLimits = ENROLMENT_LIMITS
    advised_size_px: float = 90
    advised_sharpness: float = 0.125
    advised_yaw: float = 0.55
    advised_inside: float = 0.85


@dataclass(frozen=True, eq=False)
class _Found:
    image: Image = field(repr=False)
    faces: Detections
    turns: int
    sure: bool


def enrol_picture(pack: Pack, image_bytes: bytes, config: EnrolmentConfig | None = None) -> EnrolmentFace:
    """The one face in an uploaded picture. Raises EnrolmentRefused with a code and a sentence to read."""
    settings = config or EnrolmentConfig()
    picture = decode_upload(image_bytes)
    found = _find(pack, picture.image)
    row, warnings = _only_face(found)
    face = _closer_look(pack, found.image, found.faces.select([row]))
    aligned = align_face(found.image, face.landmarks[0])
    quality = assess(face, 0, found.image, settings.limits, aligned=aligned)
    _refuse_poor(quality, settings.limits)
    inside = inside_share(face.landmarks[0], found.image.shape[1], found.image.shape[0])
    warnings += _advice(quality, inside, settings)
    template = pack.embed(aligned[None])[0]
    kept, box = _kept_picture(found.image, face)
    return EnrolmentFace(
        template=template,
        quality=quality,
        box=box,
        warnings=(*picture.warnings, *warnings),
        picture_jpeg=encode_jpeg(kept, quality=KEPT_JPEG_QUALITY),
    )


def _find(pack: Pack, image: Image) -> _Found:
    """The faces in the turn of the picture in which one is found most surely. Raises EnrolmentRefused."""
    # The turned pictures are not kept: four of a large one would be most of the memory that is needed.
    tries = [_search(pack, _turned(image, turns)) for turns in range(4)]
    if max(_best(faces) for faces in tries) < SURE_SCORE:
        tries = [_search_padded(pack, _turned(image, turns)) for turns in range(4)]
    scores = [_best(faces) for faces in tries]
    turns = int(np.argmax(scores))
    if scores[turns] < SURE_SCORE:
        raise EnrolmentRefused(
            RefusalCode.NO_FACE, "no face was found, also not with the picture turned or at other sizes"
        )
    sure = scores[turns] - max(s for i, s in enumerate(scores) if i != turns) >= NARROW_MARGIN
    return _Found(_turned(image, turns), tries[turns], turns, sure)


def _best(faces: Detections) -> float:
    return float(faces.scores.max(initial=0.0))


def _turned(image: Image, turns: int) -> Image:
    return np.ascontiguousarray(np.rot90(image, turns))


def _search(pack: Pack, image: Image) -> Detections:
    return _merge(pack.detect(image, max_side=side) for side in SEARCH_SIDES)


def _search_padded(pack: Pack, image: Image) -> Detections:
    """The faces of a picture that they fill, found with a border around it."""
    scale = min(1.0, PADDED_FROM_PX / max(image.shape[:2]))
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in image.shape[:2])
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    border = max(1, round(max(image.shape[:2]) * PADDING_SHARE))
    wide = np.asarray(
        cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE), dtype=np.uint8
    )
    found = _merge(pack.detect(wide, max_side=side) for side in PADDED_SIDES)
    shift, back = np.float32(border), np.float32(1 / scale)
    return Detections((found.boxes - shift) * back, (found.landmarks - shift) * back, found.scores)


def _merge(searches: Iterable[Detections]) -> Detections:
    """All faces of several searches of one picture, each once: as the first search that saw it found it."""
    every = _all_of(list(searches))
    kept: list[int] = []
    for row in range(len(every)):
        if all(_overlap(every, row, other) < SAME_FACE_IOU for other in kept):
            kept.append(row)
    return every.select(kept)


def _all_of(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([p.boxes for p in parts]),
        np.concatenate([p.landmarks for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


def _overlap(faces: Detections, one: int, other: int) -> float:
    """Intersection over union of two boxes."""
    a, b = faces.boxes[one], faces.boxes[other]
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - shared)


def _only_face(found: _Found) -> tuple[int, tuple[str, ...]]:
    """The row of the face that was meant, with warnings. Raises EnrolmentRefused when it could be another."""
    faces = found.faces
    sure = np.flatnonzero(faces.scores >= SURE_SCORE)
    sizes = faces.sizes
    main = int(sure[np.argmax(sizes[sure])])
    rivals = [int(row) for row in sure if row != main and sizes[row] >= RIVAL_SIZE * sizes[main]]
    if rivals:
        message = f"{len(rivals) + 1} faces are in the picture; send one that shows only the person meant"
        raise EnrolmentRefused(RefusalCode.SEVERAL_FACES, message)
    warnings = []
    if len(sure) > 1:
        warnings.append("a much smaller face is in the background: the large one was taken")
    if found.turns:
        warnings.append(
            f"the picture had to be given {TURN_WORDS[found.turns]}: check that it is upright now"
        )
    elif not found.sure:
        warnings.append("it is not clear which way up the picture is: check that it is upright")
    return main, tuple(warnings)


def _closer_look(pack: Pack, image: Image, face: Detections) -> Detections:
    """The one face again, found in its surroundings alone when the search had shrunk it.

    Landmarks are only as exact as the pixels that they are found in.
    """
    if float(face.sizes[0]) * SEARCH_SIDES[0] / max(image.shape[:2]) >= CLOSE_ENOUGH_PX:
        return face
    left, top, right, bottom = margin_window(image, _box(face), margin=KEPT_MARGIN)
    part = np.ascontiguousarray(image[top:bottom, left:right])
    found = pack.detect(part, max_side=SEARCH_SIDES[0])
    shift = np.array([left, top], np.float32)
    again = Detections(found.boxes + np.tile(shift, 2), found.landmarks + shift, found.scores)
    both = _all_of([face, again])
    same = [row for row in range(1, len(both)) if _overlap(both, 0, row) >= SAME_FACE_IOU]
    return both.select(same[:1] or [0])


def _box(face: Detections) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in face.boxes[0])
    return x1, y1, x2, y2


def _refuse_poor(quality: Quality, limits: QualityLimits) -> None:
    if quality.acceptable:
        return
    small = quality.size_px < limits.min_size_px
    code = RefusalCode.TOO_SMALL if small else RefusalCode.POOR_QUALITY
    raise EnrolmentRefused(code, "; ".join(quality.reasons))


def _advice(quality: Quality, inside: float, config: EnrolmentConfig) -> tuple[str, ...]:
    advice = []
    if quality.size_px < config.advised_size_px:
        size = f"{quality.size_px:.0f} pixels wide, {config.advised_size_px:.0f} or more are better"
        advice.append(f"the face is small: {size}")
    if quality.sharpness < config.advised_sharpness:
        advice.append("the face is not quite sharp")
    if abs(quality.yaw_proxy) > config.advised_yaw:
        advice.append("the face is turned to the side")
    if inside < config.advised_inside:
        advice.append("the face fills the picture or is cut off: one with some space around it is better")
    return tuple(advice)


def _kept_picture(image: Image, face: Detections) -> tuple[Image, tuple[float, float, float, float]]:
    """What is stored of the upload, and where the face is in it: no more of the scene than is needed."""
    x1, y1, x2, y2 = _box(face)
    kept = crop_with_margin(image, _box(face), margin=KEPT_MARGIN, max_side=KEPT_SIDE_PX)
    left, top, right, _ = margin_window(image, _box(face), margin=KEPT_MARGIN)
    scale = kept.shape[1] / (right - left)
    return kept, ((x1 - left) * scale, (y1 - top) * scale, (x2 - left) * scale, (y2 - top) * scale)
