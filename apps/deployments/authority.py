"""Judging an authority: what it lacks, whether its pack may run it, and how one differs from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from uuid import UUID

from apps.core.wording import say_list
from apps.deployments.data import Amendment, Authority, UseCase
from apps.deployments.geometry import is_inside, is_simple
from apps.forces.data import ForceData
from apps.watchlists.data import Category

# One window of at most 24 h (domain.md §2); it may span midnight.
MAX_WINDOW = timedelta(hours=24)
MAX_VERTICES = 100
MIN_TEXT = 20
REHEARSAL = "rehearsal"
OPERATIONAL = "operational"
BLUE_LIST_ONLY = (str(Category.BLUE_LIST),)

# Each must say something: domain.md §2, the fields of the written authority.
REASONED_FIELDS = {
    "policing_purpose": "policing purpose",
    "necessity": "necessity",
    "proportionality": "proportionality",
    "less_intrusive_means": "less intrusive means considered",
    "collateral_intrusion": "collateral intrusion",
}
# A change of these is a change of place or time unless the new lies inside the old.
PLACE_AND_TIME = frozenset({"place_name", "polygon", "window", "alternatives"})


def missing_from(authority: Authority, *, force: ForceData, cameras: Mapping[UUID, str]) -> list[str]:
    """Everything that keeps this authority from an officer; `cameras` are those the force registered."""
    return [
        *_place_and_time(authority),
        *_reasoning(authority),
        *_list_criteria(authority, force),
        *_technical(authority, cameras),
    ]


def _place_and_time(authority: Authority) -> list[str]:
    reasons = []
    if not authority.place_name.strip():
        reasons.append("Name the place.")
    if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in authority.polygon):
        reasons.append("The area has points that are not latitude, longitude in degrees. Draw it again.")
    elif len(authority.polygon) > MAX_VERTICES:
        reasons.append(f"Draw the area with at most {MAX_VERTICES} points.")
    elif not is_simple(authority.polygon):
        reasons.append("Draw the area as one outline of at least three points that does not cross itself.")
    if authority.window_end <= authority.window_start:
        reasons.append("The window must end after it starts.")
    elif authority.window_end - authority.window_start > MAX_WINDOW:
        reasons.append("A deployment is one window of at most 24 hours. For a longer time draft several.")
    return reasons


def _reasoning(authority: Authority) -> list[str]:
    reasons = [
        f"Write the {words}, in at least {MIN_TEXT} characters."
        for name, words in REASONED_FIELDS.items()
        if len(" ".join(str(getattr(authority, name)).split())) < MIN_TEXT
    ]
    if authority.use_case not in list(UseCase):
        reasons.append("Choose a use case.")
    if not any(basis.strip() for basis in authority.legal_bases):
        reasons.append("Name the legal bases.")
    return reasons


def _list_criteria(authority: Authority, force: ForceData) -> list[str]:
    reasons = []
    allowed = {str(category) for category in force.categories} & {str(category) for category in Category}
    refused = [name.replace("_", " ") for name in sorted(set(authority.categories) - allowed)]
    if not authority.categories:
        reasons.append("Choose at least one category of the watchlist.")
    if refused:
        reasons.append(f"This force does not list {say_list(refused)}. Choose other categories.")
    if not 1 <= authority.max_subjects <= force.max_watchlist_size:
        reasons.append(f"Set a maximum list size between 1 and {force.max_watchlist_size}.")
    return reasons


def _technical(authority: Authority, cameras: Mapping[UUID, str]) -> list[str]:
    reasons = []
    if not authority.cameras:
        reasons.append("Choose at least one camera.")
    if len({camera.id for camera in authority.cameras}) != len(authority.cameras):
        reasons.append("A camera is named twice. Choose each camera once.")
    reasons += [
        f"{camera.name or camera.id} is not registered under that name. Choose another camera."
        for camera in authority.cameras
        if cameras.get(camera.id) != camera.name
    ]
    # Written so that a NaN is refused too. A threshold of 0 or less would match everybody.
    if not 0 < authority.threshold <= 1:
        reasons.append("Set a threshold: a cosine similarity above 0 and at most 1.")
    return reasons


def unfit_for_grade(authority: Authority, grade: str | None) -> list[str]:
    """Why a pack of this evidence grade may not run this authority; empty when it may (domain.md §2).

    An operational pack may run both; any other grade runs rehearsals: Blue List only, and declared as such.
    """
    reasons = []
    if grade is None:
        reasons.append(f"The model pack {authority.pack_id!r} is not installed. Choose another one.")
    elif grade != OPERATIONAL and not authority.rehearsal:
        reasons.append(
            f"The evidence recorded for {authority.pack_id!r} supports rehearsals with the Blue List only."
            " Make it a rehearsal, or choose a recognition model with enough evidence for operations."
        )
    # None chosen yet is another mistake, with words of its own (`missing_from`).
    if authority.rehearsal and authority.categories and tuple(authority.categories) != BLUE_LIST_ONLY:
        reasons.append("A rehearsal lists people of the Blue List only. Choose no other category.")
    return reasons


def compare(old: Authority, new: Authority) -> Amendment:
    """Classify each field that differs: fewer, shorter, smaller or stricter narrows; anything else widens."""
    narrows = {
        "polygon": lambda: is_inside(new.polygon, old.polygon),
        "window": lambda: old.window_start <= new.window_start < new.window_end <= old.window_end,
        "cameras": lambda: bool(new.cameras) and _fewer_cameras(old, new),
        "categories": lambda: bool(new.categories) and set(new.categories) < set(old.categories),
        "max_subjects": lambda: 0 < new.max_subjects < old.max_subjects,
        "threshold": lambda: old.threshold < new.threshold <= 1,
        "alternatives": lambda: set(new.alternatives) < set(old.alternatives),
        "sources": lambda: bool(new.sources) and set(new.sources) < set(old.sources),
        "starts_by": lambda: (new.starts_by or new.window_end) < (old.starts_by or old.window_end),
    }
    changed = {
        _field(f.name)
        for f in fields(Authority)
        if f.name != "version" and getattr(old, f.name) != getattr(new, f.name)
    }
    narrowed = {name for name in changed if name in narrows and narrows[name]()}
    widened = changed - narrowed
    return Amendment(
        widened=tuple(sorted(widened)),
        narrowed=tuple(sorted(narrowed)),
        moved=tuple(sorted(widened & PLACE_AND_TIME)),
    )


def _fewer_cameras(old: Authority, new: Authority) -> bool:
    """Each camera that is left was there, with the same zone or one inside it."""
    zones = {(camera.id, camera.name): camera.zone for camera in old.cameras}
    return all(
        (camera.id, camera.name) in zones and _zone_inside(camera.zone, zones[camera.id, camera.name])
        for camera in new.cameras
    )


def _zone_inside(new: Sequence[Sequence[float]], old: Sequence[Sequence[float]]) -> bool:
    return new == old or not old or (bool(new) and is_inside(new, old))


def _field(name: str) -> str:
    return "window" if name in {"window_start", "window_end"} else name
