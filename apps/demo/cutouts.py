"""Heads cut out of photographs, to be put on drawn walkers. Colour order BGR; nothing is written anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.demo.script import Picture

Pixels = NDArray[np.uint8]

FACE_PX: Final = 176  # height of the face box in a cut-out
# The cut-out around the face box, in face heights: half its width, above the box, below it.
HALF_WIDTH: Final = 1.05
ABOVE: Final = 0.75
BELOW: Final = 0.85
_WORK_PX: Final = 80  # face height at which the outline is looked for: finer costs seconds and shows nothing


class PhotographMissing(RuntimeError):
    """A photograph of the day is not in the folder; `make setup` fetches them."""


def read_photo(folder: Path, name: str) -> Pixels:
    """Return the photograph as (H, W, 3) BGR. Raises PhotographMissing."""
    image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
    if image is None:
        raise PhotographMissing(f"{name} is not in {folder}: run make setup")
    return np.asarray(image, np.uint8)


def cut_out(photo: Pixels, picture: Picture, others: list[tuple[int, int, int, int]]) -> Pixels:
    """Return head, neck and collar as (H, W, 4) BGR + alpha with a soft outline and a face FACE_PX high.

    others are the boxes of other faces in the same photograph, which are kept out of it.
    """
    colours, inside = _window(photo, picture.box, FACE_PX)
    small, small_inside = _window(photo, picture.box, _WORK_PX)
    outline = _outline(small, small_inside, picture.box, others)
    height, width = colours.shape[:2]
    alpha = cv2.resize(outline, (width, height), interpolation=cv2.INTER_CUBIC)
    alpha = np.minimum(alpha, _soft_end(width, height, picture))
    alpha = np.minimum(alpha, inside)
    balanced = np.clip(colours * np.array(picture.balance, np.float32), 0, 255)
    return np.dstack([balanced, alpha]).astype(np.uint8)


def _placement(box: tuple[int, int, int, int], face_px: int) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Affine map from photograph to window, and the window's (width, height)."""
    x, y, w, h = box
    scale = face_px / h
    left, top = x + w / 2 - HALF_WIDTH * h, y - ABOVE * h
    size = (round(2 * HALF_WIDTH * face_px), round((ABOVE + 1 + BELOW) * face_px))
    return np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float32), size


def _window(photo: Pixels, box: tuple[int, int, int, int], face_px: int) -> tuple[Pixels, Pixels]:
    """The part of the photograph around a face, and a mask that is 0 beyond its edges (softly)."""
    matrix, size = _placement(box, face_px)
    scale = float(matrix[0, 0])
    if scale < 0.5:  # warpAffine alone would alias
        shrunk = cv2.resize(photo, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        matrix = matrix.copy()
        matrix[:, :2] /= 2 * scale
        photo = np.asarray(shrunk, np.uint8)
    colours = cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(photo.shape[:2], 255, np.uint8), matrix, size)
    soft = cv2.GaussianBlur(cv2.erode(inside, np.ones((9, 9), np.uint8)), (0, 0), 3)
    return np.asarray(colours, np.uint8), np.asarray(soft, np.uint8)


def _outline(
    window: Pixels, inside: Pixels, box: tuple[int, int, int, int], others: list[tuple[int, int, int, int]]
) -> Pixels:
    """Alpha of head and neck: GrabCut, started from where a head is in relation to its face."""
    guess = _first_guess(window, box, others)
    guess[inside < 128] = cv2.GC_BGD
    nothing = np.zeros((1, 65))
    cv2.setRNGSeed(1)  # GrabCut draws lots; the same script must give the same picture
    cv2.grabCut(window, guess, (0, 0, 1, 1), nothing, nothing.copy(), 3, cv2.GC_INIT_WITH_MASK)
    mask = np.where((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    mask = np.where(labels == largest, 255, 0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)), (0, 0), 1.3), np.uint8)


def _first_guess(
    window: Pixels, box: tuple[int, int, int, int], others: list[tuple[int, int, int, int]]
) -> NDArray[np.uint8]:
    height, width = window.shape[:2]
    guess = np.full((height, width), cv2.GC_BGD, np.uint8)
    face, half = float(_WORK_PX), _WORK_PX * box[2] / box[3] / 2
    middle, top = width / 2, ABOVE * face

    def oval(value: int, centre_y: float, across: float, down: float) -> None:
        axes = (int(across), int(down))
        cv2.ellipse(guess, (int(middle), int(centre_y)), axes, 0, 0, 360, value, -1)

    oval(cv2.GC_PR_BGD, top + 0.5 * face, half * 2.1, face * 1.15)
    guess[int(top + face) :, int(middle - half * 2.4) : int(middle + half * 2.4)] = cv2.GC_PR_BGD
    oval(cv2.GC_PR_FGD, top + 0.42 * face, half * 1.45, face * 0.77)
    guess[int(top + 0.9 * face) :, int(middle - half * 0.95) : int(middle + half * 0.95)] = cv2.GC_PR_FGD
    oval(cv2.GC_FGD, top + 0.5 * face, half * 0.84, face * 0.48)
    guess[int(top + 0.9 * face) :, int(middle - half * 0.5) : int(middle + half * 0.5)] = cv2.GC_FGD
    matrix, _ = _placement(box, _WORK_PX)
    for x, y, w, h in others:
        centre = matrix @ np.array([x + w / 2, y + 0.45 * h, 1.0], np.float32)
        axes = (int(w * matrix[0, 0] * 0.65), int(h * matrix[0, 0] * 0.75))
        cv2.ellipse(guess, (int(centre[0]), int(centre[1])), axes, 0, 0, 360, cv2.GC_BGD, -1)
    return guess


def _soft_end(width: int, height: int, picture: Picture) -> Pixels:
    """Alpha that keeps the head and lets neck and collar run out into the coat, in a soft U."""
    keep = np.zeros((height, width), np.uint8)
    face, half = float(FACE_PX), FACE_PX * picture.box[2] / picture.box[3] / 2
    middle, top = int(width / 2), ABOVE * face
    across, down = (1.95, 0.95) if picture.long_hair else (1.6, 0.82)
    head, neck = (int(half * across), int(face * down)), (int(half * 0.85), int(face * 0.55))
    cv2.ellipse(keep, (middle, int(top + 0.42 * face)), head, 0, 0, 360, (255,), -1)
    cv2.ellipse(keep, (middle, int(top + 0.95 * face)), neck, 0, 0, 360, (255,), -1)
    return np.asarray(cv2.GaussianBlur(keep, (0, 0), 0.025 * face), np.uint8)
