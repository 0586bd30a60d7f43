"""One face out of one picture for a watchlist, or the reason why not.

Nothing is decided silently: a group is refused, a picture that had to be turned or that is barely good enough
comes with a warning, and what comes back is the picture as it was understood, for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .align import align_face, crop_with_margin, inside_share, margin_window
from .data import Detections, EnrolmentFace, Image, Quality
from .errors import EnrolmentRefused, RefusalCode
from .finding import (
    RIVAL_SIZE,
    SAME_FACE_IOU,
    SEARCH_SIDES,
    SURE_SCORE,
    Found,
    all_of,
    find,
    main_face,
    overlap,
)
from .packs import Pack
from .pictures import decode_upload, encode_jpeg
from .quality import COVERED, ENROLMENT_LIMITS, QualityLimits, assess

__all__ = ["EnrolmentConfig", "EnrolmentFace", "EnrolmentRefused", "RefusalCode", "enrol_picture"]

# A face that the first search saw smaller than this is looked at again.
CLOSE_ENOUGH_PX = 80

TURN_WORDS = {1: "a quarter turn to the left", 2: "half a turn", 3: "a quarter turn to the right"}

# A face smaller than a rival is worth a word, unless it is a speck that nobody could mean.
MENTIONED_SIZE = 1 / 6

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


def enrol_picture(pack: Pack, image_bytes: bytes, config: EnrolmentConfig | None = None) -> EnrolmentFace:
    """The one face in an uploaded picture. Raises EnrolmentRefused with a code and a sentence to read."""
    settings = config or EnrolmentConfig()
    picture = decode_upload(image_bytes)
    found = find(pack, picture.image)
    row, warnings = _only_face(found)
    face = _closer_look(pack, found.image, found.faces.select([row]))
    aligned = align_face(found.image, face.landmarks[0])
    quality = assess(face, 0, found.image, settings.limits, aligned=aligned)
    covered = tuple(words for words in quality.reasons if words in COVERED)
    if covered != quality.reasons:
        _refuse_poor(quality, settings.limits)
    # Somebody may wear a patch, a bandage or a veil in every picture: a person decides.
    quality = replace(quality, reasons=())
    inside = inside_share(face.landmarks[0], found.image.shape[1], found.image.shape[0])
    warnings += tuple(f"{words}. Accept it only if this person looks so" for words in covered)
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


def _only_face(found: Found) -> tuple[int, tuple[str, ...]]:
    """The row of the face that was meant, with warnings. Raises EnrolmentRefused when it could be another."""
    main = main_face(found.faces)
    sizes, largest = found.faces.sizes, float(found.faces.sizes[main])
    others = np.delete(sizes, main)[np.delete(found.faces.scores, main) >= SURE_SCORE]
    # Somebody who lies or leans is seen in another turn of the picture only.
    others = np.concatenate([others, found.elsewhere])
    rivals = int((others >= RIVAL_SIZE * largest).sum())
    if rivals:
        message = f"{rivals + 1} faces are in the picture; send one that shows only the person meant"
        raise EnrolmentRefused(RefusalCode.SEVERAL_FACES, message)
    warnings = []
    if (others >= MENTIONED_SIZE * largest).any():
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
    again = pack.detect(part, max_side=SEARCH_SIDES[0]).moved(left, top)
    both = all_of([face, again])
    same = [row for row in range(1, len(both)) if overlap(both, 0, row) >= SAME_FACE_IOU]
    return both.select(same[:1] or [0])


def _box(face: Detections) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in face.boxes[0])
    return x1, y1, x2, y2


def _refuse_poor(quality: Quality, limits: QualityLimits) -> None:
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
