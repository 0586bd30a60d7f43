"""Films the rehearsal day: `python -m apps.demo.video --out PATH --photos DIR`. Plain Python, no Django.

People whose photographs `make setup` fetched walk through a drawn street, several at a time; most are on no
list. The listed walk with another picture than the one that enrols them, so that recognising them is
recognition and not the comparison of a picture with itself. The only file written is the video.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from apps.demo.cutouts import ABOVE, HALF_WIDTH, PhotographMissing, Pixels, cut_out, read_photo
from apps.demo.script import (
    BYSTANDERS,
    CAMERA_M,
    ENROLMENT,
    FOCAL,
    FRAME_RATE,
    HEIGHT_PX,
    HORIZON_PX,
    LISTED,
    WIDTH_PX,
    Picture,
    Script,
    Walker,
    plan_day,
    project,
)
from apps.demo.sprites import BODY_ABOVE, BODY_FACE_PX, BODY_HALF, STEP_M, Sprite, make_sprite
from apps.demo.street import draw_street

__all__ = ["ENROLMENT", "FRAME_RATE", "Film", "PhotographMissing", "Script", "Walker", "film", "plan_day"]

_SHUTTER_S: Final = 1 / 90
_NOISE: Final = 2.6  # standard deviation, grey levels
_NOISE_FIELDS: Final = 6
_WORKERS: Final = 2


class Film:
    """Frames of one script. Raises PhotographMissing when a photograph of it is not in the folder."""

    def __init__(self, script: Script, photos: Path) -> None:
        self.script = script
        self._street = draw_street(script.seed * 31 + script.camera)
        pictures = sorted({walker.picture for walker in script.walkers}, key=lambda p: (p.photo, p.box))
        read = {picture.photo: read_photo(photos, picture.photo) for picture in pictures}
        made = {picture: cut_out(read[picture.photo], picture, _others(picture)) for picture in pictures}
        with ThreadPoolExecutor(_WORKERS) as pool:
            sprites = pool.map(lambda walker: make_sprite(made[walker.picture], walker), script.walkers)
            self._sprites = dict(zip(script.walkers, sprites, strict=True))
        rng = np.random.default_rng(script.seed)
        shape = (HEIGHT_PX, WIDTH_PX, 3)
        self._noise = [
            rng.normal(0, _NOISE, shape).astype(np.int8).astype(np.int16) for _ in range(_NOISE_FIELDS)
        ]

    @property
    def frames(self) -> int:
        return int(self.script.seconds * FRAME_RATE)

    def frame(self, number: int) -> Pixels:
        """Return frame `number` as (HEIGHT_PX, WIDTH_PX, 3) BGR."""
        at_s = number / FRAME_RATE
        image = self._street.copy()
        there = [(walker.position(at_s), walker) for walker in self.script.walkers]
        present = sorted(
            ((place[1], place[0], walker) for place, walker in there if place), key=lambda p: -p[0]
        )
        for z, x, walker in present:
            _draw(image, self._sprites[walker], walker, x, z, at_s)
        noise = self._noise[(number * 5) % _NOISE_FIELDS]
        flicker = 1.5 * math.sin(number * 0.7)
        grainy = cv2.add(image, noise, dtype=cv2.CV_16S)
        return np.asarray(cv2.convertScaleAbs(np.maximum(grainy, 0), alpha=1.0, beta=flicker), np.uint8)

    def __iter__(self) -> Iterator[Pixels]:
        with ThreadPoolExecutor(_WORKERS) as pool:  # OpenCV lets go of the interpreter while it draws
            ahead = [pool.submit(self.frame, number) for number in range(min(self.frames, 2 * _WORKERS))]
            for number in range(self.frames):
                yield ahead.pop(0).result()
                if number + 2 * _WORKERS < self.frames:
                    ahead.append(pool.submit(self.frame, number + 2 * _WORKERS))


def _others(picture: Picture) -> list[tuple[int, int, int, int]]:
    """Boxes of the other people in the same photograph."""
    everybody = [p for person in (*LISTED, *BYSTANDERS) for p in person.pictures]
    return [p.box for p in everybody if p.photo == picture.photo and p.box != picture.box]


def _draw(image: Pixels, sprite: Sprite, walker: Walker, x_m: float, z_m: float, at_s: float) -> None:
    """Put one walker into the picture: body, then head, both leaning and bobbing a little."""
    walked = walker.path.length_m * (at_s - walker.enter_s) / (walker.leave_s - walker.enter_s)
    step = 2 * math.pi * walked / STEP_M
    x, y, face = project(x_m, z_m)
    y += 0.07 * face * math.cos(step)
    x += 0.06 * face * math.sin(step / 2)
    lean = math.radians(walker.lean_deg) * math.sin(step / 2 + walker.look % 7)
    blur = _motion_px(walker, z_m)
    _shadow(image, x_m, z_m)
    body = sprite.body(walked)
    _paste(
        image, body, _matrix(face / BODY_FACE_PX, 0.0, (x, y), (BODY_HALF, BODY_ABOVE), BODY_FACE_PX), blur
    )
    head, head_px = sprite.head(face)
    _paste(image, head, _matrix(face / head_px, lean, (x, y), (HALF_WIDTH, ABOVE + 1), head_px), blur)


def _shadow(image: Pixels, x_m: float, z_m: float) -> None:
    """Darken the pavement where the feet are."""
    metre = FOCAL / z_m
    x, y = round(WIDTH_PX / 2 + x_m * metre), round(HORIZON_PX + CAMERA_M * metre)
    across, deep = round(0.5 * metre), max(2, round(0.09 * metre))
    left, right, top, bottom = (
        max(0, x - across),
        min(WIDTH_PX, x + across),
        y - deep,
        min(HEIGHT_PX, y + deep),
    )
    if left >= right or top >= bottom:
        return
    rows, columns = np.mgrid[top:bottom, left:right]
    away = ((columns - x) / across) ** 2 + ((rows - y) / deep) ** 2
    under = image[top:bottom, left:right]
    under[:] = (under * (1 - 0.45 * np.exp(-2.5 * away))[:, :, None]).astype(np.uint8)


def _motion_px(walker: Walker, z_m: float) -> int:
    """How far the walker moves across the picture while the shutter is open."""
    across_m_s = abs(walker.path.end[0] - walker.path.start[0]) / (walker.leave_s - walker.enter_s)
    return round(across_m_s * _SHUTTER_S * FOCAL / z_m)


def _matrix(
    scale: float, lean: float, chin: tuple[float, float], origin: tuple[float, float], sheet_px: float
) -> np.ndarray:
    """Affine map that puts a sheet's chin point (origin, in face heights) on the picture's, scaled and
    leaning.
    """
    cos, sin = scale * math.cos(lean), scale * math.sin(lean)
    ox, oy = origin[0] * sheet_px, origin[1] * sheet_px
    return np.array([[cos, -sin, chin[0] - cos * ox + sin * oy], [sin, cos, chin[1] - sin * ox - cos * oy]])


def _paste(image: Pixels, sheet: Pixels, matrix: np.ndarray, blur: int) -> None:
    """Lay a premultiplied BGRA sheet over the picture, in place."""
    height, width = sheet.shape[:2]
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    left, top = (max(0, int(v) - 8) for v in corners.min(axis=1))
    right = min(WIDTH_PX, int(corners[0].max()) + 8)
    bottom = min(HEIGHT_PX, int(corners[1].max()) + 8)
    if left >= right or top >= bottom:
        return
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    flat = cv2.warpAffine(sheet, moved, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    if blur > 1:
        flat = cv2.blur(flat, (blur, 1))
    under = image[top:bottom, left:right]
    clear = 255 - np.repeat(flat[:, :, 3:], 3, axis=2)
    cv2.add(cv2.multiply(under, clear, scale=1 / 255), np.ascontiguousarray(flat[:, :, :3]), dst=under)


def film(script: Script, photos: Path, out: Path) -> None:
    """Write one camera's video as MPEG-4 with H.264 (MPEG-4 part 2 where there is no encoder for it)."""
    frames = Film(script, photos)
    with av.open(str(out), "w", format="mp4") as container:
        h264 = "libx264" in av.codecs_available
        options = {"preset": "ultrafast", "crf": "24"} if h264 else {"qscale": "4"}
        stream = container.add_stream("libx264" if h264 else "mpeg4", rate=FRAME_RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


def _print_scripts(scripts: tuple[Script, ...]) -> None:
    rows = [row for number, script in enumerate(scripts) for row in script.rows()[min(number, 1) :]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m apps.demo.video", description="Films the rehearsal day.")
    parser.add_argument(
        "--out", type=Path, required=True, help="mp4 to write; with more cameras a number is added"
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of the photographs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=75.0)
    parser.add_argument("--cameras", type=int, default=1)
    options = parser.parse_args(arguments)
    scripts = plan_day(options.seed, options.seconds, options.cameras)
    _print_scripts(scripts)
    try:
        for script in scripts:
            out = (
                options.out
                if len(scripts) == 1
                else options.out.with_stem(f"{options.out.stem}-{script.camera}")
            )
            film(script, options.photos, out)
            print(f"wrote {out}")
    except PhotographMissing as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
