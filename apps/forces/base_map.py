"""The force's own base map: kept here, served to this force only. No tile server is ever asked for one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.forces.base_map_models import BaseMap, BaseMapLine
from apps.forces.base_map_reading import MOST_SOURCE, LineKind, MapLine, read_base_map
from apps.forces.models import Force
from apps.forces.operations import check_administrator

BATCH = 2_000
# What one page or one answer draws at most; more is drawn on a smaller part of the map.
MOST_SHOWN = 3_000

# South, west, north, east in degrees.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapPart:
    """A part of the map, and whose map it is; empty where there is none, or nothing there."""

    source: str
    lines: tuple[MapLine, ...]


@dataclass(frozen=True)
class BaseMapData:
    """What is known of the map in use. `box` is around everything on it."""

    source: str
    sha256: str
    lines: int
    box: Box
    uploaded_by: str
    uploaded_at: datetime


def base_map() -> BaseMapData | None:
    """The map of the open force, None where it has none. One query."""
    current_force_id()
    row = BaseMap.objects.first()
    if row is None:
        return None
    box = (row.south, row.west, row.north, row.east)
    return BaseMapData(row.source, row.sha256, row.lines, box, row.uploaded_by, row.uploaded_at)


def part_of_map(box: Box, *, most: int = MOST_SHOWN) -> MapPart:
    """The lines of the open force that touch a box, at most `most`. One query."""
    current_force_id()
    south, west, north, east = box
    found = BaseMapLine.objects.filter(south__lte=north, north__gte=south, west__lte=east, east__gte=west)
    rows = list(found.select_related("base_map").order_by("id")[:most])
    return MapPart(
        source=rows[0].base_map.source if rows else "",
        lines=tuple(
            MapLine(LineKind(row.kind), row.name, tuple((p[0], p[1]) for p in row.points)) for row in rows
        ),
    )


@transaction.atomic
def replace_base_map(*, content: bytes, source: str, actor: Actor, now: datetime) -> BaseMapData:
    """Take a GeoJSON file as the map of the actor's force, in place of the one before.

    `source` says whose map it is, as its licence asks. Raises NotPermitted, and RuleViolated with what is
    wrong.
    """
    check_administrator(actor)
    source = _checked(source)
    lines = read_base_map(content)
    _hold(actor)
    before = base_map()
    _delete()
    south, west, north, east = _box([_line_box(line) for line in lines])
    row = BaseMap.objects.create(
        source=source,
        sha256=hashlib.sha256(content).hexdigest(),
        lines=len(lines),
        south=south,
        west=west,
        north=north,
        east=east,
        uploaded_by=actor.label,
        uploaded_at=now,
    )
    BaseMapLine.objects.bulk_create((_row(row, line) for line in lines), batch_size=BATCH)
    payload = {
        "sha256": row.sha256,
        "lines": row.lines,
        "source": source,
        "replaced": before and before.sha256,
    }
    _note("force.base_map_replaced", actor, now, payload)
    found = base_map()
    if found is None:
        raise AssertionError("the map that was just written is there")
    return found


def _checked(source: str) -> str:
    source = " ".join(source.split())
    if not 3 <= len(source) <= MOST_SOURCE:
        raise RuleViolated(
            [f"Say whose map it is, in 3 to {MOST_SOURCE} characters: its licence asks for that."],
            code="base_map_source",
        )
    check_prose(source=source)
    return source


@transaction.atomic
def remove_base_map(*, actor: Actor, now: datetime) -> None:
    """Draw on a bare grid again. Raises NotPermitted, and RuleViolated where there is no map."""
    check_administrator(actor)
    _hold(actor)
    before = base_map()
    if before is None:
        raise RuleViolated(["There is no base map to remove."], code="base_map")
    _delete()
    _note("force.base_map_removed", actor, now, {"sha256": before.sha256})


def _hold(actor: Actor) -> None:
    """One change of the map after the other."""
    Force.objects.select_for_update().get(id=actor.force_id)


def _delete() -> None:
    BaseMapLine.objects.all().delete()
    BaseMap.objects.all().delete()


def _note(verb: str, actor: Actor, now: datetime, payload: dict[str, object]) -> None:
    force_id = current_force_id()
    audit.record(actor=actor, verb=verb, object_type="force", object_id=force_id, payload=payload, now=now)


def _row(base_map: BaseMap, line: MapLine) -> BaseMapLine:
    south, west, north, east = _line_box(line)
    return BaseMapLine(
        base_map=base_map,
        kind=line.kind,
        name=line.name,
        points=[list(point) for point in line.points],
        south=south,
        west=west,
        north=north,
        east=east,
    )


def _line_box(line: MapLine) -> Box:
    latitudes, longitudes = [p[0] for p in line.points], [p[1] for p in line.points]
    return min(latitudes), min(longitudes), max(latitudes), max(longitudes)


def _box(boxes: Iterable[Box]) -> Box:
    souths, wests, norths, easts = zip(*boxes, strict=True)
    return min(souths), min(wests), max(norths), max(easts)
