"""What the watchlists app gives and takes: frozen values, no rules, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from apps.core.errors import DomainError
from apps.recognition.api import SameFace
from apps.watchlists.agreed import ConsentTerm
from apps.watchlists.doubts import Copied as Copied
from apps.watchlists.doubts import FaceConflict as FaceConflict
from apps.watchlists.doubts import Keep as Keep
from apps.watchlists.doubts import PictureRepeat as PictureRepeat
from apps.watchlists.doubts import Settlement as Settlement

FloatArray = NDArray[np.float32]
PictureSource = Callable[[str], bytes]


class Category(StrEnum):
    """Why somebody may be listed (domain.md §4). There is no "other": *Bridges* §124 held it too broad."""

    COURT_WARRANT = "court_warrant"
    SUSPECTED = "suspected"
    COURT_ORDER = "court_order"
    MISSING = "missing"
    RISK_OF_HARM = "risk_of_harm"
    ASSOCIATE = "associate"
    WITNESS = "witness"
    VICTIM = "victim"
    BLUE_LIST = "blue_list"


class WatchlistState(StrEnum):
    IMPORTED = "imported"
    SEALED = "sealed"
    PURGING = "purging"
    PURGED = "purged"


class Refused(StrEnum):
    """Why a row or a picture was refused; the codes of the picture itself come from the engine."""

    CATEGORY_UNKNOWN = "category_unknown"
    CATEGORY_NOT_AUTHORISED = "category_not_authorised"
    BLUE_LIST_ONLY = "blue_list_only"
    CONSENT_MISSING = "consent_missing"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_NOT_IN_FORCE = "consent_not_in_force"
    CONSENT_OF_SOMEBODY_ELSE = "consent_of_somebody_else"
    FIELD_MISSING = "field_missing"
    FIELD_INVALID = "field_invalid"
    NOT_LAWFULLY_HELD = "not_lawfully_held"
    CAPTURED_IN_FUTURE = "captured_in_future"
    UNDER_18 = "under_18"
    AGE_UNKNOWN = "age_unknown"
    STATUS_UNVERIFIED = "status_unverified"
    STATUS_STALE = "status_stale"
    ENTRY_EXPIRED = "entry_expired"
    DUPLICATE_REFERENCE = "duplicate_reference"
    PICTURE_MISSING = "picture_missing"
    PICTURE_TWICE = "picture_twice"
    OFFENCE_NOT_LISTED = "offence_not_listed"
    POOR_QUALITY = "poor_quality"
    SAME_FACE = "same_face"
    WARNING_NOT_ACCEPTED = "warning_not_accepted"
    OVER_MAXIMUM = "over_maximum"
    LEFT_OUT = "left_out"
    CUSTODY_DELETED = "custody_deleted"
    DISPOSAL_MISSING = "disposal_missing"
    SPECIAL_REASON_MISSING = "special_reason_missing"
    APPROACH_PLAN_MISSING = "approach_plan_missing"


class Disposal(StrEnum):
    """What the custody system says about the deletion of a picture."""

    RETAINED = "retained"
    DELETION_REQUESTED = "deletion_requested"
    DELETION_GRANTED = "deletion_granted"


@dataclass(frozen=True)
class Criteria:
    """What the authority allows on the list; `min_quality` is the engine's quality score, 0 to 1."""

    categories: frozenset[str]
    max_subjects: int
    blue_list_only: bool
    pack_id: str
    min_quality: float
    # Offences for which somebody may be listed as suspected or wanted, as the force words them; empty: any.
    offences: tuple[str, ...] = ()
    # Consents of the Blue List that hold no more (consent.folded).
    withdrawn: frozenset[str] = frozenset()
    # By their folded reference, the consents that hold when the deployment begins. None: nobody is listed.
    consents: Mapping[str, ConsentTerm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
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
    # What was decided about deleting a custody picture; empty for every other one (domain.md §4).
    custody_disposal: str = ""
    # Of somebody in a special group: a disability, why they are listed, how they are spoken to.
    disability: bool = False
    special_reason: str = ""
    approach_plan: str = ""
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
    """What an import did, or (dry run) would do. Nothing was stored unless `committed`.

    With `conflicts` or `repeats` nothing can be committed: a person decides on each first. Only the first of
    very many are there. `same_face` says from which similarity on two identities were taken for one face;
    None in a report from before that was kept.
    """

    watchlist_id: UUID | None
    accepted_subjects: int
    accepted_pictures: int
    refused: tuple[RefusedRow, ...]
    committed: bool
    warnings: tuple[ImportWarning, ...] = ()
    conflicts: tuple[FaceConflict, ...] = ()
    repeats: tuple[PictureRepeat, ...] = ()
    same_face: SameFace | None = None

    @property
    def waits_for_person(self) -> bool:
        return bool(self.conflicts or self.repeats)


@dataclass(frozen=True)
class UploadedList:
    """A list as it was sent: one ZIP, or a CSV with picture files and their names."""

    csv: BinaryIO | None = None
    pictures: Sequence[tuple[str, BinaryIO]] = ()
    archive: BinaryIO | None = None


class ImportState(StrEnum):
    """UPLOADED waits for a worker, CHECKED for the planner; the last three are final."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"
    FAILED = "failed"
    DISCARDED = "discarded"


# A worker has something to do; the staged files are still there.
WORKING_STATES = frozenset({ImportState.UPLOADED, ImportState.CHECKING, ImportState.IMPORTING})
OPEN_STATES = WORKING_STATES | {ImportState.CHECKED}


@dataclass(frozen=True)
class ImportJobData:
    """An import that runs in the background; `done` of `total` pictures were looked at.

    `report` is there from CHECKED until the job is closed, and speaks as if every warning were accepted.
    `problem` says why it failed, or what changed since the planner last looked. `unused_pictures` were sent
    but are named in no row: they were not kept.
    """

    id: UUID
    deployment_id: UUID
    state: ImportState
    done: int
    total: int
    report: ImportReport | None
    problem: str
    started_at: datetime
    updated_at: datetime
    started_by_label: str
    started_by_id: UUID | None = None
    rows: int = 0
    unused_pictures: int = 0

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class LeaseLost(DomainError):
    """Another worker has the job now, or it was discarded: leave everything alone."""

    code = "lease_lost"


class StagedPictureGone(DomainError):
    """The upload was decided on, or cannot be imported any more: there is nothing left to look at."""

    code = "staged_picture_gone"


class NotLookedAt(DomainError):
    """The rules let a row through whose picture was not enrolled: prepare again."""

    code = "not_looked_at"


@dataclass(frozen=True)
class Claim:
    """A job in the hands of one worker, who must show `holder` with each step."""

    job_id: UUID
    deployment_id: UUID
    state: ImportState
    holder: UUID
    attempts: int


@dataclass(frozen=True)
class WatchlistData:
    """`subjects` and `pictures` count what is on the list now, without removed subjects; the `sealed_` counts
    are those of the seal and stay after the purge, for the deployment record (domain.md §7)."""

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
    sealed_subjects: int = 0
    sealed_pictures: int = 0
    # Of these, of the Blue List.
    sealed_volunteers: int = 0
    sealed_volunteer_pictures: int = 0
    purged_at: datetime | None = None
    # What the list was enrolled with (recognition's `PackManifest.edition`); matches nothing when empty.
    pack_version: str = ""
    # An import is on its way that takes its place, made of its pictures.
    being_remade: bool = False
    # When the status of whoever was checked longest ago was checked; None where nobody's status counts.
    status_oldest_at: datetime | None = None
    # People who need an officer's signature and have none; and how many of each group the seal has.
    unsigned: int = 0
    sealed_groups: Mapping[str, int] = field(default_factory=dict)
    # By what they count, then by value (sealed_figures); empty for a list from before they were kept.
    sealed_figures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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
    """What an officer may see of a subject. `picture_age_days` counts from the capture date to `now`.

    `picture_blob_id` is None once the subject was removed: the picture was deleted with the removal.
    """

    subject_id: UUID
    deployment_id: UUID
    reference: str
    display_name: str
    category: str
    offence: str
    picture_blob_id: UUID | None
    captured_date: date | None
    picture_age_days: int | None
    removed_at: datetime | None
    # When their status was last checked; how officers speak to them, empty for most people.
    status_checked_at: datetime | None = None
    approach_plan: str = ""


@dataclass(frozen=True)
class FoundPerson:
    """Enough to tell whom it is about. No face: nobody has to be looked at to be taken off."""

    subject_id: UUID
    reference: str
    display_name: str
    category: str


@dataclass(frozen=True)
class RetentionState:
    """What is left of a watchlist, for a certificate. All zero and False after a purge."""

    subjects: int
    pictures: int
    refusals: int
    blobs: int
    key_exists: bool
    partition_exists: bool

    def problems(self, *, partition: bool = True) -> list[str]:
        """What is left, in words; `partition=False` leaves the partition out."""
        left: dict[str, int] = {
            "subject rows": self.subjects,
            "picture rows": self.pictures,
            "refusal rows": self.refusals,
            "encrypted blobs": self.blobs,
            "keys": int(self.key_exists),
            "gallery partitions": int(self.partition_exists and partition),
        }
        return [f"{count} {what} still there" for what, count in left.items() if count]
