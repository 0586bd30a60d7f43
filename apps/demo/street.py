"""A drawn street for walkers to walk through: buildings on both sides, pavement, kerb. Colour order BGR."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.demo.cutouts import Pixels
from apps.demo.script import CAMERA_M, FOCAL, HEIGHT_PX, HORIZON_PX, WIDTH_PX

_NEAR_M: Final = 1.2
_FAR_M: Final = 60.0
_WALL_M: Final = 3.4  # distance of the house fronts from the camera's axis
_Colour = tuple[float, float, float]


def draw_street(seed: int) -> Pixels:
    """Return the empty street as (HEIGHT_PX, WIDTH_PX, 3); another seed is another street."""
    rng = np.random.default_rng(seed)
    image = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    _sky(image)
    _far_end(image, rng)
    _ground(image, rng)
    for side in (-1, 1):
        _houses(image, side, rng)
    _furniture(image, rng)
    return _as_filmed(image, rng)


def _at(x_m: float, y_m: float, z_m: float) -> tuple[int, int]:
    """Pixel, in sixteenths, of a point x right of the axis, y above the pavement, z away."""
    metre = FOCAL / z_m
    x, y = WIDTH_PX / 2 + x_m * metre, HORIZON_PX + (CAMERA_M - y_m) * metre
    return round(float(np.clip(x, -4e4, 4e4)) * 16), round(float(np.clip(y, -4e4, 4e4)) * 16)


def _area(image: NDArray[np.float32], corners: Sequence[tuple[float, float, float]], colour: _Colour) -> None:
    points = np.array([_at(*corner) for corner in corners], np.int32)
    cv2.fillPoly(image, [points], colour, cv2.LINE_AA, 4)


def _sky(image: NDArray[np.float32]) -> None:
    rows = np.linspace(0, 1, HEIGHT_PX, dtype=np.float32)[:, None, None]
    image[:] = np.array([214, 206, 198], np.float32) * (1 - 0.12 * rows)


def _far_end(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """What closes the street far away: roofs and the crowns of trees, pale with haze."""
    for x in np.arange(-6.0, 6.0, 1.6).tolist():
        height = float(rng.uniform(5.0, 9.0))
        pale = float(rng.uniform(150, 178))
        _area(
            image,
            [(x, 0, 62), (x + 1.7, 0, 62), (x + 1.7, height, 62), (x, height, 62)],
            (pale, pale - 4, pale - 8),
        )
    for _ in range(46):
        side = -1 if rng.random() < 0.5 else 1
        x, y = _at(side * float(rng.uniform(1.2, 4.5)), float(rng.uniform(0.6, 3.4)), 58)
        green = float(rng.uniform(118, 140))
        colour = (green - 14, green, green - 10)
        cv2.circle(image, (x // 16, y // 16), int(rng.uniform(12, 22)), colour, -1, cv2.LINE_AA)


def _ground(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Paving slabs, each of its own grey, with dark joints."""
    _area(image, [(-9, 0, _NEAR_M), (9, 0, _NEAR_M), (9, 0, _FAR_M), (-9, 0, _FAR_M)], (112, 116, 118))
    edges = [_NEAR_M]
    while edges[-1] < 30:
        edges.append(edges[-1] + 0.6)
    for row, (near, far) in enumerate(itertools.pairwise(edges)):
        shift = 0.45 * (row % 2)
        for column in range(-5, 5):
            left = column * 0.9 + shift
            grey = 128 + 9 * float(rng.standard_normal())
            corners = [(left + 0.01, 0, near + 0.012), (left + 0.88, 0, near + 0.012)]
            corners += [(left + 0.88, 0, far), (left + 0.01, 0, far)]
            _area(image, corners, (grey * 0.97, grey, grey * 1.01))


