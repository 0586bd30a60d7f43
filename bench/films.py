"""Films of people walking past, made of the photographs, for measuring what recognition does with them.

The frames are adaptations of photographs: they stay below var/ and are deleted after the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from apps.recognition.engine.packs import Pack
from tests.unit.recognition.recognition_scenes import Cutout, background, cut_out, paste

ROOT = Path(__file__).resolve().parent.parent
PHOTOS = ROOT / "var/cache/photos"
WALKING = ("subject_a_2", "subject_b_1", "subject_c_1", "bystander_d", "bystander_e")
# Other photographs of three of them are on the list.
LISTED = {"a": "subject_a_1.jpg", "b": "subject_b_2.jpg", "c": "subject_c_3.jpg"}
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
FPS = 10
JPEG_QUALITY = 85

Path_ = Callable[[float], tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class Film:
    """(H, W, 3) BGR frames, and which of the listed people walk through them."""

    name: str
    frames: list[np.ndarray]
    walking: frozenset[str]


def people(pack: Pack) -> list[Cutout]:
    """The listed first, then strangers of single portraits, then six of a group photograph."""
    found = []
    for name in WALKING:
        image = _read(f"{name}.jpg")
        found.append(cut_out(name, image, pack.detect(image, max_side=1280)))
    group = _read("group.jpg")
    faces = pack.detect(group, max_side=1280)
    return found + [cut_out(f"g{row}", group, faces.select([row])) for row in range(len(faces))]


def film(cutouts: list[Cutout], number: int, size: str, seconds: float, fps: int = FPS) -> Film:
    """`number` people at a time come towards a camera of `size`, far to near, all of them in view."""
    width, height = SIZES[size]
    empty = cv2.resize(background(), (width, height), interpolation=cv2.INTER_CUBIC)
    # Nobody listed walks twice.
    cast = [
        cutouts[k] if k < len(cutouts) else cutouts[3 + (k - 3) % (len(cutouts) - 3)] for k in range(number)
    ]
    paths = [_path(k, number, width, height, seconds) for k in range(number)]
    frames = []
    for count in range(int(seconds * fps)):
        frame = empty.copy()
        places = sorted(((path(count / fps), who) for path, who in zip(paths, cast, strict=True)), key=_near)
        for (x, y, face), who in places:
            paste(frame, who, x, y, face)
        frames.append(_through_jpeg(frame))
    return Film(f"{size}_{number}", frames, frozenset(list(LISTED)[:number]))


def write(shown: Film, out: Path, *, fps: int, begin: float = 0.0, empty_s: float = 0.0) -> None:
    """As a video file that begins at the share `begin` of the film, with so many seconds of an empty street,
    so that whoever walked is gone before they come again."""
    height, width = shown.frames[0].shape[:2]
    street = cv2.resize(background(), (width, height), interpolation=cv2.INTER_CUBIC)
    frames = shown.frames + [street] * int(empty_s * fps)
    first = int(begin * len(frames))
    with av.open(str(out), "w", format="mp4") as container:
        h264 = "libx264" in av.codecs_available
        options = {"preset": "ultrafast", "crf": "20"} if h264 else {"qscale": "3"}
        stream = container.add_stream("libx264" if h264 else "mpeg4", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for image in frames[first:] + frames[:first]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


def _near(placed: tuple[tuple[float, float, float], Cutout]) -> float:
    return placed[0][2]


def _path(k: int, number: int, width: int, height: int, seconds: float) -> Path_:
    rows = 1 if number <= 6 else 3
    columns = -(-number // rows)
    unit = height / 720
    near = min(110.0, 620 / columns) * unit
    far = max(36.0 * unit, near * 0.45)
    column, row = k % columns, k // columns

    def path(t: float) -> tuple[float, float, float]:
        share = t / seconds
        face = 1 / (1 / far + (1 / near - 1 / far) * share)
        x = width * (column + 0.5 + 0.12 * np.sin(1.3 * t + k)) / columns
        y = height * (row + 0.42) / rows + 0.4 * face + 4 * unit * np.sin(9 * t + k)
        return float(x), float(y), float(face)

    return path


def _through_jpeg(frame: np.ndarray) -> np.ndarray:
    encoded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def _read(name: str) -> np.ndarray:
    image = cv2.imread(str(PHOTOS / name), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"{PHOTOS / name} is missing: run `make setup`")
    return image
