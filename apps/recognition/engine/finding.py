"""The faces of a picture, whichever way up it is: at several sizes, in four turns, no more than it takes.

The exhaustive way (``everywhere``) looks at the whole picture at both sizes in all four turns. ``find`` gives
the same answer sooner: most pictures say at a small size which way up they are. A test compares the two over
every photograph, in every turn, at many sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from .canvas import canvas_for, shrink
from .data import Detections, Floats, Image
from .errors import EnrolmentRefused, RefusalCode
from .packs import Pack

TURNS = range(4)
# Longer sides, in pixels, at which a picture is searched: the first finds large faces, the second small ones.
SEARCH_SIDES = (640, 1280)
# Sizes at which it may already be clear which way up the picture is.
TURN_SIDES = (320, *SEARCH_SIDES)
# Another search for faces that fill the picture: with a border as wide as this share of it, and smaller.
PADDING_SHARE = 0.5
PADDED_SIDES = (640, 320)
SAME_FACE_IOU = 0.35

# Of the detector. An upside-down face is often found with a score of 0.9 and its landmarks upside down, but
# the right way up it is found with a higher one: so all turns are always looked at.
SURE_SCORE = 0.7
NARROW_MARGIN = 0.02
# It is clear which way up a picture is when one turn wins by this much and the face in it is large enough to
# be seen well, and does not lean: of 35 degrees and more, a quarter turn is as near as none. Without leaning
# faces no margin was wrong on the photographs; with them none above 0.035 at 640 pixels.
CLEAR_MARGIN = 0.04
CLEAR_SIZE_PX = 32.0
CLEAR_LEAN_DEGREES = 25.0
# With a face as large as this in a search at 640 pixels, all that could be its rival was found there too, and
# so was every face in the background that is worth a word.
LARGE_PX = 96.0
# A face that is seen in another turn only, as surely as this, is somebody else who lies or leans.
OTHER_TURN_SCORE = 0.8
APART_SHARE = 0.3
# A face at least this large beside the largest may be the one that was meant.
RIVAL_SIZE = 0.3
# So the other turns are searched at a size at which such a one has this many pixels: with fewer it is missed.
RIVAL_PX = 16.0


@dataclass(frozen=True, eq=False)
class Found:
    """``faces`` of ``image``, which was given ``turns`` quarter turns to the left; ``sure`` of that or not.

    ``elsewhere`` (N,) are the sizes in px of faces that are seen in other turns of the picture only.
    """

    image: Image = field(repr=False)
    faces: Detections
    turns: int
    sure: bool
    elsewhere: Floats


class _Looks:
    """A picture searched at any size and in any turn: each once, whoever asks."""

    def __init__(self, pack: Pack, image: Image) -> None:
        self._pack, self.image = pack, image
        self.longest = int(max(image.shape[:2]))
        self._small: dict[int, Image] = {}
        self._seen: dict[tuple[int, int], Detections] = {}

    def scale(self, side: int) -> float:
        return min(1.0, side / self.longest)

    def side_for(self, scale: float) -> int:
        """The smallest side at which nothing is shrunk more than that, or else the largest."""
        return next((side for side in TURN_SIDES if self.scale(side) >= scale), TURN_SIDES[-1])

    def at(self, side: int, turns: int) -> Detections:
        """The faces of the turned picture, in its own pixels, found at ``side``."""
        size = min(side, self.longest)
        if (size, turns) not in self._seen:
            # Turned when small: four turns of a large picture would be most of the memory that is needed.
            small = self._shrunk_to(size)
            found = self._pack.detect(turned(small, turns), max_side=size)
            height, width = self.image.shape[:2]
            ratio = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
            self._seen[size, turns] = _scaled(found, ratio[::-1] if turns % 2 else ratio)
        return self._seen[size, turns]

    def _shrunk_to(self, size: int) -> Image:
        if size not in self._small:
            large = self._shrunk_to(SEARCH_SIDES[0]) if size < SEARCH_SIDES[0] < self.longest else self.image
            self._small[size] = _shrunk(large, size)
        return self._small[size]

    def both(self, turns: int) -> Detections:
        return _merge([self.at(side, turns) for side in SEARCH_SIDES])

    def padded(self, turns: int) -> Detections:
        """The faces of a picture that they fill, found with a border around it."""
        return _merge([self._padded_at(side, turns) for side in PADDED_SIDES])

    def _padded_at(self, side: int, turns: int) -> Detections:
        # Shrunk before it gets its border: of a strip of 30,000 by 1 pixels that would need gigabytes.
        small = _shrunk(self.image, round(side / (1 + 2 * PADDING_SHARE)))
        border = max(1, round(max(small.shape[:2]) * PADDING_SHARE))
        wide = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
        found = self._pack.detect(turned(np.asarray(wide, dtype=np.uint8), turns), max_side=side)
        inner = found.moved(-border, -border)
        height, width = self.image.shape[:2]
        ratio = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
        return _scaled(inner, ratio[::-1] if turns % 2 else ratio)


def find(pack: Pack, image: Image) -> Found:
    """The faces in the turn of the picture in which one is found most surely. Raises EnrolmentRefused."""
    looks = _Looks(pack, image)
    for side in TURN_SIDES:
        tries = [looks.at(side, turns) for turns in TURNS]
        turns = _clear(tries, looks.scale(side))
        if turns is not None:
            large = _main_size(looks.at(SEARCH_SIDES[0], turns)) * looks.scale(SEARCH_SIDES[0]) >= LARGE_PX
            faces = looks.at(SEARCH_SIDES[0], turns) if large else looks.both(turns)
            if _best(faces) >= SURE_SCORE:
                closer = looks.side_for(RIVAL_PX / RIVAL_SIZE / _main_size(faces))
                tries = [_merge([looks.at(closer, turn), seen]) for turn, seen in enumerate(tries)]
                tries[turns] = faces
                return _found(image, tries, turns, sure=True)
        if side >= looks.longest:
            break
    return _everywhere(looks)


def everywhere(pack: Pack, image: Image) -> Found:
    """What ``find`` finds, the long way. Raises EnrolmentRefused."""
    return _everywhere(_Looks(pack, image))


def _everywhere(looks: _Looks) -> Found:
    tries = [looks.both(turns) for turns in TURNS]
    if max(_best(faces) for faces in tries) < SURE_SCORE:
        tries = [looks.padded(turns) for turns in TURNS]
    scores = [_best(faces) for faces in tries]
    turns = int(np.argmax(scores))
    if scores[turns] < SURE_SCORE:
        raise EnrolmentRefused(
            RefusalCode.NO_FACE, "no face was found, also not with the picture turned or at other sizes"
        )
    return _found(looks.image, tries, turns, sure=_margin(scores) >= NARROW_MARGIN)


def _clear(tries: Sequence[Detections], scale: float) -> int | None:
    """The turn in which the picture is upright beyond doubt, seen at ``scale``, or None."""
    scores = [_best(faces) for faces in tries]
    turns = int(np.argmax(scores))
    if scores[turns] < SURE_SCORE or _margin(scores) < CLEAR_MARGIN:
        return None
    main = main_face(tries[turns])
    size = float(tries[turns].sizes[main])
    if size * scale < CLEAR_SIZE_PX or size < max(_main_size(faces) for faces in tries) / 1.5:
        return None
    return turns if lean_degrees(tries[turns].landmarks[main]) <= CLEAR_LEAN_DEGREES else None


def _found(image: Image, tries: Sequence[Detections], turns: int, *, sure: bool) -> Found:
    shape = (image.shape[0], image.shape[1])
    mine = _in_original(tries[turns], turns, shape)[tries[turns].scores >= SURE_SCORE]
    others = []
    for other in TURNS:
        if other == turns:
            continue
        faces = tries[other].select(np.flatnonzero(tries[other].scores >= OTHER_TURN_SCORE))
        boxes = _in_original(faces, other, shape)
        for box, size in zip(boxes, faces.sizes, strict=True):
            if _apart(box, mine):
                others.append(size)
                mine = np.vstack([mine, box])  # two turns may show the same person
    return Found(turned(image, turns), tries[turns], turns, sure, np.array(others, np.float32))


def _in_original(faces: Detections, turns: int, shape: tuple[int, int]) -> Floats:
    """Boxes of a turned picture as they lie in the picture, whose height and width are ``shape``."""
    boxes = faces.boxes
    for step in range(turns, 0, -1):
        width = shape[1] if step % 2 else shape[0]  # of the picture one turn before
        boxes = np.stack([width - boxes[:, 3], boxes[:, 0], width - boxes[:, 1], boxes[:, 2]], axis=1)
    return boxes


def _apart(box: Floats, others: Floats) -> bool:
    """Does the box share next to nothing with any of the others?"""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    smaller = np.minimum(np.prod(box[2:] - box[:2]), np.prod(others[:, 2:] - others[:, :2], axis=1))
    return bool((shared < APART_SHARE * smaller).all())


def main_face(faces: Detections) -> int:
    """The row of the largest face that is found surely; there must be one."""
    rows = np.flatnonzero(faces.scores >= SURE_SCORE)
    return int(rows[np.argmax(faces.sizes[rows])])


def _main_size(faces: Detections) -> float:
    return float(faces.sizes[faces.scores >= SURE_SCORE].max(initial=0.0))


def lean_degrees(landmarks: Floats) -> float:
    """How far a face leans: the angle between straight down and the way from its eyes to its mouth."""
    across, down = landmarks[3:5].mean(axis=0) - landmarks[0:2].mean(axis=0)
    return float(np.degrees(np.arctan2(abs(across), down)))


def _best(faces: Detections) -> float:
    return float(faces.scores.max(initial=0.0))


def _margin(scores: Sequence[float]) -> float:
    second, first = sorted(scores)[-2:]
    return first - second


def turned(image: Image, turns: int) -> Image:
    """The picture after so many quarter turns to the left."""
    return np.ascontiguousarray(np.rot90(image, turns))


def _shrunk(image: Image, side: int) -> Image:
    height, width = image.shape[:2]
    return shrink(image, side, canvas_for(width, height, side, "cpu"))


def _scaled(faces: Detections, ratio: Floats) -> Detections:
    return Detections(faces.boxes * np.tile(ratio, 2), faces.landmarks * ratio, faces.scores)


def _merge(searches: Sequence[Detections]) -> Detections:
    """All faces of several searches of one picture, each once: as the first search that was sure of it found
    it, or else as the first that saw it."""
    every = all_of(searches)
    kept: list[int] = []
    for row in np.argsort(every.scores < SURE_SCORE, kind="stable"):
        if all(overlap(every, int(row), other) < SAME_FACE_IOU for other in kept):
            kept.append(int(row))
    return every.select(kept)


def all_of(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([p.boxes for p in parts]),
        np.concatenate([p.landmarks for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


def overlap(faces: Detections, one: int, other: int) -> float:
    """Intersection over union of two boxes."""
    a, b = faces.boxes[one], faces.boxes[other]
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = float(np.prod(np.maximum(sides, 0)))
    return shared / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - shared)
