"""A base map as it is uploaded: GeoJSON (RFC 7946), read strictly. No database, no clock.

Whoever uploads one is trusted to administer a force, and no further: a file that is large, deep or odd is
refused with what is wrong, and nothing of it is kept but lines, their kind and their name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, NoReturn

from apps.core.errors import RuleViolated
from apps.core.kingdom import is_in_the_kingdom
from apps.core.text import unseen_in_prose

MOST_BYTES = 8 * 1024 * 1024
MOST_LINES = 20_000
MOST_POINTS = 300_000
MOST_NAME = 80
MOST_SOURCE = 200
# A longer line is cut, so that a page that needs a part of it reads a part of it.
POINTS_A_LINE = 100
# About a metre.
DECIMALS = 5
# How often a point lies in brackets: what one kind of geometry is made of.
DEPTHS = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class LineKind(StrEnum):
    ROAD = "road"
    RAIL = "rail"
    WATER = "water"
    OUTLINE = "outline"
    OTHER = "other"


Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class MapLine:
    """One line; `points` are (latitude, longitude) in degrees, two at least."""

    kind: LineKind
    name: str
    points: Points


def read_base_map(content: bytes) -> tuple[MapLine, ...]:
    """The lines of a GeoJSON file. Raises RuleViolated with what is wrong with it."""
    if len(content) > MOST_BYTES:
        _refuse(f"The file is larger than {MOST_BYTES // 1024**2} MB. Leave out what is no road or outline.")
    try:
        found = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse("The file is no GeoJSON. Export the map as GeoJSON (RFC 7946, WGS 84) and send that file.")
    lines: list[MapLine] = []
    left = MOST_POINTS
    for number, feature in enumerate(_features(found), start=1):
        for line in _lines(feature, number):
            left -= len(line.points)
            lines.append(line)
            if left < 0 or len(lines) > MOST_LINES:
                _refuse(
                    f"The map is too detailed: at most {MOST_LINES:,} lines and {MOST_POINTS:,} points. "
                    "Leave out footpaths and buildings, or simplify the lines."
                )
    if not lines:
        _refuse("There is no line on this map. It needs roads or outlines.")
    return tuple(lines)


def _refuse(words: str) -> NoReturn:
    raise RuleViolated([words], code="base_map")


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _features(found: Any) -> list[Any]:
    if not isinstance(found, Mapping) or found.get("type") != "FeatureCollection":
        _refuse("The file is no FeatureCollection. Export the layer as GeoJSON and send that file.")
    crs = found.get("crs")
    if crs is not None and "CRS84" not in json.dumps(crs) and "4326" not in json.dumps(crs):
        _refuse("The map is in another coordinate system. Export it in WGS 84 (longitude, latitude).")
    features = found.get("features")
    if not isinstance(features, list) or not features:
        _refuse("There is nothing on this map. It needs roads or outlines.")
    return list(features)


def _lines(feature: Any, number: int) -> Iterator[MapLine]:
    geometry = _mapping(feature.get("geometry")) if isinstance(feature, Mapping) else {}
    kind = str(geometry.get("type"))
    if kind not in DEPTHS:
        allowed = ", ".join(sorted(DEPTHS))
        _refuse(f"Feature {number} is no line and no outline. What can be drawn: {allowed}.")
    said = _mapping(feature.get("properties"))
    name = _name(said.get("name"), number)
    wanted = LineKind.OUTLINE if "Polygon" in kind else LineKind.OTHER
    if said.get("kind") in list(LineKind):
        wanted = LineKind(said["kind"])
    for points in _chains(geometry.get("coordinates"), DEPTHS[kind], number):
        for start in range(0, len(points) - 1, POINTS_A_LINE - 1):
            yield MapLine(wanted, name, points[start : start + POINTS_A_LINE])


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _name(found: Any, number: int) -> str:
    """Names stand on maps that others read: what nobody sees in them is refused as anywhere."""
    if not isinstance(found, str):
        return ""
    if unseen_in_prose(found):
        _refuse(f"The name of feature {number} has characters that nobody sees. Take them out.")
    return " ".join(found.split())[:MOST_NAME]


def _chains(found: Any, depth: int, number: int) -> Iterator[Points]:
    if not isinstance(found, list) or not found:
        _refuse(f"Feature {number} has no coordinates.")
    if depth > 1:
        for part in found:
            yield from _chains(part, depth - 1, number)
        return
    points = tuple(_point(each, number) for each in found)
    if len(points) < 2:
        _refuse(f"A line of feature {number} has fewer than two points.")
    yield points


def _point(found: Any, number: int) -> tuple[float, float]:
    if not (
        isinstance(found, list)
        and len(found) in (2, 3)
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in found)
    ):
        _refuse(f"Feature {number} has a point that is not longitude, latitude.")
    try:
        longitude, latitude = float(found[0]), float(found[1])
    except OverflowError:
        longitude = latitude = float("inf")
    if not (isfinite(longitude) and isfinite(latitude) and is_in_the_kingdom(latitude, longitude)):
        _refuse(
            f"Feature {number} is not in the United Kingdom. In GeoJSON longitude comes first, then "
            "latitude, in degrees (WGS 84)."
        )
    return round(latitude, DECIMALS), round(longitude, DECIMALS)
