"""Who walks past which camera, when and where: the script of a rehearsal day's video.

Distances are metres on the pavement: x to the right of the camera's axis, z away from the camera.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
FRAME_RATE: Final = 12

# Pinhole camera: one metre at z metres is FOCAL / z pixels. A face box is 0.205 m high (walkers have slightly
# large heads), so it has 40 px at 12 m and 160 px at 3 m.
FOCAL: Final = 2340.0
FACE_M: Final = 0.205
CAMERA_M: Final = 1.95
HORIZON_PX: Final = 158
CHIN_M: Final = 1.6

NEAREST_M: Final = 1.45  # by then the picture is left at its side
FARTHEST_M: Final = 12.0
_SPEED_M_S: Final = (1.05, 1.4)


@dataclass(frozen=True, slots=True)
class Picture:
    """A face in a photograph: file name and face box (x, y, width, height) in px, measured once with YuNet.
    balance multiplies blue, green and red, where a photograph was taken in other light than a street's.

    The photographs are pinned by hash, so the boxes hold, and making the video needs no model.
    """

    photo: str
    box: tuple[int, int, int, int]
    long_hair: bool = False
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the day. name and reference are invented; reference is None for a bystander, who is on no
    list.
    """

    name: str
    reference: str | None
    pictures: tuple[Picture, ...]
    enrols: str | None = None


LISTED: Final = (
    Person(
        "test subject A", "TEST-A", (Picture("subject_a_2.jpg", (203, 169, 314, 411)),), "subject_a_1.jpg"
    ),
    Person(
        "test subject B",
        "TEST-B",
        (Picture("subject_b_2.jpg", (207, 135, 285, 394), long_hair=True),),
        "subject_b_1.jpg",
    ),
    Person(
        "test subject C",
        "TEST-C",
        (
            Picture("subject_c_2.jpg", (201, 229, 275, 404)),
            Picture("subject_c_3.jpg", (645, 274, 265, 345)),
            Picture("subject_c_4.jpg", (222, 165, 240, 329)),
        ),
        "subject_c_1.jpg",
    ),
)

_LAMPLIGHT: Final = (1.18, 1.02, 0.95)
_GROUP: Final = (
    (52, 266, 118, 134),
    (271, 147, 99, 129),
    (462, 266, 114, 151),
    (751, 346, 95, 126),
    (899, 57, 106, 140),
    (1132, 274, 95, 125),
)

BYSTANDERS: Final = (
    Person("bystander D", None, (Picture("bystander_d.jpg", (238, 188, 278, 392)),)),
    Person("bystander E", None, (Picture("bystander_e.jpg", (416, 176, 302, 404)),)),
    Person("bystander F", None, (Picture("astronaut.png", (178, 63, 90, 114)),)),
    *(
        Person(f"bystander {letter}", None, (Picture("group.jpg", box, letter in "GL", _LAMPLIGHT),))
        for letter, box in zip("GHIJKL", _GROUP, strict=True)
    ),
)

# Which file enrols which reference: never one that walks.
ENROLMENT: Final = {
    person.reference: person.enrols for person in LISTED if person.reference and person.enrols
}


@dataclass(frozen=True, slots=True)
class Walk:
    """A straight walk at even speed from (x, z) to (x, z)."""

    kind: str
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def length_m(self) -> float:
        return math.dist(self.start, self.end)

    def at(self, share: float) -> tuple[float, float]:
        """Position (x, z) after that share of the walk, 0 to 1."""
        return (
            self.start[0] + (self.end[0] - self.start[0]) * share,
            self.start[1] + (self.end[1] - self.start[1]) * share,
        )


@dataclass(frozen=True, slots=True)
class Walker:
    """One walk. light, blur_px and jpeg vary what the camera sees; lean_deg is the most the head tilts."""

    person: Person
    picture: Picture
    enter_s: float
    leave_s: float
    path: Walk
    look: int
    light: float
    blur_px: float
    jpeg: int
    lean_deg: float

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def listed(self) -> str | None:
        return self.person.reference

    @property
    def photo(self) -> str:
        return self.picture.photo

    def position(self, at_s: float) -> tuple[float, float] | None:
        """Where (x, z) at that second, or None when not in the street."""
        if not self.enter_s <= at_s < self.leave_s:
            return None
        return self.path.at((at_s - self.enter_s) / (self.leave_s - self.enter_s))

    def face_box(self, at_s: float) -> tuple[float, float, float, float] | None:
        """Rough face box (left, top, right, bottom) in px; the drawing bobs around it."""
        place = self.position(at_s)
        if place is None:
            return None
        x, chin, face = project(*place)
        return x - face * 0.38, chin - face, x + face * 0.38, chin


def project(x_m: float, z_m: float) -> tuple[float, float, float]:
    """Chin point (x, y) and face height, px, of somebody standing there."""
    metre = FOCAL / z_m
    return WIDTH_PX / 2 + x_m * metre, HORIZON_PX + (CAMERA_M - CHIN_M) * metre, FACE_M * metre


