"""From a face in a picture to the upright 112 by 112 crop that the embedder was trained on."""

from __future__ import annotations

import cv2
import numpy as np

from .data import Floats, Image

SIDE_PX = 112

# Where the embedder expects right eye, left eye, nose tip and the corners of the mouth, in the 112 px crop.
# The same five points serve SFace and the ArcFace family.
REFERENCE: Floats = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float32,
)

# The same as centred complex numbers: a turn with a scale is then one multiplication.
_TARGET = [complex(x, y) for x, y in REFERENCE.tolist()]
_TARGET_CENTRE = sum(_TARGET) / len(_TARGET)
_CENTRED = [point - _TARGET_CENTRE for point in _TARGET]
# Twelve by twelve points of the crop.
INSIDE_GRID = np.stack(np.meshgrid(*[np.linspace(0, SIDE_PX - 1, 12)] * 2), axis=-1).reshape(-1, 2)


def _fit(landmarks: Floats) -> tuple[complex, complex]:
    """Turn and shift: ``turn * point + shift`` is where a point of the picture lies in the crop."""
    if landmarks.shape != (5, 2):
        raise ValueError(f"landmarks: expected shape (5, 2), got {landmarks.shape}")
    # Five points: plain numbers are ten times as fast as arrays of them.
    points = [complex(x, y) for x, y in landmarks.tolist()]
    centre = sum(points) / len(points)
    apart = [point - centre for point in points]
    spread = sum(abs(point) ** 2 for point in apart)
    if spread < 1e-6:
        raise ValueError("landmarks: expected five different points, got one")
    turn = sum(p.conjugate() * q for p, q in zip(apart, _CENTRED, strict=True)) / spread
    return turn, _TARGET_CENTRE - turn * centre


def similarity_transform(landmarks: Floats) -> Floats:
    """(2, 3) float32: the least-squares turn, scale and shift that takes (5, 2) landmarks to REFERENCE.

    Closed form of Umeyama's solution in the plane, without reflection. Raises ValueError when the points
    coincide.
    """
    turn, shift = _fit(landmarks)
    rows = [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    return np.array(rows, dtype=np.float32)


def fit_error(landmarks: Floats) -> float:
    """Root mean square distance between fitted and expected landmarks, as a share of the crop's side.

    About 0.02 for a frontal face; large for a profile, and for what is no face.
    """
    turn, shift = _fit(landmarks)
    points = zip(landmarks.tolist(), _TARGET, strict=True)
    apart = sum(abs(turn * complex(x, y) + shift - target) ** 2 for (x, y), target in points)
    return float((apart / len(_TARGET)) ** 0.5) / SIDE_PX


def inside_share(landmarks: Floats, width: int, height: int) -> float:
    """Which share (0 to 1) of the aligned crop shows the picture, and not what would be beyond its edge."""
    turn, shift = _fit(landmarks)
    if turn == 0:
        return 0.0  # points in an order that no face has
    corners = [(complex(x, y) - shift) / turn for x in (0, SIDE_PX - 1) for y in (0, SIDE_PX - 1)]
    if all(0 <= at.real <= width - 1 and 0 <= at.imag <= height - 1 for at in corners):
        return 1.0  # nearly every face: what lies between its corners is then in the picture too
    points = (INSIDE_GRID[:, 0] + 1j * INSIDE_GRID[:, 1] - shift) / turn
    inside = (
        (points.real >= 0) & (points.real <= width - 1) & (points.imag >= 0) & (points.imag <= height - 1)
    )
    return float(inside.mean())


def align_face(image_bgr: Image, landmarks: Floats) -> Image:
    """(112, 112, 3) uint8 BGR crop of one face, black where it reaches outside the picture.

    A face more than twice too large is first shrunk by area, since sampling it directly would alias.
    """
    matrix = similarity_transform(landmarks)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    source = image_bgr
    if scale < 0.5:
        source, matrix = _shrunk(image_bgr, matrix, 2 * scale)
    # Black, as in training: measured on tight crops it keeps more of the template than repeating the edge.
    crop = cv2.warpAffine(source, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
    return np.asarray(crop, dtype=np.uint8)


def align_faces(image_bgr: Image, landmarks: Floats) -> Image:
    """(N, 112, 112, 3) uint8 BGR crops for (N, 5, 2) landmarks."""
    if len(landmarks) == 0:
        return np.zeros((0, SIDE_PX, SIDE_PX, 3), np.uint8)
    return np.stack([align_face(image_bgr, points) for points in landmarks])


def _shrunk(image_bgr: Image, matrix: Floats, factor: float) -> tuple[Image, Floats]:
    """The part of the picture that the crop shows, shrunk by ``factor``, and the matrix for it."""
    corners = np.array([[0, 0], [SIDE_PX, 0], [0, SIDE_PX], [SIDE_PX, SIDE_PX]], np.float64)
    seen = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2].astype(np.float64)).T
    height, width = image_bgr.shape[:2]
    margin = 2 / factor
    x1, y1 = np.clip(np.floor(seen.min(axis=0) - margin), 0, (width - 1, height - 1)).astype(int)
    x2, y2 = np.clip(np.ceil(seen.max(axis=0) + margin), (x1 + 1, y1 + 1), (width, height)).astype(int)
    part = image_bgr[y1:y2, x1:x2]
    size = (max(1, round((x2 - x1) * factor)), max(1, round((y2 - y1) * factor)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # Pixel centres: a point p of the part lies at (p + 0.5) * ratio - 0.5 in the small picture.
    ratio = np.array([size[0] / (x2 - x1), size[1] / (y2 - y1)])
    turn = matrix[:, :2].astype(np.float64) / ratio
    offset = np.array([x1, y1]) - 0.5 + 0.5 / ratio
    shift = matrix[:, 2] + matrix[:, :2].astype(np.float64) @ offset
    adjusted: Floats = np.column_stack([turn, shift]).astype(np.float32)
    return small, adjusted


def margin_window(
    image_bgr: Image, box: tuple[float, float, float, float], *, margin: float
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom: the box and ``margin`` (share of its sides) around it, in the picture."""
    x1, y1, x2, y2 = box
    pad_x, pad_y = (x2 - x1) * margin, (y2 - y1) * margin
    height, width = image_bgr.shape[:2]
    left = int(np.clip(np.floor(x1 - pad_x), 0, width - 1))
    top = int(np.clip(np.floor(y1 - pad_y), 0, height - 1))
    right = int(np.clip(np.ceil(x2 + pad_x), left + 1, width))
    bottom = int(np.clip(np.ceil(y2 + pad_y), top + 1, height))
    return left, top, right, bottom


def crop_with_margin(
    image_bgr: Image, box: tuple[float, float, float, float], *, margin: float, max_side: int
) -> Image:
    """A copy of what ``margin_window`` shows, at most ``max_side`` pixels long.

    A copy, so that holding the face does not hold the frame.
    """
    left, top, right, bottom = margin_window(image_bgr, box, margin=margin)
    part = image_bgr[top:bottom, left:right]
    scale = max_side / max(part.shape[:2])
    if scale >= 1:
        return part.copy()
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
