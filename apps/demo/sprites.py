"""A walker as the video needs one: the head of a photograph on a drawn body that walks. Colour order BGR."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.demo.cutouts import ABOVE, FACE_PX, HALF_WIDTH, Pixels
from apps.demo.script import Walker

_SWINGS: Final = (0.0, 0.7, 1.0, 0.7, 0.0, -0.7, -1.0, -0.7)  # of the legs, in the phases of a double step
BODY_FACE_PX: Final = 60  # face height for which bodies are drawn; they are plain and stand enlarging
# The body's sheet in face heights around the chin: half its width, above, below.
BODY_HALF: Final = 2.6
BODY_ABOVE: Final = 0.6
BODY_BELOW: Final = 9.4
STEP_M: Final = 0.72

Colour = tuple[int, int, int]
_COATS: Final[tuple[Colour, ...]] = (
    (58, 48, 42), (74, 62, 50), (46, 58, 78), (52, 50, 92), (66, 78, 60), (92, 84, 76), (44, 40, 38),
    (98, 72, 52), (40, 62, 96), (70, 66, 108),
)  # fmt: skip
_TROUSERS: Final[tuple[Colour, ...]] = ((52, 44, 38), (72, 56, 44), (46, 46, 50), (84, 78, 72), (38, 34, 34))
_SHIRTS: Final[tuple[Colour, ...]] = (
    (190, 192, 196),
    (150, 140, 128),
    (92, 70, 56),
    (60, 56, 120),
    (70, 66, 64),
)
_SHOES: Final = (30, 28, 28)


@dataclass(frozen=True, slots=True)
class Sprite:
    """Premultiplied BGRA pictures: the head at full, half and quarter size, and the body for each swing of
    the legs.
    """

    heads: tuple[Pixels, ...]
    bodies: dict[float, Pixels]

    def head(self, face_px: float) -> tuple[Pixels, float]:
        """The smallest head that need not be enlarged for a face of that height, and its own face height."""
        level = 0
        while level + 1 < len(self.heads) and FACE_PX / 2 ** (level + 1) >= face_px:
            level += 1
        return self.heads[level], FACE_PX / 2**level

    def body(self, walked_m: float) -> Pixels:
        """The body after so many metres."""
        phase = int(walked_m / (2 * STEP_M) * len(_SWINGS)) % len(_SWINGS)
        return self.bodies[_SWINGS[phase]]


def make_sprite(cutout: Pixels, walker: Walker) -> Sprite:
    """Return the sprite of one walk: JPEG loss, light and clothes are the walk's own."""
    rng = random.Random(walker.look)
    head = _weather(cutout, walker)
    heads = [_premultiply(head)]
    for _ in range(2):
        heads.append(
            np.asarray(cv2.resize(heads[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        )
    look = _Look(
        coat=rng.choice(_COATS),
        trousers=rng.choice(_TROUSERS),
        shirt=rng.choice(_SHIRTS),
        skin=_skin(head),
        hem=rng.choice((4.4, 5.0, 5.7)),
        build=rng.uniform(0.95, 1.08),
    )
    bodies = {swing: _premultiply(_light(_draw_body(look, swing), walker.light)) for swing in set(_SWINGS)}
    return Sprite(tuple(heads), bodies)


def _weather(cutout: Pixels, walker: Walker) -> Pixels:
    """The cut-out as a poorer camera would have had it: JPEG blocks, soft focus, its own light."""
    colours = np.ascontiguousarray(cutout[:, :, :3])
    _, packed = cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, walker.jpeg])
    colours = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    if walker.blur_px > 0.3:
        colours = np.asarray(cv2.GaussianBlur(colours, (0, 0), walker.blur_px), np.uint8)
    return _light(np.dstack([colours, cutout[:, :, 3]]), walker.light)


def _light(sheet: Pixels, light: float) -> Pixels:
    lit = sheet.copy()
    lit[:, :, :3] = np.clip(sheet[:, :, :3].astype(np.float32) * light, 0, 255).astype(np.uint8)
    return lit


def _premultiply(sheet: Pixels) -> Pixels:
    share = sheet[:, :, 3:].astype(np.float32) / 255
    return np.dstack([(sheet[:, :, :3] * share).astype(np.uint8), sheet[:, :, 3]])


def _skin(head: Pixels) -> Colour:
    """The colour of the cheeks: it is wanted for the hands."""
    y, x = round((ABOVE + 0.62) * FACE_PX), round(HALF_WIDTH * FACE_PX)
    patch = head[y - 8 : y + 8, x - 30 : x + 30, :3].reshape(-1, 3)
    b, g, r = np.median(patch, axis=0)
    return int(b), int(g), int(r)


@dataclass(frozen=True, slots=True)
class _Look:
    coat: Colour
    trousers: Colour
    shirt: Colour
    skin: Colour
    hem: float  # below the chin, in face heights
    build: float


class _Pen:
    """Draws on a sheet in face heights around the chin, with fractions of pixels."""

    def __init__(self) -> None:
        size = (round((BODY_ABOVE + BODY_BELOW) * BODY_FACE_PX), round(2 * BODY_HALF * BODY_FACE_PX))
        self.colours = np.zeros((*size, 3), np.uint8)
        self.alpha = np.zeros(size, np.uint8)

    def _points(self, points: list[tuple[float, float]]) -> NDArray[np.int32]:
        corners = np.array(points, np.float64) * (0.86, 0.88) + (BODY_HALF, BODY_ABOVE)
        return np.round(corners * BODY_FACE_PX * 16).astype(np.int32)

    def area(self, points: list[tuple[float, float]], colour: Colour) -> None:
        corners = self._points(points)
        cv2.fillPoly(self.colours, [corners], colour, cv2.LINE_AA, 4)
        cv2.fillPoly(self.alpha, [corners], (255,), cv2.LINE_AA, 4)

    def limb(self, points: list[tuple[float, float]], widths: tuple[float, float], colour: Colour) -> None:
        """A limb along the points, tapering from the first width to the second, with round joints."""
        shares = np.linspace(widths[0], widths[1], len(points)) / 2
        for (x1, y1), (x2, y2), r1, r2 in zip(points, points[1:], shares, shares[1:], strict=False):
            away = np.array([y1 - y2, x2 - x1]) / max(1e-6, float(np.hypot(x2 - x1, y2 - y1)))
            (ax, ay), (bx, by) = away * r1, away * r2
            self.area(
                [(x1 + ax, y1 + ay), (x2 + bx, y2 + by), (x2 - bx, y2 - by), (x1 - ax, y1 - ay)], colour
            )
        for (x, y), radius in zip(points, shares, strict=True):
            self.disc((x, y), radius, colour)

    def disc(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        self.area([(centre[0] + radius * np.cos(t), centre[1] + radius * np.sin(t)) for t in turns], colour)

    def sheet(self) -> Pixels:
        return np.dstack([self.colours, self.alpha])


def _shade(colour: Colour, factor: float) -> Colour:
    b, g, r = (int(min(255, part * factor)) for part in colour)
    return b, g, r


def _draw_body(look: _Look, swing: float) -> Pixels:
    """A coated body seen from the front; swing, -1 to 1, is how far the right leg is ahead."""
    pen = _Pen()
    for side in (-1, 1):
        _draw_leg(pen, look, side, swing * side)
    for side in (-1, 1):
        _draw_arm(pen, look, side, -swing * side)
    _draw_coat(pen, look)
    return _cloth(pen.sheet())


def _draw_leg(pen: _Pen, look: _Look, side: int, forward: float) -> None:
    """Seen from the front, the leg that swings back is shorter and darker."""
    lift = 0.55 * max(0.0, -forward)
    colour = _shade(look.trousers, 1.0 - 0.25 * max(0.0, -forward))
    hip, knee = (side * 0.5, 4.3), (side * 0.52, 6.5 - 0.4 * lift)
    foot = (side * 0.48, 8.75 - lift)
    pen.limb([hip, knee, foot], (1.0, 0.62), colour)
    pen.limb([(foot[0], foot[1] + 0.1), (foot[0] + side * 0.08, foot[1] + 0.28)], (0.6, 0.62), _SHOES)


def _draw_arm(pen: _Pen, look: _Look, side: int, forward: float) -> None:
    colour = _shade(look.coat, 0.82 + 0.1 * forward)
    wide = look.build
    hand = (side * (1.42 * wide - 0.12 * forward), 4.05 - 0.3 * abs(forward))
    pen.disc((hand[0], hand[1] + 0.2), 0.23, _shade(look.skin, 0.8))
    pen.limb([(side * 1.12 * wide, 0.95), (side * 1.42 * wide, 2.5), hand], (0.72, 0.46), colour)


def _draw_coat(pen: _Pen, look: _Look) -> None:
    w = look.build
    right = [
        (0.42, 0.1), (0.62, 0.3), (0.98 * w, 0.5), (1.24 * w, 0.68), (1.37 * w, 1.0), (1.3 * w, 1.5),
        (1.2 * w, 2.6), (1.16 * w, 3.6), (1.24 * w, look.hem),
    ]  # fmt: skip
    pen.area([*right, *((-x, y) for x, y in reversed(right))], look.coat)
    pen.area([(0.0, 1.35), (0.05, look.hem), (-0.03, look.hem)], _shade(look.coat, 0.6))
    pen.area([(-0.6, 0.22), (0.6, 0.22), (0.0, 1.6)], look.shirt)
    for side in (-1, 1):
        lapel = [(side * 0.4, 0.06), (side * 0.78, 0.36), (side * 0.62, 1.0), (0.0, 1.8), (side * 0.36, 0.8)]
        pen.area(lapel, _shade(look.coat, 1.18))
        pen.area(
            [(side * 0.5, 3.1), (side * 0.95, 3.0), (side * 0.96, 3.1), (side * 0.51, 3.2)],
            _shade(look.coat, 0.7),
        )


def _cloth(sheet: Pixels) -> Pixels:
    """Round the flat drawing: light from above left, dark towards the outline, folds, and a soft edge."""
    alpha = sheet[:, :, 3]
    deep = cv2.distanceTransform(np.where(alpha > 127, 255, 0).astype(np.uint8), cv2.DIST_L2, 3)
    rounded = 0.72 + 0.34 * np.clip(deep / (0.6 * BODY_FACE_PX), 0, 1) ** 0.6
    colours = cv2.GaussianBlur(sheet[:, :, :3], (0, 0), 0.8).astype(np.float32)
    shade = rounded.astype(np.float32) * _folds(*alpha.shape)
    lit = np.clip(colours * shade[:, :, None], 0, 255).astype(np.uint8)
    return np.dstack([lit, cv2.GaussianBlur(alpha, (0, 0), 0.7)])


@functools.cache
def _folds(height: int, width: int) -> NDArray[np.float32]:
    """Light of folded cloth, brighter on the left; around 1."""
    across = np.linspace(1.08, 0.9, width, dtype=np.float32)[None, :]
    coarse = np.random.default_rng(5).normal(0, 1, (height // 14 + 1, width // 5 + 1)).astype(np.float32)
    fine = cv2.GaussianBlur(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), (0, 0), 1.6)
    return np.asarray((1 + 0.05 * fine) * across, np.float32)
