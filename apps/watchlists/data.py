"""What the watchlists app gives and takes: frozen values, no rules, no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
PictureSource = Callable[[str], bytes]


class Category(StrEnum):
    """Why somebody may be listed (domain.md §4). There is no "other": *Bridges* §124 held it too broad."""

    COURT_WARRANT = "COURT_WARRANT"
    SUSPECTED = "SUSPECTED"
    COURT_ORDER = "COURT_ORDER"
    MISSING = "MISSING"
    RISK_OF_HARM = "RISK_OF_HARM"
    ASSOCIATE = "ASSOCIATE"
    WITNESS = "WITNESS"
    VICTIM = "VICTIM"
    BLUE_LIST = "BLUE_LIST"


class WatchlistState(StrEnum):
    IMPORTED = "IMPORTED"
    SEALED = "SEALED"
    PURGING = "PURGING"
    PURGED = "PURGED"


class Refused(StrEnum):
    """Why a row or a picture was refused; the codes of the picture itself come from the engine."""

    CATEGORY_UNKNOWN = "category-unknown"
    CATEGORY_NOT_AUTHORISED = "category-not-authorised"
    BLUE_LIST_ONLY = "blue-list-only"
    CONSENT_MISSING = "consent-missing"
    FIELD_MISSING = "field-missing"
    NOT_LAWFULLY_HELD = "not-lawfully-held"
    CAPTURED_IN_FUTURE = "captured-in-future"
    UNDER_18 = "under-18"
    AGE_UNKNOWN = "age-unknown"
    STATUS_UNVERIFIED = "status-unverified"
    STATUS_STALE = "status-stale"
    ENTRY_EXPIRED = "entry-expired"
    DUPLICATE_REFERENCE = "duplicate-reference"
    PICTURE_MISSING = "picture-missing"
    PICTURE_TWICE = "picture-twice"
    POOR_QUALITY = "poor-quality"
    SAME_FACE = "same-face"
    WARNING_NOT_ACCEPTED = "warning-not-accepted"
    OVER_MAXIMUM = "over-maximum"


@dataclass(frozen=True)
class Criteria:
    """What the authority allows on the list; `min_quality` is the engine's quality score, 0 to 1."""

    categories: frozenset[str]
    max_subjects: int
    blue_list_only: bool
    pack_id: str
    min_quality: float


@dataclass(frozen=True)
class EntryRow:
    """One picture of one subject, and what makes it lawful to hold and to look for.

    Rows that share a `reference` are further pictures of the same subject and must agree on the person.
    `line` is the line of the file the row came from, for messages only.
    """

    reference: str
    display_name: str
    category: str
    offence: str
    legal_basis: str
    source_system: str
    source_record: str
    captured_date: date | None
    lawfully_held: bool
    selected_by: str
    selected_reason: str
    status_checked_at: datetime | None
    date_of_birth: date | None
    consent_reference: str | None
    picture_name: str
    expires_at: datetime | None = None
    line: int | None = None


@dataclass(frozen=True)
class RefusedRow:
    line: int
    reference: str
    picture_name: str
    code: str
    reason: str


@dataclass(frozen=True)
class ImportWarning:
    """Something the planner must look at and accept, such as a picture that had to be turned."""

    line: int
    reference: str
    picture_name: str
    warning: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or (dry run) would do. Nothing was stored unless `committed`."""

    watchlist_id: UUID | None
    accepted_subjects: int
    accepted_pictures: int
    refused: tuple[RefusedRow, ...]
    committed: bool
    warnings: tuple[ImportWarning, ...] = ()


@dataclass(frozen=True)
class WatchlistData:
    """`subjects` and `pictures` count what is on the list now: removed subjects are not in them."""

    id: UUID
    deployment_id: UUID
    state: WatchlistState
    subjects: int
    pictures: int
    seal_hash: str | None
    sealed_at: datetime | None
    accepted_at: datetime | None
    purge_due_at: datetime
    pack_id: str
    dimension: int
    refused: int = 0
    removed: int = 0


@dataclass(frozen=True)
class SealEntry:
    """One line of the seal. `template_sha256` is over the float32 little-endian bytes, in hex."""

    reference: str
    category: str
    picture_id: UUID
    template_sha256: str
    pack_id: str


@dataclass(frozen=True)
class GalleryRow:
    """One searchable template, (D,) float32, L2-normalised. Never printed."""

    subject_id: UUID
    picture_id: UUID
    template: FloatArray = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class SearchHit:
    """The nearest subject for one probe, whatever the threshold; `cosine_similarity` is in [-1, 1]."""

    probe_index: int
    subject_id: UUID
    cosine_similarity: float
    picture_id: UUID


@dataclass(frozen=True)
class SearchResult:
    """`hits[i]` belongs to probe i. With `seal_ok` False no hit is given: that is not "no match"."""

    hits: list[SearchHit | None]
    seal_ok: bool


@dataclass(frozen=True)
class SubjectCard:
    """What an officer may see of a subject. `picture_age_days` counts from the capture date to `now`."""

    subject_id: UUID
    deployment_id: UUID
    reference: str
    display_name: str
    category: str
    offence: str
    picture_blob_id: UUID
    captured_date: date | None
    picture_age_days: int | None
    removed_at: datetime | None


@dataclass(frozen=True)
class RetentionState:
    """What is left of a watchlist, for a certificate. All zero and False after a purge."""

    subjects: int
    pictures: int
    refusals: int
    blobs: int
    key_exists: bool
    partition_exists: bool

    def problems(self) -> list[str]:
        left: dict[str, Any] = {
            "subject rows": self.subjects,
            "picture rows": self.pictures,
            "refusal rows": self.refusals,
            "encrypted blobs": self.blobs,
            "the key": self.key_exists,
            "the gallery partition": self.partition_exists,
        }
        return [f"{what} still there ({value})" for what, value in left.items() if value]