@dataclass(frozen=True, slots=True)
class Script:
    """One camera's video."""

    camera: int
    seed: int
    seconds: float
    walkers: tuple[Walker, ...] = field(default=())

    @property
    def listed(self) -> frozenset[str]:
        """References that walk past this camera: each must be alerted, nobody else may be."""
        return frozenset(walker.listed for walker in self.walkers if walker.listed)

    def rows(self) -> list[tuple[str, ...]]:
        """The script as text, in order of entering, with a heading."""
        heading: tuple[str, ...] = (
            *("camera", "enter", "leave", "who", "listed as"),
            *("walks with", "enrolled with", "path"),
        )
        return [heading] + [
            (
                str(self.camera),
                f"{walker.enter_s:.1f}",
                f"{walker.leave_s:.1f}",
                walker.name,
                walker.listed or "-",
                walker.photo,
                walker.person.enrols or "-",
                walker.path.kind,
            )
            for walker in self.walkers
        ]


def plan_day(seed: int, seconds: float = 75.0, cameras: int = 1) -> tuple[Script, ...]:
    """Return one script a camera; the same arguments give the same day.

    Every listed person walks at least once. With several cameras the one with several pictures passes each
    of them, in another picture. Bystanders are many and several at a time, but the face of a listed person
    is never hidden for most of the walk.
    """
    return tuple(
        _plan_camera(random.Random(seed * 1009 + camera), seed, seconds, camera, cameras)
        for camera in range(cameras)
    )


def _plan_camera(rng: random.Random, seed: int, seconds: float, camera: int, cameras: int) -> Script:
    wanted = [p for number, p in enumerate(LISTED) if len(p.pictures) > 1 or number % cameras == camera]
    first, last = 4.0, seconds - 12.0
    walkers: list[Walker] = []
    for number, person in enumerate(wanted):
        at = first + (last - first) * (number + 0.35 + 0.3 * rng.random()) / len(wanted)
        walkers.append(_walker(rng, person, person.pictures[camera % len(person.pictures)], at, listed=True))
    listed = tuple(walkers)
    at, order = 1.0, list(BYSTANDERS)
    while at < seconds - 11.0:
        rng.shuffle(order)
        for person in order:
            if at < seconds - 11.0:
                walker = _place(rng, person, at, walkers, listed)
                if walker is not None:
                    walkers.append(walker)
                    at += rng.uniform(1.6, 3.0)
        at += 0.5
    return Script(camera, seed, seconds, tuple(sorted(walkers, key=lambda walker: walker.enter_s)))


def _place(
    rng: random.Random, person: Person, at: float, walkers: Sequence[Walker], listed: Sequence[Walker]
) -> Walker | None:
    """A walk of this bystander from about then that hides nobody who must be seen, if there is one."""
    for _ in range(12):
        walker = _walker(rng, person, person.pictures[0], at + rng.uniform(0, 0.5), listed=False)
        again = any(w.person is person and walker.enter_s < w.leave_s + 4.0 for w in walkers)
        if not again and not any(_hides(walker, other) for other in listed):
            return walker
    return None


def _walker(rng: random.Random, person: Person, picture: Picture, at: float, *, listed: bool) -> Walker:
    path = _approach(rng) if listed or rng.random() < 0.6 else _crossing(rng)
    duration = path.length_m / rng.uniform(*_SPEED_M_S)
    return Walker(
        person=person,
        picture=picture,
        enter_s=round(at, 2),
        leave_s=round(at + duration, 2),
        path=path,
        look=rng.randrange(1 << 30),
        light=rng.uniform(0.8, 1.12),
        blur_px=rng.uniform(0.0, 0.9),
        jpeg=rng.choice((45, 60, 75, 90)),
        lean_deg=rng.uniform(0.5, 4.0),
    )


def _approach(rng: random.Random) -> Walk:
    """From far to near, leaving past the camera on the side walked on."""
    side = rng.choice((-1, 1))
    return Walk(
        "towards", (side * rng.uniform(0.0, 1.3), FARTHEST_M), (side * rng.uniform(0.6, 0.75), NEAREST_M)
    )


def _crossing(rng: random.Random) -> Walk:
    """Across the picture, or slanting towards the camera."""
    side = rng.choice((-1, 1))
    z = rng.uniform(4.5, 8.0)
    slant = rng.choice((0.0, rng.uniform(0.3, 1.5)))
    x = WIDTH_PX / 2 * z / FOCAL + 0.5
    name = "left to right" if side > 0 else "right to left"
    return Walk(name, (-side * x, z + slant), (side * x, z))


def _hides(walker: Walker, other: Walker) -> bool:
    """Whether the walker's body stands before the other's face for more than a fifth of what matters of the
    walk.
    """
    moments = [other.enter_s + (other.leave_s - other.enter_s) * n / 24 for n in range(8, 24)]
    hidden = sum(_covers(walker, other, at) for at in moments)
    return hidden > len(moments) / 5


def _covers(walker: Walker, other: Walker, at: float) -> bool:
    mine, theirs, place, behind = (
        walker.face_box(at),
        other.face_box(at),
        walker.position(at),
        other.position(at),
    )
    if mine is None or theirs is None or place is None or behind is None or place[1] > behind[1]:
        return False
    face = mine[3] - mine[1]
    return mine[0] - face < theirs[2] and theirs[0] < mine[2] + face and mine[1] - 0.5 * face < theirs[3]
