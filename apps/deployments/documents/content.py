"""The written authority as a value, and the one hash that is approved (domain.md §2)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

# About a tenth of a metre; more digits would only make equal places look different.
COORDINATE_DECIMALS = 6
THRESHOLD_DECIMALS = 4
# Fractions of a picture's width and height.
ZONE_DECIMALS = 4
FIRST_VERSION, AUTHORITY_VERSION = 1, 2


@dataclass(frozen=True)
class CameraRef:
    """A camera as the authority names it. `zone` outlines its zone of recognition as (x, y) fractions
    of the picture, from the top left, not closed; empty is the whole picture. `far_face` is how wide a face
    is at the far edge of the zone, as a fraction of the picture's width; None where nobody measured it."""

    id: UUID
    name: str
    zone: tuple[tuple[float, float], ...] = ()
    far_face: float | None = None


@dataclass(frozen=True)
class Place:
    """A place that may be used instead, announced with the first (domain.md §2)."""

    name: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class AssessmentRef:
    """One version of an assessment that the authority rests on: its kind, its row, its file's SHA-256."""

    kind: str
    id: UUID
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Authority:
    """What the Authorising Officer approves: the content whose hash is the approval (domain.md §2).

    `polygon` holds (latitude, longitude) pairs in degrees, WGS 84, at least three, not closed; `threshold`
    is a cosine similarity. Values are normalised on construction (UTC, rounded, sorted, NFC) so that equal
    content has an equal hash. Raises ValueError for an instant without a time zone. Incomplete content is
    allowed: a draft is checked when it is submitted.

    `starts_by` is when the approval lapses if recognition has not begun, None is the end of the window;
    `nearby` and `urgent_grounds` are of the closed lists in data.py, `urgent_grounds` empty for an ordinary
    plan; `approaches` name every way into the zone, each with a sign; `footfall` is how many people are
    expected to pass. Content of the first version keeps the hash that it was approved under.
    """

    place_name: str
    polygon: Sequence[Sequence[float]]
    window_start: datetime
    window_end: datetime
    use_case: str
    necessity: str
    proportionality: str
    less_intrusive_means: str
    collateral_intrusion: str
    policing_purpose: str
    legal_bases: Sequence[str]
    categories: Sequence[str] | frozenset[str]
    max_subjects: int
    cameras: Sequence[CameraRef]
    pack_id: str
    threshold: float
    rehearsal: bool
    operation: str = ""
    place_reason: str = ""
    alternatives: Sequence[Place] = ()
    nearby: Sequence[str] | frozenset[str] = ()
    nearby_measures: str = ""
    starts_by: datetime | None = None
    criteria: str = ""
    sources: Sequence[str] | frozenset[str] = ()
    vulnerable: str = ""
    assessments: Sequence[AssessmentRef] = ()
    approaches: Sequence[str] = ()
    signage_plan: str = ""
    engagement_plan: str = ""
    resourcing_plan: str = ""
    footfall: int = 0
    urgent_grounds: str = ""
    urgent_reason: str = ""
    version: int = AUTHORITY_VERSION

    def __post_init__(self) -> None:
        for name in (*TEXT_FIELDS, *LATER_TEXT_FIELDS):
            object.__setattr__(self, name, unicodedata.normalize("NFC", str(getattr(self, name))))
        object.__setattr__(self, "window_start", _utc(self.window_start))
        object.__setattr__(self, "window_end", _utc(self.window_end))
        object.__setattr__(self, "polygon", tuple(_point(point) for point in self.polygon))
        object.__setattr__(self, "legal_bases", tuple(sorted({str(basis) for basis in self.legal_bases})))
        object.__setattr__(self, "categories", tuple(sorted({str(category) for category in self.categories})))
        object.__setattr__(
            self, "cameras", tuple(sorted({_camera(c) for c in self.cameras}, key=_camera_order))
        )
        if self.starts_by is not None:
            object.__setattr__(self, "starts_by", _utc(self.starts_by))
        object.__setattr__(self, "alternatives", tuple(_place(place) for place in self.alternatives))
        object.__setattr__(self, "assessments", tuple(sorted(set(self.assessments), key=_assessment_order)))
        object.__setattr__(self, "approaches", tuple(_nfc(name) for name in self.approaches))
        for name in ("nearby", "sources"):
            object.__setattr__(self, name, tuple(sorted({_nfc(value) for value in getattr(self, name)})))
        object.__setattr__(self, "threshold", round(float(self.threshold), THRESHOLD_DECIMALS) + 0.0)

    def canonical(self) -> dict[str, Any]:
        """The content as JSON values: instants as UTC ISO text, numbers that could vary as decimal text."""
        return self._first() if self.version == FIRST_VERSION else {**self._first(), **self._later()}

    def _first(self) -> dict[str, Any]:
        return {
            "version": self.version,
            **{name: getattr(self, name) for name in TEXT_FIELDS},
            "polygon": _decimals(self.polygon, COORDINATE_DECIMALS),
            "window_start": self.window_start.isoformat(),
            "window_end": self.window_end.isoformat(),
            "legal_bases": list(self.legal_bases),
            "categories": list(self.categories),
            "max_subjects": self.max_subjects,
            "cameras": [{"id": str(camera.id), "name": camera.name} for camera in self.cameras],
            "threshold": _decimal(self.threshold, THRESHOLD_DECIMALS),
            "rehearsal": self.rehearsal,
        }

    def _later(self) -> dict[str, Any]:
        """What the second version added, and cameras with their zones."""
        return {
            **{name: getattr(self, name) for name in LATER_TEXT_FIELDS},
            "cameras": [_canonical_camera(camera) for camera in self.cameras],
            "alternatives": [
                {"name": place.name, "polygon": _decimals(place.polygon, COORDINATE_DECIMALS)}
                for place in self.alternatives
            ],
            "nearby": list(self.nearby),
            "starts_by": None if self.starts_by is None else self.starts_by.isoformat(),
            "sources": list(self.sources),
            "assessments": [
                {"kind": each.kind, "id": str(each.id), "sha256": each.sha256} for each in self.assessments
            ],
            "approaches": list(self.approaches),
            "footfall": self.footfall,
        }

    def canonical_json(self) -> str:
        return json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """SHA-256 of the canonical JSON (UTF-8), 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    @classmethod
    def from_canonical(cls, content: Mapping[str, Any]) -> Authority:
        """The authority whose `canonical()` is `content`. Raises ValueError for another version of it."""
        if content["version"] not in (FIRST_VERSION, AUTHORITY_VERSION):
            raise ValueError(f"authority version {content['version']}, expected {AUTHORITY_VERSION}")
        return cls(
            **{name: content[name] for name in TEXT_FIELDS},
            polygon=_points(content["polygon"]),
            window_start=datetime.fromisoformat(content["window_start"]),
            window_end=datetime.fromisoformat(content["window_end"]),
            legal_bases=content["legal_bases"],
            categories=content["categories"],
            max_subjects=content["max_subjects"],
            cameras=[_read_camera(camera) for camera in content["cameras"]],
            threshold=float(content["threshold"]),
            rehearsal=content["rehearsal"],
            **(_later_values(content) if content["version"] != FIRST_VERSION else {"version": FIRST_VERSION}),
        )


TEXT_FIELDS = (
    "place_name",
    "use_case",
    "necessity",
    "proportionality",
    "less_intrusive_means",
    "collateral_intrusion",
    "policing_purpose",
    "pack_id",
)
LATER_TEXT_FIELDS = (
    "operation",
    "place_reason",
    "nearby_measures",
    "criteria",
    "vulnerable",
    "signage_plan",
    "engagement_plan",
    "resourcing_plan",
    "urgent_grounds",
    "urgent_reason",
)


def _later_values(content: Mapping[str, Any]) -> dict[str, Any]:
    starts_by = content["starts_by"]
    return {
        **{name: content[name] for name in LATER_TEXT_FIELDS},
        "alternatives": [Place(each["name"], _points(each["polygon"])) for each in content["alternatives"]],
        "nearby": content["nearby"],
        "starts_by": None if starts_by is None else datetime.fromisoformat(starts_by),
        "sources": content["sources"],
        "assessments": [
            AssessmentRef(each["kind"], UUID(each["id"]), each["sha256"]) for each in content["assessments"]
        ],
        "approaches": content["approaches"],
        "footfall": content["footfall"],
    }


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", str(text))


def _points(values: Sequence[Sequence[str]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(first), float(second)) for first, second in values)


def _camera(camera: CameraRef) -> CameraRef:
    zone = tuple((_fraction(x), _fraction(y)) for x, y in camera.zone)
    far_face = None if camera.far_face is None else _fraction(camera.far_face)
    return CameraRef(camera.id, camera.name, zone, far_face)


def _canonical_camera(camera: CameraRef) -> dict[str, Any]:
    """Without the key of what nobody measured: content from before there was one keeps its hash (ADR 15)."""
    far = {} if camera.far_face is None else {"far_face": _decimal(camera.far_face, ZONE_DECIMALS)}
    zone = _decimals(camera.zone, ZONE_DECIMALS)
    return {"id": str(camera.id), "name": camera.name, "zone": zone, **far}


def _read_camera(content: Mapping[str, Any]) -> CameraRef:
    far = content.get("far_face")
    zone = _points(content.get("zone", ()))
    return CameraRef(UUID(content["id"]), content["name"], zone, None if far is None else float(far))


def _fraction(value: float) -> float:
    return round(float(value), ZONE_DECIMALS) + 0.0


def _place(place: Place) -> Place:
    return Place(_nfc(place.name), tuple(_point(point) for point in place.polygon))


def _assessment_order(each: AssessmentRef) -> tuple[str, str]:
    return (each.kind, str(each.id))


def _decimals(points: Sequence[Sequence[float]], decimals: int) -> list[list[str]]:
    return [[_decimal(value, decimals) for value in point] for point in points]


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an authority's window needs instants with a time zone")
    return instant.astimezone(UTC)


def _point(point: Sequence[float]) -> tuple[float, float]:
    latitude, longitude = point
    return (_coordinate(latitude), _coordinate(longitude))


def _coordinate(value: float) -> float:
    # + 0.0 turns -0.0 into 0.0, which would otherwise be another text and so another hash.
    return round(float(value), COORDINATE_DECIMALS) + 0.0


def _decimal(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def _camera_order(camera: CameraRef) -> tuple[str, str, tuple[tuple[float, float], ...], float]:
    return (str(camera.id), camera.name, camera.zone, camera.far_face or 0.0)
