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
AUTHORITY_VERSION = 1


@dataclass(frozen=True)
class CameraRef:
    """A camera as the authority names it."""

    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class Authority:
    """What the Authorising Officer approves: the content whose hash is the approval (domain.md §2).

    `polygon` holds (latitude, longitude) pairs in degrees, WGS 84, at least three, not closed; `threshold`
    is a cosine similarity. Values are normalised on construction (UTC, rounded, sorted, NFC) so that equal
    content has an equal hash. Raises ValueError for an instant without a time zone. Incomplete content is
    allowed: a draft is checked when it is submitted.
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

    def __post_init__(self) -> None:
        for name in TEXT_FIELDS:
            object.__setattr__(self, name, unicodedata.normalize("NFC", str(getattr(self, name))))
        object.__setattr__(self, "window_start", _utc(self.window_start))
        object.__setattr__(self, "window_end", _utc(self.window_end))
        object.__setattr__(self, "polygon", tuple(_point(point) for point in self.polygon))
        object.__setattr__(self, "legal_bases", tuple(sorted({str(basis) for basis in self.legal_bases})))
        object.__setattr__(self, "categories", tuple(sorted({str(category) for category in self.categories})))
        object.__setattr__(self, "cameras", tuple(sorted(set(self.cameras), key=_camera_order)))
        object.__setattr__(self, "threshold", round(float(self.threshold), THRESHOLD_DECIMALS) + 0.0)

    def canonical(self) -> dict[str, Any]:
        """The content as JSON values: instants as UTC ISO text, numbers that could vary as decimal text."""
        return {
            "version": AUTHORITY_VERSION,
            **{name: getattr(self, name) for name in TEXT_FIELDS},
            "polygon": [[_decimal(v, COORDINATE_DECIMALS) for v in point] for point in self.polygon],
            "window_start": self.window_start.isoformat(),
            "window_end": self.window_end.isoformat(),
            "legal_bases": list(self.legal_bases),
            "categories": list(self.categories),
            "max_subjects": self.max_subjects,
            "cameras": [{"id": str(camera.id), "name": camera.name} for camera in self.cameras],
            "threshold": _decimal(self.threshold, THRESHOLD_DECIMALS),
            "rehearsal": self.rehearsal,
        }

    def canonical_json(self) -> str:
        return json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """SHA-256 of the canonical JSON (UTF-8), 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    @classmethod
    def from_canonical(cls, content: Mapping[str, Any]) -> Authority:
        """The authority whose `canonical()` is `content`. Raises ValueError for another version of it."""
        if content["version"] != AUTHORITY_VERSION:
            raise ValueError(f"authority version {content['version']}, expected {AUTHORITY_VERSION}")
        return cls(
            **{name: content[name] for name in TEXT_FIELDS},
            polygon=[[float(v) for v in point] for point in content["polygon"]],
            window_start=datetime.fromisoformat(content["window_start"]),
            window_end=datetime.fromisoformat(content["window_end"]),
            legal_bases=content["legal_bases"],
            categories=content["categories"],
            max_subjects=content["max_subjects"],
            cameras=[CameraRef(UUID(camera["id"]), camera["name"]) for camera in content["cameras"]],
            threshold=float(content["threshold"]),
            rehearsal=content["rehearsal"],
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


def _camera_order(camera: CameraRef) -> tuple[str, str]:
    return (str(camera.id), camera.name)
