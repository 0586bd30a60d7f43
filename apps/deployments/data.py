"""What the deployments app gives to others: frozen values, closed lists and the one hash that is approved.

Terms are those of domain.md §2.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.core.errors import DomainError

# About a tenth of a metre; more digits would only make equal places look different.
COORDINATE_DECIMALS = 6
THRESHOLD_DECIMALS = 4
AUTHORITY_VERSION = 1


class DeploymentState(StrEnum):
    """Lifecycle of domain.md §2. "Purged" is a property with certificates, not a state."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REFUSED = "refused"
    APPROVED = "approved"
    NOTICE_PUBLISHED = "notice_published"
    LIST_SEALED = "list_sealed"
    READY = "ready"
    LIVE = "live"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REVIEWED = "reviewed"
    RESULTS_PUBLISHED = "results_published"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVOKED = "revoked"


class UseCase(StrEnum):
    """The closed list of domain.md §2; there is no "other"."""

    CRIME_HOTSPOT = "crime_hotspot"
    PROTECTIVE_SECURITY = "protective_security"
    SPECIFIC_INTELLIGENCE = "specific_intelligence"


class Duty(StrEnum):
    """What a person did on one deployment. Some pairs exclude each other (domain.md §1)."""

    PLANNER = "planner"
    AUTHORISING = "authorising"
    SILVER = "silver"
    OPERATOR = "operator"
    ENGAGEMENT = "engagement"
    ENGINEER = "engineer"


class CheckKind(StrEnum):
    """The pre-start checklist of domain.md §2."""

    CAMERA_FOCUS = "camera_focus"
    ZONE_MARKED = "zone_marked"
    BLUE_LIST_PASS = "blue_list_pass"  # noqa: S105 - somebody walking past, not a password
    MODEL_MATCHES = "model_matches"
    WATCHLIST_MATCHES = "watchlist_matches"
    CLOCKS_IN_SYNC = "clocks_in_sync"
    SIGNAGE = "signage"
    STAFFING = "staffing"


# Worked out by the platform from what is loaded and sealed; nobody can tick them.
COMPUTED_CHECKS = frozenset({CheckKind.MODEL_MATCHES, CheckKind.WATCHLIST_MATCHES})


@dataclass(frozen=True)
class CameraRef:
    """A camera as the authority names it."""

    id: UUID
    name: str


@dataclass(frozen=True)
class CameraData:
    id: UUID
    force_id: UUID
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


@dataclass(frozen=True)
class Amendment:
    """How one authority differs from another (domain.md §2), field by field.

    `moved` names what changes the place or the time: it widens, and restarts the notice clock.
    """

    widened: tuple[str, ...]
    narrowed: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def is_widening(self) -> bool:
        return bool(self.widened)

    @property
    def is_nothing(self) -> bool:
        return not self.widened and not self.narrowed


@dataclass(frozen=True)
class DeploymentData:
    """One deployment. Hashes are hexadecimal SHA-256; `approved_hash` is None where no approval holds."""

    id: UUID
    force_id: UUID
    reference: str
    state: DeploymentState
    authority: Authority
    authority_hash: str
    approved_hash: str | None
    planner_id: UUID
    planner_label: str
    approver_id: UUID | None
    approver_label: str
    approved_at: datetime | None
    publish_at: datetime | None
    notice_published_at: datetime | None
    notice_verified_at: datetime | None
    watchlist_id: UUID | None
    watchlist_seal_hash: str | None
    accepted_seal_hash: str | None
    sealed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class LiveAuthority:
    """What recognition may do right now; `live_authority` makes it. `threshold` is a cosine similarity."""

    deployment_id: UUID
    force_id: UUID
    camera_ids: frozenset[UUID]
    pack_id: str
    threshold: float
    seal_hash: str
    window_end: datetime
    rehearsal: bool


@dataclass(frozen=True)
class CheckData:
    """The state of one checklist item. `recorded_at` is None when it was never recorded or is computed."""

    kind: CheckKind
    passed: bool
    computed: bool
    note: str
    recorded_by: str
    recorded_at: datetime | None


@dataclass(frozen=True)
class DecisionData:
    """One row of the decision log: who, in which role, what, why, of which hash."""

    kind: str
    role: str
    actor_id: UUID | None
    actor_label: str
    reasons: str
    content_hash: str
    decided_at: datetime


@dataclass(frozen=True)
class RevisionData:
    """One link of the chain of authority hashes of a deployment."""

    number: int
    kind: str
    content_hash: str
    previous_hash: str
    changes: Mapping[str, Any]
    reason: str
    actor_label: str
    recorded_at: datetime


@dataclass(frozen=True)
class DutyData:
    actor_id: UUID
    actor_label: str
    duty: Duty


@dataclass(frozen=True)
class GapData:
    """A time in which recognition should have run and did not. `camera_id` None means every camera."""

    id: UUID
    deployment_id: UUID
    camera_id: UUID | None
    started_at: datetime
    ended_at: datetime
    reason: str


class NotLive(DomainError):
    """Recognition is not authorised at this moment; `reason` says why, in words for an officer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, code="not_live")
        self.reason = reason
