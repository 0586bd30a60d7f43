"""Where the plan's map begins, and the areas of earlier plans as an aid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.deployments import queries
from apps.deployments.data import Authority
from apps.deployments.rules.geometry import is_simple
from apps.forces import api as forces

RECENT = 40
MOST_AREAS = 12
# Around an earlier place, in degrees: about two kilometres.
AROUND = 0.02
DECIMALS = 6


def known_areas(*, deployment_id: UUID, authority: Authority) -> dict[str, Any]:
    """For the script of the map: where to begin, [[south, west], [north, east]] in degrees or None, and
    earlier areas by the name of their place. Two queries.

    It begins at the latest place of the force, that of the same name first; else at all of its base map.
    """
    recent = queries.rows().exclude(id=deployment_id).order_by("-created_at")
    areas: dict[str, list[list[float]]] = {}
    for content in recent.values_list("authority", flat=True)[:RECENT]:
        name = content["place_name"].strip()
        # Stored as text, so that no rounding changes a hash.
        polygon = [[float(value) for value in point] for point in content["polygon"]]
        if name and name not in areas and is_simple(polygon):
            areas[name] = polygon
    first = areas.get(authority.place_name.strip()) or next(iter(areas.values()), None)
    found = forces.base_map()
    begin = None if found is None else [list(found.box[:2]), list(found.box[2:])]
    if first is not None:
        begin = around(first)
    aids = [{"name": name, "points": points} for name, points in list(areas.items())[:MOST_AREAS]]
    return {"begin": begin, "aids": aids}


def around(polygon: Sequence[Sequence[float]]) -> list[list[float]]:
    """What a map shows of an area and its surroundings: south-west, then north-east."""
    latitudes, longitudes = [point[0] for point in polygon], [point[1] for point in polygon]
    return [
        [round(min(latitudes) - AROUND, DECIMALS), round(min(longitudes) - AROUND, DECIMALS)],
        [round(max(latitudes) + AROUND, DECIMALS), round(max(longitudes) + AROUND, DECIMALS)],
    ]
