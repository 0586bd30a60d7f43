"""What a hand-over is made of: closed words and frozen values (domain.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from apps.core.wording import say_date, say_time

# Within this time of an arrest the copy is to be asked for (CPIA, MoPI).
PROMPT_WITHIN = timedelta(hours=1)


class Kind(StrEnum):
    """Why a copy leaves the platform: as evidence after an arrest, or kept safe for somebody who asks."""

    EVIDENTIAL = "evidential"
    RESTRICTION = "restriction"


class Ground(StrEnum):
    """On what a restriction rests (DPA s.47)."""

    PERSON_STOPPED = "person_stopped"
    COMPLAINT = "complaint"


class NoCopy(StrEnum):
    """Why an arrest needs no evidential copy."""

    OTHER_EVIDENCE = "other_evidence"
    WARRANT = "warrant"
    RELEASED = "released"
    INVESTIGATOR = "investigator"


class To(StrEnum):
    """Who gets a copy: one department a kind, by its own certificate."""

    CASE_SYSTEM = "case_system"
    PROFESSIONAL_STANDARDS = "professional_standards"


class Stage(StrEnum):
    """Where one request is. "Stuck": approved, and nobody has said that it arrived."""

    ASKED = "asked"
    REFUSED = "refused"
    APPROVED = "approved"
    COLLECTED = "collected"
    HANDED_OVER = "handed_over"
    # The picture was deleted at its time, before anybody collected the copy.
    GONE = "gone"


RECIPIENT_OF: Mapping[Kind, To] = MappingProxyType(
    {Kind.EVIDENTIAL: To.CASE_SYSTEM, Kind.RESTRICTION: To.PROFESSIONAL_STANDARDS}
)
TO_LABELS: Mapping[To, str] = MappingProxyType(
    {To.CASE_SYSTEM: "Case system", To.PROFESSIONAL_STANDARDS: "Professional standards department"}
)
KIND_LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.EVIDENTIAL: "Evidential copy for the case system",
        Kind.RESTRICTION: "Sealed copy for professional standards",
    }
)
GROUND_LABELS: Mapping[Ground, str] = MappingProxyType(
    {
        Ground.PERSON_STOPPED: "The person who was stopped asked for it",
        Ground.COMPLAINT: "A complaint was made",
    }
)
NO_COPY_LABELS: Mapping[NoCopy, str] = MappingProxyType(
    {
        NoCopy.OTHER_EVIDENCE: "The arrest rests on other evidence: nothing of the alert has to be proved",
        NoCopy.WARRANT: "Arrested on a warrant or a recall: who it is was established by other means",
        NoCopy.RELEASED: "Released already, and nothing further is done",
        NoCopy.INVESTIGATOR: "The investigator of the case said that no copy is wanted",
    }
)
STAGE_LABELS: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.ASKED: "Waits for approval",
        Stage.REFUSED: "Refused",
        Stage.APPROVED: "To be collected",
        Stage.COLLECTED: "Stuck: collected, not acknowledged",
        Stage.HANDED_OVER: "Handed over",
        Stage.GONE: "Deleted before it was collected",
    }
)


@dataclass(frozen=True)
class RecipientData:
    """One certificate of a department: in force, or waiting for a second administrator."""

    id: UUID
    to: To
    name: str
    pem: str
    subject: str
    fingerprint: str
    not_after: datetime
    asked_by_id: UUID
    asked_by: str
    asked_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None

    @property
    def label(self) -> str:
        return TO_LABELS[self.to]

    @property
    def print_words(self) -> str:
        """The fingerprint as people compare it, in groups."""
        text = self.fingerprint
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))

    def expired(self, now: datetime) -> bool:
        return now >= self.not_after


@dataclass(frozen=True)
class NoCopyData:
    """That somebody said that an arrest needs no copy."""

    reason: NoCopy
    by: str
    at: datetime

    @property
    def words(self) -> str:
        return NO_COPY_LABELS[self.reason]


@dataclass(frozen=True)
class HandOverData:
    """One request for a copy. It holds no picture, and no name of anybody listed."""

    id: UUID
    alert_id: UUID
    deployment_id: UUID
    number: int
    kind: Kind
    ground: Ground | None
    complaint_reference: str
    reason: str
    requested_by_id: UUID
    requested_by: str
    requested_at: datetime
    decided_by_id: UUID | None
    decided_by: str
    decided_at: datetime | None
    approved: bool | None
    refusal: str
    collections: int
    collected_at: datetime | None
    collected_sha256: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    their_reference: str
    deletes_at: datetime
    deleted_at: datetime | None

    @property
    def to(self) -> To:
        return RECIPIENT_OF[self.kind]

    @property
    def label(self) -> str:
        return KIND_LABELS[self.kind]

    @property
    def ground_words(self) -> str:
        return "" if self.ground is None else GROUND_LABELS[self.ground]

    @property
    def collected_words(self) -> str:
        """Of a copy that left and of which nobody has said that it arrived."""
        at = self.collected_at
        when = f"at {say_time(at)} on {say_date(at)}" if at else ""
        return f"collected {when}, not acknowledged: nobody has entered under which reference it arrived"

    def gone(self, now: datetime) -> bool:
        return self.deleted_at is not None or now >= self.deletes_at

    def stage(self, now: datetime) -> Stage:
        if self.acknowledged_at is not None:
            return Stage.HANDED_OVER
        if self.approved is False:
            return Stage.REFUSED
        if self.collections:
            return Stage.COLLECTED
        if self.gone(now):
            return Stage.GONE
        return Stage.ASKED if self.approved is None else Stage.APPROVED


@dataclass(frozen=True)
class Bundle:
    """What is collected, in memory only: a ZIP of the sealed copy, the statement about it and its signature.

    `sha256` is of `content`; `sealed_sha256` of the sealed copy inside; `holds` names what was sealed.
    """

    content: bytes
    sha256: str
    sealed_sha256: str
    holds: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class HandOverCounts:
    """Counts of one deployment, of nobody. `arrests` is always the sum of the six after it: handed over
    within the hour of the arrest, later, never (the picture is deleted and nobody collected the copy), not
    yet, not needed as somebody said, and collected before the deletion but never acknowledged."""

    arrests: int = 0
    in_the_hour: int = 0
    later: int = 0
    never: int = 0
    not_yet: int = 0
    not_needed: int = 0
    unconfirmed: int = 0
    restrictions: int = 0
