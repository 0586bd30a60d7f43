"""Judging an authority: what it lacks, whether its pack may run it, and how one differs from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from uuid import UUID

from apps.core.kingdom import is_in_the_kingdom
from apps.core.wording import say_list
from apps.deployments.data import Amendment, Authority, CameraRef, Nearby, UrgentGrounds, UseCase
from apps.deployments.rules.geometry import crossing_sides, is_inside, is_simple
from apps.forces.data import ForceData
from apps.watchlists.data import Category

# One window of at most 24 h (domain.md §2); it may span midnight.
MAX_WINDOW = timedelta(hours=24)
MAX_VERTICES = 100
MIN_TEXT = 20
REHEARSAL = "rehearsal"
OPERATIONAL = "operational"
# Of operational grade, but the evidence does not reach as far as this threshold and this many listed people.
UNSUPPORTED = "unsupported"
BLUE_LIST_ONLY = (str(Category.BLUE_LIST),)

# Each must say something: domain.md §2, the fields of the written authority.
REASONED_FIELDS = {
    "policing_purpose": "policing purpose",
    "necessity": "necessity",
    "proportionality": "proportionality",
    "less_intrusive_means": "less intrusive means considered",
    "collateral_intrusion": "collateral intrusion",
}
# So must these, of its second version: where and how.
PLANNED_FIELDS = {
    "place_reason": "reason for this place",
    "nearby_measures": "account of what is near and what you do about it",
    "criteria": "criteria of the list",
    "vulnerable": "rule for children and vulnerable people",
    "signage_plan": "signage plan",
    "engagement_plan": "engagement plan",
    "resourcing_plan": "resourcing plan",
}
# More people than live in any county in one day are a slip of the finger.
MOST_PASSERS_BY = 5_000_000
# As a fraction of the picture's width: more is no face far away, but pixels taken for per cent.
WIDEST_FAR_FACE = 0.25
# A change of these is a change of place or time unless the new lies inside the old.
PLACE_AND_TIME = frozenset({"place_name", "polygon", "window", "alternatives"})


class Lack(str):
    """What is missing, in words, with the `field` of the plan in which it is put right.

    `part` names a part of that field with a place of its own on the page, such as one kind of assessment.
    """

    __slots__ = ("field", "part")
    field: str
    part: str

    def __new__(cls, words: str, field: str, part: str = "") -> Lack:
        lack = super().__new__(cls, words)
        lack.field, lack.part = field, part
        return lack


def missing_from(authority: Authority, *, force: ForceData, cameras: Mapping[UUID, str]) -> list[str]:
    """Everything that keeps this authority from an officer, each a `Lack`; `cameras` are those the force
    registered."""
    return [
        *_place(authority),
        *_time(authority),
        *_reasoning(authority),
        *_list_criteria(authority, force),
        *_technical(authority, cameras),
        *_on_the_ground(authority),
        *_urgency(authority),
    ]


def outline_problems(polygon: Sequence[Sequence[float]]) -> str:
    """What is wrong with an outline of points in degrees, as the end of a sentence; empty when nothing is."""
    if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in polygon):
        return "has points that are not latitude, longitude in degrees. Draw it again."
    if any(not is_in_the_kingdom(lat, lon) for lat, lon in polygon):
        return "is not in the United Kingdom. Latitude comes first, then longitude. Draw it again."
    if len(polygon) > MAX_VERTICES:
        return f"has too many points. Draw it with at most {MAX_VERTICES} points."
    if crossed := crossing_sides(polygon):
        first, second = (f"corner {side} to corner {side % len(polygon) + 1}" for side in crossed)
        return (
            "is not one outline: it crosses itself where the side from "
            f"{first} meets the side from {second}. Draw it again."
        )
    if not is_simple(polygon):
        return "is not one outline of at least three points that does not cross itself. Draw it again."
    return ""


def _place(authority: Authority) -> list[Lack]:
    lacks = []
    if not authority.place_name.strip():
        lacks.append(Lack("Name the place.", "place_name"))
    if not authority.polygon:
        lacks.append(
            Lack(
                "Draw the area as one outline of at least three points that does not cross itself.", "polygon"
            )
        )
    elif problem := outline_problems(authority.polygon):
        lacks.append(Lack(f"The area {problem}", "polygon"))
    for number, place in enumerate(authority.alternatives, start=1):
        if not place.name.strip():
            lacks.append(Lack(f"Name the alternative place {number}.", "alternatives"))
        if problem := outline_problems(place.polygon):
            name = place.name.strip() or f"the alternative place {number}"
            lacks.append(Lack(f"The area of {name} {problem}", "alternatives"))
    if unknown := sorted(set(authority.nearby) - set(Nearby)):
        lacks.append(Lack(f"Nothing called {say_list(unknown)} can be near. Choose again.", "nearby"))
    return lacks


def _time(authority: Authority) -> list[Lack]:
    lacks = []
    start, end = authority.window_start, authority.window_end
    if end <= start:
        lacks.append(Lack("The window must end after it starts.", "start_date"))
    elif end - start > MAX_WINDOW:
        words = "A deployment is one window of at most 24 hours. For a longer time draft several."
        lacks.append(Lack(words, "start_date"))
    if authority.starts_by is not None and not start <= authority.starts_by <= end:
        words = "The time by which it must have started lies outside the window. Choose one inside it."
        lacks.append(Lack(words, "starts_by_time"))
    return lacks


def _reasoning(authority: Authority) -> list[Lack]:
    lacks = [
        Lack(f"Write the {words}, in at least {MIN_TEXT} characters.", name)
        for name, words in {**REASONED_FIELDS, **PLANNED_FIELDS}.items()
        if len(" ".join(str(getattr(authority, name)).split())) < MIN_TEXT
    ]
    if not authority.operation.strip():
        lacks.append(Lack("Name the operation.", "operation"))
    if authority.use_case not in list(UseCase):
        lacks.append(Lack("Choose a use case.", "use_case"))
    if not any(basis.strip() for basis in authority.legal_bases):
        lacks.append(Lack("Name the legal bases.", "legal_bases"))
    return lacks


def _list_criteria(authority: Authority, force: ForceData) -> list[Lack]:
    lacks = []
    allowed = {str(category) for category in force.categories} & {str(category) for category in Category}
    refused = [name.replace("_", " ") for name in sorted(set(authority.categories) - allowed)]
    if not authority.categories:
        lacks.append(Lack("Choose at least one category of the watchlist.", "categories"))
    if refused:
        words = f"This force does not list {say_list(refused)}. Choose other categories."
        lacks.append(Lack(words, "categories"))
    if not 1 <= authority.max_subjects <= force.max_watchlist_size:
        words = f"Set a maximum list size between 1 and {force.max_watchlist_size:,}."
        lacks.append(Lack(words, "max_subjects"))
    if not any(source.strip() for source in authority.sources):
        lacks.append(Lack("Name the sources of the pictures on the list.", "sources"))
    return lacks


def _technical(authority: Authority, cameras: Mapping[UUID, str]) -> list[Lack]:
    lacks = []
    if not authority.cameras:
        lacks.append(Lack("Choose at least one camera.", "cameras"))
    if len({camera.id for camera in authority.cameras}) != len(authority.cameras):
        lacks.append(Lack("A camera is named twice. Choose each camera once.", "cameras"))
    lacks += [
        Lack(
            f"{camera.name or camera.id} is not registered under that name. Choose another camera.", "cameras"
        )
        for camera in authority.cameras
        if cameras.get(camera.id) != camera.name
    ]
    lacks += [
        Lack(words, "zones", str(camera.id)) for camera in authority.cameras for words in _zone_lacks(camera)
    ]
    # Written so that a NaN is refused too. A threshold of 0 or less would match everybody.
    if not 0 < authority.threshold <= 1:
        words = "Set a threshold: a cosine similarity above 0 and at most 1."
        lacks.append(Lack(words, "threshold"))
    if not 1 <= authority.footfall <= MOST_PASSERS_BY:
        words = f"Say how many people are expected to pass, between 1 and {MOST_PASSERS_BY:,}."
        lacks.append(Lack(words, "footfall"))
    return lacks


def _zone_lacks(camera: CameraRef) -> list[str]:
    name, lacks = camera.name or str(camera.id), []
    if not _is_zone(camera.zone):
        lacks.append(f"The zone of {name} is not one outline inside the picture. Draw it again.")
    if camera.far_face is not None and not 0 < camera.far_face <= WIDEST_FAR_FACE:
        lacks.append(
            f"A face at the far edge of the zone of {name} is more than 0 and at most {WIDEST_FAR_FACE:.0%} "
            "of the picture's width. Say it in per cent, not in pixels, or leave it empty."
        )
    return lacks


def _is_zone(zone: Sequence[Sequence[float]]) -> bool:
    """The whole picture, or one outline in fractions of it."""
    inside = all(0 <= value <= 1 for point in zone for value in point)
    return not zone or (inside and len(zone) <= MAX_VERTICES and is_simple(zone))


def _on_the_ground(authority: Authority) -> list[Lack]:
    named = [name.strip() for name in authority.approaches]
    if not any(named):
        return [Lack("Name every approach to the area: each gets a sign.", "approaches")]
    if len(set(named)) != len(named) or not all(named):
        return [Lack("An approach is named twice or not at all. Name each once.", "approaches")]
    return []


def _urgency(authority: Authority) -> list[Lack]:
    reason = " ".join(authority.urgent_reason.split())
    if not authority.urgent_grounds:
        words = "A reason for urgency is written, but no ground is chosen. Choose one, or remove the reason."
        return [Lack(words, "urgent_grounds")] if reason else []
    lacks = []
    if authority.urgent_grounds not in list(UrgentGrounds):
        lacks.append(Lack("Choose one of the grounds for urgency.", "urgent_grounds"))
    if len(reason) < MIN_TEXT:
        words = f"Write why it is urgent, in at least {MIN_TEXT} characters."
        lacks.append(Lack(words, "urgent_reason"))
    return lacks


def unfit_for_grade(authority: Authority, grade: str | None) -> list[str]:
    """Why a pack of this evidence grade may not run this authority; empty when it may (domain.md §2).

    An operational pack may run both; any other grade runs rehearsals: Blue List only, and declared as such.
    """
    reasons = []
    if grade is None:
        reasons.append(f"The model pack {authority.pack_id!r} is not installed. Choose another one.")
    elif grade == UNSUPPORTED and not authority.rehearsal:
        reasons.append(
            f"The evidence recorded for {authority.pack_id!r} does not show at most one false alert in 1,000 "
            f"people at a threshold of {authority.threshold:g} with {authority.max_subjects:,} people "
            "listed, or with the pictures on the list where there are more, for everybody and within each "
            "group. Raise the threshold, shorten the list, or make it a rehearsal."
        )
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
    """Each camera that is left was there, with the same zone or one inside it, and faces no smaller."""
    before = {(camera.id, camera.name): camera for camera in old.cameras}
    pairs = [(camera, before.get((camera.id, camera.name))) for camera in new.cameras]
    return all(
        then is not None
        and not _zone_lacks(now)  # a narrowing holds at once: nobody reads it before the engine does
        and _zone_inside(now.zone, then.zone)
        and (now.far_face or 0) >= (then.far_face or 0)
        for now, then in pairs
    )


def _zone_inside(new: Sequence[Sequence[float]], old: Sequence[Sequence[float]]) -> bool:
    return new == old or not old or (bool(new) and is_inside(new, old))


def _field(name: str) -> str:
    return "window" if name in {"window_start", "window_end"} else name