def _houses(image: NDArray[np.float32], side: int, rng: np.random.Generator) -> None:
    """A row of house fronts along one side, far ones first."""
    ends = [3.0]
    while ends[-1] < _FAR_M:
        ends.append(ends[-1] + float(rng.uniform(4.5, 7.0)))
    for near, far in reversed(list(itertools.pairwise(ends))):
        warm, light = float(rng.uniform(0, 1)), float(rng.uniform(0.75, 1.1)) * (1.0 if side < 0 else 0.8)
        base = np.array([96, 112, 138]) * warm + np.array([140, 144, 146]) * (1 - warm)
        haze = min(0.75, near / 50)
        b, g, r = (base * light * (1 - haze) + np.array([200, 198, 194]) * haze).tolist()
        front = (b, g, r)
        x = side * _WALL_M
        _area(image, [(x, 0, near), (x, 0, far), (x, 9, far), (x, 9, near)], front)
        _shop(image, x, near, far, front, rng)
        _windows(image, x, near, far, front)


def _tint(colour: _Colour, factor: float) -> _Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _shop(
    image: NDArray[np.float32], x: float, near: float, far: float, front: _Colour, rng: np.random.Generator
) -> None:
    """Glass, a band above it for the name, and a door."""
    b, g, r = (rng.uniform(50, 110) + rng.uniform(-28, 28, 3)).tolist()
    depth = far - near
    a, z = near + 0.12 * depth, near + 0.88 * depth
    _area(image, [(x, 2.5, near), (x, 2.5, far), (x, 3.1, far), (x, 3.1, near)], (b, g, r))
    _area(image, [(x, 0.5, a), (x, 0.5, z), (x, 2.4, z), (x, 2.4, a)], _tint(front, 0.45))
    middle = (a + z) / 2
    _area(
        image, [(x, 0.6, a + 0.1), (x, 0.6, middle), (x, 2.3, middle), (x, 2.3, a + 0.1)], _tint(front, 0.62)
    )
    _area(image, [(x, 0.0, near), (x, 0.0, far), (x, 0.35, far), (x, 0.35, near)], _tint(front, 0.6))
    _area(image, [(x, 0.0, z - 0.9), (x, 0.0, z), (x, 2.2, z), (x, 2.2, z - 0.9)], _tint(front, 0.35))


def _windows(image: NDArray[np.float32], x: float, near: float, far: float, front: _Colour) -> None:
    for floor in (3.8, 6.4):
        count = 3
        step = (far - near) / count
        for number in range(count):
            a, z = near + step * (number + 0.25), near + step * (number + 0.75)
            frame = [(x, floor - 0.1, a - 0.1), (x, floor - 0.1, z + 0.1)]
            frame += [(x, floor + 1.7, z + 0.1), (x, floor + 1.7, a - 0.1)]
            _area(image, frame, _tint(front, 1.15))
            _area(
                image,
                [(x, floor, a), (x, floor, z), (x, floor + 1.6, z), (x, floor + 1.6, a)],
                _tint(front, 0.5),
            )


def _furniture(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A kerb-side gutter, bollards and lamp posts."""
    side = 1 if rng.random() < 0.5 else -1
    x = side * 2.3
    _area(
        image, [(x, 0, _NEAR_M), (x + 0.25, 0, _NEAR_M), (x + 0.25, 0, _FAR_M), (x, 0, _FAR_M)], (92, 94, 96)
    )
    for z in (34.0, 25.0, 17.0, 11.5):
        post = x + side * 0.12
        _area(
            image,
            [(post - 0.06, 0, z), (post + 0.06, 0, z), (post + 0.05, 1.0, z), (post - 0.05, 1.0, z)],
            (58, 60, 60),
        )
    for z in (40.0, 15.0):
        post = -side * 2.7
        _area(
            image,
            [(post - 0.06, 0, z), (post + 0.06, 0, z), (post + 0.04, 5, z), (post - 0.04, 5, z)],
            (66, 68, 68),
        )


def _as_filmed(image: NDArray[np.float32], rng: np.random.Generator) -> Pixels:
    """Grain in the surfaces, light falling off to one side, and the softness of what is out of focus."""
    grain = rng.normal(0, 1, (HEIGHT_PX // 2, WIDTH_PX // 2)).astype(np.float32)
    coarse = cv2.GaussianBlur(grain, (0, 0), 6) * 8
    large = cv2.resize(grain * 0.6 + coarse, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
    across = np.linspace(1.06, 0.86, WIDTH_PX, dtype=np.float32)[None, :, None]
    lit = (image + 4 * large[:, :, None]) * across
    soft = cv2.GaussianBlur(lit, (0, 0), 1.8)
    return np.clip(soft, 0, 255).astype(np.uint8)
