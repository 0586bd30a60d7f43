"""Districts of a force: coarse circles with a name, for readers who want to be told of one part of its area.

A reader chooses a name from the force's own list. Nothing is asked, and nothing can be worked out, about
where in it somebody lives: no circle may be smaller than SMALLEST_KM.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from apps.forces.data import ForceData

SMALLEST_KM, LARGEST_KM = 2.0, 60.0
# The United Kingdom, in whole degrees.
SOUTH, NORTH, WEST, EAST = 49.0, 61.0, -9.0, 2.5
LONGEST_NAME = 60
MOST_DISTRICTS = 40
NAME = re.compile(r"[^\W\d_][\w '\u2019&().-]*")
HOW = "write each line as a name, the latitude and longitude of its middle, and kilometres around it"
EXAMPLE = "for instance “Watford, 51.656, -0.396, 6”"


@dataclass(frozen=True, slots=True)
class District:
    """A circle around a point in degrees, `radius_km` kilometres wide each way."""

    name: str
    latitude: float
    longitude: float
    radius_km: float


def parse(line: str) -> District:
    """Raises ValueError in words for whoever typed it."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 4:
        raise ValueError(f"{HOW}, {EXAMPLE}.")
    name = " ".join(parts[0].split())
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise ValueError(f"a name has letters and at most {LONGEST_NAME} characters.")
    try:
        latitude, longitude, radius = (float(part.removesuffix("km").strip()) for part in parts[1:])
    except ValueError:
        raise ValueError(f"{HOW}, {EXAMPLE}.") from None
    if not all(map(isfinite, (latitude, longitude, radius))):
        raise ValueError(f"{HOW}, {EXAMPLE}.")
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        raise ValueError(f"“{name}” lies outside the United Kingdom: latitude first, then longitude.")
    if not SMALLEST_KM <= radius <= LARGEST_KM:
        raise ValueError(
            f"“{name}” needs {SMALLEST_KM:.0f} to {LARGEST_KM:.0f} kilometres: a smaller one would say where "
            "its readers live."
        )
    return District(name, latitude, longitude, radius)


def districts_of(force: ForceData) -> tuple[District, ...]:
    """In the force's own order. The lines were checked when they were stored."""
    return tuple(parse(line) for line in force.districts)


def problems(lines: Sequence[str]) -> list[str]:
    """What is wrong with the lines, each thing once; empty when nothing is."""
    found: list[str] = []
    names: list[str] = []
    for line in lines:
        try:
            names.append(parse(line).name.casefold())
        except ValueError as wrong:
            found.append(str(wrong))
    if len(set(names)) != len(names):
        found.append("a name stands there twice. Give each once.")
    return list(dict.fromkeys(found))
