"""A few seconds of street, filmed once and played again and again: somebody on the list comes every time."""

from __future__ import annotations

import random
from pathlib import Path

from apps.demo.script import BYSTANDERS, FARTHEST_M, LISTED, NEAREST_M, Script, Walk, Walker
from apps.demo.video import film

SECONDS = 5.0
SPEED_M_S = 1.6
SEED = 8


def make(photos: Path, out: Path) -> None:
    """One camera, two of the listed and three who are on no list."""
    rng = random.Random(SEED)
    walkers = [
        _towards(rng, LISTED[0], -0.2, side=-1),
        _towards(rng, LISTED[2], 0.0, side=1),
        *(_across(rng, person, 0.3 + 2.0 * number) for number, person in enumerate(BYSTANDERS[:3])),
    ]
    film(Script(0, SEED, SECONDS, tuple(walkers)), photos, out)


def _towards(rng: random.Random, person, at: float, *, side: int) -> Walker:
    """Already near when the film begins, so that the face is large from the first frames on."""
    path = Walk("towards", (side * 0.9, FARTHEST_M * 0.75), (side * 0.7, NEAREST_M))
    return _walker(rng, person, path, at)


def _across(rng: random.Random, person, at: float) -> Walker:
    return _walker(rng, person, Walk("left to right", (-2.6, 8.0), (2.6, 8.0)), at)


def _walker(rng: random.Random, person, path: Walk, at: float) -> Walker:
    return Walker(
        person=person,
        picture=person.pictures[0],
        enter_s=at,
        leave_s=at + path.length_m / SPEED_M_S,
        path=path,
        look=rng.randrange(1 << 30),
        light=1.0,
        blur_px=0.0,
        jpeg=90,
        lean_deg=1.0,
    )
