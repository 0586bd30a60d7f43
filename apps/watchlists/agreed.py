"""What somebody agreed to who is on the Blue List: frozen values, no rules, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class GivenHow(StrEnum):
    """How the consent was given, so that it can be shown later."""

    PAPER = "paper"
    ELECTRONIC = "electronic"


class ConsentState(StrEnum):
    TO_COME = "to_come"
    IN_FORCE = "in_force"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class ConsentTerm:
    """When a consent holds: from `begins_at`, and no more at `ends_at`."""

    begins_at: datetime
    ends_at: datetime

    def covers(self, instant: datetime) -> bool:
        return self.begins_at <= instant < self.ends_at


@dataclass(frozen=True)
class ConsentData:
    """One consent as it was recorded. `ends_on` is its last day. No face is in it, and none is shown."""

    id: UUID
    reference: str
    member_id: UUID
    member_label: str
    begins_on: date
    ends_on: date
    wording_version: str
    given_how: GivenHow
    recorded_at: datetime
    recorded_by_label: str
    withdrawn_at: datetime | None
    has_picture: bool
    state: ConsentState
    # Their pictures may be shown to operators as decoys.
    decoys: bool = False

    @property
    def can_be_withdrawn(self) -> bool:
        return self.state in {ConsentState.TO_COME, ConsentState.IN_FORCE}


@dataclass(frozen=True)
class NewConsent:
    """What a colleague writes down of a consent; `picture` is the file that was sent with it, if any."""

    member_id: UUID
    reference: str
    begins_on: date
    ends_on: date
    wording_version: str
    given_how: str
    captured_on: date | None = None
    picture: bytes | None = None
    decoys: bool = False
