"""What the notices app gives to others and to its pages: frozen values (domain.md §3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.core.paging import Position
from apps.notices.attached import NOTHING_ATTACHED, Attached
from apps.notices.deletion_data import PUNCTUAL as PUNCTUAL
from apps.notices.deletion_data import DeletionState as DeletionState
from apps.notices.deletion_data import DeletionStep as DeletionStep
from apps.notices.snapshots import instant, json_values


class NoticeStatus(StrEnum):
    """What the page says of the deployment. Once published a notice stays visible, whatever happens."""

    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    LIVE = "live"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ENDED = "ended"
    RESULTS_PUBLISHED = "results_published"


@dataclass(frozen=True)
class HistoryEntry:
    at: datetime
    text: str


@dataclass(frozen=True)
class NoticeContent:
    """What is shown, as it was when it was written: no names, no counts, no cameras.

    `polygon` holds (latitude, longitude) pairs in degrees; `categories` and `use_case` are codes.
    `deletion` holds (what, how long) of the retention table.
    """

    force_name: str
    force_slug: str
    contact_lines: tuple[str, ...]
    notice_minimum_days: int
    reference: str
    place_name: str
    polygon: tuple[tuple[float, float], ...]
    window_start: datetime
    window_end: datetime
    use_case: str
    policing_purpose: str
    categories: tuple[str, ...]
    legal_bases: tuple[str, ...]
    rehearsal: bool
    evidence_grade: str
    alert_keep_hours: int
    watchlist_keep_hours: int
    deletion: tuple[tuple[str, str], ...]
    # Younger than the oldest notices: one that was written without them says nothing about them.
    oversight_lines: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    results_deadline_days: int | None = None
    # Set when the deployment has ended.
    results_due_at: datetime | None = None
    approved_rank: str = ""
    # (route, words), words empty where the force gives none; its own paragraphs; numbers it does not show.
    contacts: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    # (name, outline) of places that may be used instead; code of deployments.UrgentGrounds, empty: ordinary.
    alternatives: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()
    urgent_grounds: str = ""
    # A senior officer refused to confirm an urgent approval after it was given.
    refused_afterwards: bool = False

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        return json_values(vars(self))

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> NoticeContent:
        return cls(
            **{
                **values,
                "contact_lines": tuple(values["contact_lines"]),
                "polygon": _outline(values["polygon"]),
                "alternatives": tuple(
                    (name, _outline(outline)) for name, outline in values.get("alternatives", ())
                ),
                "window_start": datetime.fromisoformat(values["window_start"]),
                "window_end": datetime.fromisoformat(values["window_end"]),
                "categories": tuple(values["categories"]),
                "legal_bases": tuple(values["legal_bases"]),
                "deletion": tuple((row[0], row[1]) for row in values["deletion"]),
                "oversight_lines": tuple(values.get("oversight_lines", ())),
                "results_due_at": instant(values.get("results_due_at")),
                "documents": tuple((row[0], row[1]) for row in values.get("documents", ())),
                "contacts": tuple((row[0], row[1]) for row in values.get("contacts", ())),
                "paragraphs": tuple(values.get("paragraphs", ())),
                "withheld": tuple(values.get("withheld", ())),
            }
        )


@dataclass(frozen=True)
class ResultRate:
    """`numerator` of `denominator`. The share lies between `low` and `high` with a certainty of 95 %; both
    are None when there was nothing to count.
    """

    numerator: int
    denominator: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Pause:
    """A time in which it was suspended; `ended_at` None while it lasts.

    `reason` is what was written, without names: for the record, and empty in results. `cause` is the kind of
    reason (deployments.data.Cause) that the public reads; empty where none was kept.
    """

    started_at: datetime
    ended_at: datetime | None
    reason: str
    cause: str = ""


@dataclass(frozen=True)
class ResultsData:
    """What became of a deployment, as the public is told (domain.md §3 and §7): numbers, no names, no faces.

    `alerts == operator_rejected + confirmed_true + confirmed_false + unresolved`; `expired` and `waiting`
    (for a decision or an outcome that nobody wrote down) are parts of unresolved. None is "not recorded",
    never zero. `gaps_s` is the time in seconds in which at least one camera did not recognise, pauses apart.
    `reviewed_at` is None for one that was stopped: its `stopped_reason` stands for the review.
    """

    started_at: datetime | None
    ended_at: datetime | None
    reviewed_at: datetime | None
    rehearsal: bool
    tracks: int | None
    alerts: int
    operator_rejected: int
    confirmed_true: int
    confirmed_false: int
    unresolved: int
    expired: int
    false_of_alerts: ResultRate
    false_of_tracks: ResultRate | None
    true_recognition: ResultRate | None
    true_recognition_reason: str
    engagements: int
    not_engaged: int
    arrests: int
    other_disposals: int | None
    no_action: int
    not_located: int
    gaps: int
    gaps_s: float
    findings: str
    # Younger than the oldest results.
    waiting: int = 0
    pauses: tuple[Pause, ...] = ()
    stopped_reason: str = ""
    list_subjects: int | None = None
    threshold: float | None = None
    pack_id: str = ""
    # Its name without names of people; empty in results from before it was kept, and where it has none.
    operation: str = ""
    # Numbers that the force does not publish: None above, and said to be withheld.
    withheld: tuple[str, ...] = ()

    def without(self, names: Sequence[str]) -> ResultsData:
        """The same without these numbers and what they could be worked out from (forces.WITHHOLDABLE)."""
        hidden: dict[str, Any] = dict.fromkeys(names)
        if "tracks" in hidden:
            hidden["false_of_tracks"] = None
        return replace(self, withheld=tuple(sorted(names)), **hidden)

    @property
    def spoken_to(self) -> int:
        """Engagements that came about: an officer may set out and not find the person any more."""
        found_nobody = self.unresolved - self.expired - self.waiting - self.not_engaged
        return self.engagements - min(max(0, found_nobody), self.not_located)

    @property
    def false(self) -> int:
        """Mismatches: rejected by the operator, or found to be somebody else once spoken to."""
        return self.operator_rejected + self.confirmed_false

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        return json_values(asdict(self))

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> ResultsData:
        rates = ("false_of_alerts", "false_of_tracks", "true_recognition")
        return cls(
            **{
                **values,
                **{name: instant(values[name]) for name in ("started_at", "ended_at", "reviewed_at")},
                "pauses": tuple(_pause(values) for values in values.get("pauses", ())),
                "withheld": tuple(values.get("withheld", ())),
                **{name: ResultRate(**values[name]) if values[name] else None for name in rates},
            }
        )


@dataclass(frozen=True)
class OldResults:
    """What the results said until `until`, before a correction. `number` counts the corrections of a notice
    from 1. `reason` is what an officer wrote, without names; it and `role` (a code, never a name) are empty
    where the platform brought the results up to date by itself, as it does of what was stopped.
    """

    number: int
    results: ResultsData
    since: datetime
    until: datetime
    reason: str
    role: str

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        return json_values({**vars(self), "results": self.results.snapshot()})

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> OldResults:
        instants = {name: datetime.fromisoformat(values[name]) for name in ("since", "until")}
        return cls(**{**values, **instants, "results": ResultsData.from_snapshot(values["results"])})


@dataclass(frozen=True)
class OldVersion:
    """What the notice said until `until`. `restarted`: the seven days were counted anew from then on."""

    number: int
    content: NoticeContent
    since: datetime
    until: datetime
    restarted: bool

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        return json_values({**vars(self), "content": self.content.snapshot()})

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> OldVersion:
        instants = {name: datetime.fromisoformat(values[name]) for name in ("since", "until")}
        return cls(**{**values, **instants, "content": NoticeContent.from_snapshot(values["content"])})


def _outline(points: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((point[0], point[1]) for point in points)


def _pause(values: Mapping[str, Any]) -> Pause:
    return Pause(**{**values, **{name: instant(values[name]) for name in ("started_at", "ended_at")}})


@dataclass(frozen=True)
class NoticeData:
    """One notice. `content` is None until it is published; `digest` is what a public page must carry."""

    id: UUID
    force_id: UUID
    deployment_id: UUID
    slug: str
    status: NoticeStatus
    content: NoticeContent | None
    digest: str
    publish_at: datetime | None
    published_at: datetime | None
    verified_at: datetime | None
    history: tuple[HistoryEntry, ...]
    results: ResultsData | None = None
    deletions: tuple[DeletionStep, ...] = ()
    # The first one first; what the notice says now is none of them.
    versions: tuple[OldVersion, ...] = ()
    attached: Attached = NOTHING_ATTACHED
    # `verified_at` is later by the outages that stopped its clock.
    first_seen_at: datetime | None = None
    # What the results said before each correction, the first one first.
    old_results: tuple[OldResults, ...] = ()


@dataclass(frozen=True)
class Listing:
    """The public list. `coming` has the soonest first, the others the latest; `more_…` is where the next page
    begins, None when there is none.
    """

    taking_place: tuple[NoticeData, ...]
    coming: tuple[NoticeData, ...]
    past: tuple[NoticeData, ...]
    more_past: Position | None
    called_off: tuple[NoticeData, ...]
    more_called_off: Position | None


@dataclass(frozen=True)
class Verification:
    """The outcome of one look at the public page from outside; `reason` says what was wrong."""

    verified: bool
    status: int
    reason: str


def digest_of(
    *,
    content: Mapping[str, Any],
    status: str,
    history: Sequence[Mapping[str, str]],
    results: Mapping[str, Any] | None = None,
    deletions: Sequence[Mapping[str, Any]] = (),
    versions: Sequence[Mapping[str, Any]] = (),
    attached: Mapping[str, Any] | None = None,
    old_results: Sequence[Mapping[str, Any]] = (),
) -> str:
    """SHA-256 (hexadecimal) of everything the page says; the page carries it as `lfr-notice-digest`."""
    everything: dict[str, Any] = {
        "content": dict(content),
        "status": status,
        "history": [dict(entry) for entry in history],
    }
    # Left out while there are none, so that a notice written before there were any keeps its digest.
    if results is not None:
        everything["results"] = dict(results)
    if deletions:
        everything["deletions"] = [dict(step) for step in deletions]
    if versions:
        everything["versions"] = [dict(version) for version in versions]
    if attached:
        everything["attached"] = dict(attached)
    if old_results:
        everything["old_results"] = [dict(each) for each in old_results]
    text = json.dumps(everything, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
