"""Moving pictures made from photographs: people cut out of them walk across a textured background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from apps.recognition.engine.data import Detections, Frame

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True, eq=False)
class Cutout:
    """Head and shoulders (H, W, 3) BGR; `face` is the box of the face in it, x1 y1 x2 y2."""

    name: str
    image: np.ndarray
    face: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Walker:
    """`path(t)` gives centre x, y and width of the face in pixels at `t` seconds; None is out of sight."""

    cutout: Cutout
    path: Callable[[float], tuple[float, float, float] | None]


def cut_out(name: str, image: np.ndarray, detections: Detections) -> Cutout:
    """The largest face of a photograph with hair and shoulders, at most 400 px wide in the face."""
    row = int(np.argmax(detections.sizes))
    x1, y1, x2, y2 = (float(v) for v in detections.boxes[row])
    w, h = x2 - x1, y2 - y1
    left, top = max(0, int(x1 - 0.6 * w)), max(0, int(y1 - 0.5 * h))
    right, bottom = min(image.shape[1], int(x2 + 0.6 * w)), min(image.shape[0], int(y2 + 0.9 * h))
    return Cutout(name, image[top:bottom, left:right].copy(), (x1 - left, y1 - top, x2 - left, y2 - top))


def background() -> np.ndarray:
    rng = np.random.default_rng(7)
    coarse = rng.integers(60, 190, (12, 20, 3), dtype=np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def paste(frame: np.ndarray, cutout: Cutout, x: float, y: float, width: float) -> None:
    """Draw the cut-out with its face centred at x, y; an ellipse, so that no straight edge gives it away."""
    fx1, fy1, fx2, fy2 = cutout.face
    scale = width / (fx2 - fx1)
    size = (max(2, round(cutout.image.shape[1] * scale)), max(2, round(cutout.image.shape[0] * scale)))
    person = cv2.resize(cutout.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    mask = np.zeros(person.shape[:2], np.float32)
    cv2.ellipse(
        mask, (size[0] // 2, size[1] // 2), (int(size[0] * 0.5), int(size[1] * 0.52)), 0, 0, 360, 1, -1
    )
    mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, width / 30))[..., None]
    left, top = round(x - (fx1 + fx2) / 2 * scale), round(y - (fy1 + fy2) / 2 * scale)
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(frame.shape[1], left + size[0]), min(frame.shape[0], top + size[1])
    if x1 >= x2 or y1 >= y2:
        return
    part = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    below = frame[y1:y2, x1:x2].astype(np.float32)
    frame[y1:y2, x1:x2] = (person[part] * mask[part] + below * (1 - mask[part])).astype(np.uint8)


def render(walkers: Sequence[Walker], at: float, *, jpeg_quality: int = 80) -> np.ndarray:
    """The picture at `at` seconds, farther people behind nearer ones, through JPEG as a relay sends it."""
    frame = background()
    places = [(place, w) for w in walkers if (place := w.path(at)) is not None]
    for (x, y, width), walker in sorted(places, key=lambda p: p[0][2]):
        paste(frame, walker.cutout, x, y, width)
    return cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])[1], 1)


def film(
    walkers: Sequence[Walker], *, seconds: float, fps: float, camera_id: str = "cam-1", start: float = 1000.0
) -> Iterator[Frame]:
    for number in range(int(seconds * fps)):
        at = number / fps
        yield Frame(camera_id, number, start + at, render(walkers, at))


def across(
    y: float, width: float, x_from: float, x_to: float, seconds: float, *, begin: float = 0.0
) -> Callable[[float], tuple[float, float, float] | None]:
    """A straight walk at constant distance, out of sight before `begin` and afterwards."""

    def path(t: float) -> tuple[float, float, float] | None:
        share = (t - begin) / seconds
        return (x_from + (x_to - x_from) * share, y, width) if 0 <= share <= 1 else None

    return path


def towards(
    x_from: float, x_to: float, width_from: float, width_to: float, seconds: float, *, begin: float = 0.0
) -> Callable[[float], tuple[float, float, float] | None]:
    """A walk towards the camera: the face grows, as the inverse of the distance, and sinks a little."""

    def path(t: float) -> tuple[float, float, float] | None:
        share = (t - begin) / seconds
        if not 0 <= share <= 1:
            return None
        width = 1 / (1 / width_from + (1 / width_to - 1 / width_from) * share)
        bob = 4 * np.sin(t * 9)
        return x_from + (x_to - x_from) * share, 220 + 0.6 * width + bob, width

    return path


def standing_at(x: float, y: float, width: float) -> Callable[[float], tuple[float, float, float]]:
    """Somebody who stands there, but for the swaying that everybody does."""
    return lambda t: (x + 3 * float(np.sin(5 * t)), y, width)
