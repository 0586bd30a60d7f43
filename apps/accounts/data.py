from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.core.data import Role


@dataclass(frozen=True, slots=True)
class UserData:
    id: UUID
    username: str
    display_name: str
    rank: str


@dataclass(frozen=True, slots=True)
class CertificateData:
    """A training certificate; both days are included. `name` is filled in for lists of several people."""

    id: UUID
    user_id: UUID
    name: str
    role: Role
    course: str
    reference: str
    issued_date: date
    expires_date: date
    recorded_at: datetime
    recorded_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    # For a second administrator: it counts for nothing yet.
    waiting: bool
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_reason: str

    def state_on(self, day: date) -> str:
        """In words."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.waiting:
            return "waits for another administrator"
        if day > self.expires_date:
            return "expired"
        return "current" if day >= self.issued_date else "not yet in force"


@dataclass(frozen=True, slots=True)
class GrantData:
    """A role as it was asked for or given, confirmed where that was needed, and taken away when it was."""

    id: UUID

    role: Role
    granted_at: datetime
    granted_by: str
    asked_by_id: UUID | None
    reason: str
    source: str
    confirmed_at: datetime | None
    confirmed_by: str
    revoked_at: datetime | None
    revoked_by: str
    revoked_reason: str

    @property
    def waiting(self) -> bool:
        return self.confirmed_at is None and self.revoked_at is None

    @property
    def taken_back(self) -> bool:
        """By whoever asked for it, before anybody confirmed it."""
        return (
            self.confirmed_at is None and self.revoked_at is not None and self.revoked_by == self.granted_by
        )


@dataclass(frozen=True, slots=True)
class ProposalData:
    """That settings of single sign-on wait for a second administrator, and who asked for them."""

    asked_by_id: UUID | None
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingData:
    """What one administrator asked for and a second one answers. `kind`: "role", "certificate" or
    "collar_number", which is of no role."""

    id: UUID
    kind: str
    user_id: UUID
    name: str
    role: Role | None
    # The reason, the certificate with its days, or the number with the reason.
    words: str
    asked_at: datetime
    asked_by: str
    asked_by_id: UUID | None
    # That an administrator opened the account meanwhile, in words; empty where nobody did.
    opened: str
    opened_by_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class AnsweredData:
    """What one administrator asked for, after it was answered. `confirmed_at` and `ended_at` (refused, taken
    back, taken away, withdrawn) may both be set."""

    kind: str
    user_id: UUID
    name: str
    role: Role | None
    confirmed_at: datetime | None
    confirmed_by: str
    ended_at: datetime | None
    ended_by: str
    ended_because: str
    taken_back: bool


@dataclass(frozen=True, slots=True)
class InvitationData:
    """An open one-time link, without the link."""

    id: UUID
    kind: str
    roles: tuple[Role, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PersonData:
    """Somebody as their force sees them; until they accept, only what the inviter typed.

    `asleep`: another force's link gave them a new password, and they have not accepted here again since.
    """

    id: UUID
    username: str
    display_name: str
    rank: str
    roles: frozenset[Role]
    # Asked for, and confirmed by no second administrator yet.
    waiting: tuple[Role, ...]
    is_service: bool
    asleep: bool
    joined: bool
    second_factor: bool | None
    last_sign_in: datetime | None
    untrained: tuple[Role, ...]
    invitation: InvitationData | None
    # Of the last invitation to somebody who has not joined, also when its link has run out; none once it was
    # withdrawn.
    invited: tuple[Role, ...]
    withdrawn: bool

    @property
    def needs_training(self) -> bool:
        """Administering and overseeing are not trained for, and a system is not trained."""
        roles = self.roles | {*self.waiting, *self.invited}
        return not self.is_service and bool(roles - {Role.OVERSIGHT, Role.FORCE_ADMIN})

    @property
    def to_come(self) -> bool:
        """Invited, also when the link has run out; somebody whose invitation was withdrawn is not."""
        return not self.joined and not self.withdrawn

    @property
    def active(self) -> bool:
        return bool(self.roles) and not self.asleep


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody held at an instant, and whether a certificate for it was current then."""

    user_id: UUID
    name: str
    rank: str
    is_service: bool
    role: Role
    since: datetime
    granted_by: str
    # None for a role without training.
    trained: bool | None


@dataclass(frozen=True, slots=True)
class Training:
    """Valid certificates of some people for roles that they hold, by person and role."""

    spans: Mapping[tuple[UUID, Role], tuple[tuple[date, date], ...]]

    def covers(self, user_id: UUID, role: Role, days: Iterable[date]) -> bool:
        """Whether the person is trained for the role on each of the days, both ends of a certificate
        included. Two certificates may follow one another."""
        spans = self.spans.get((user_id, role), ())
        return all(any(first <= day <= last for first, last in spans) for day in days)
