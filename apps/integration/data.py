"""What a token may do, and who calls: never more than its system may do, nor than its scopes say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from apps.core.data import Role

MAX_LIFE = timedelta(days=365)
# What a second is to a visitor of the page of tokens: an hour tells whether it is used.
LAST_USED_STEP = timedelta(hours=1)


class Scope(StrEnum):
    """The closed list of what a token may be for."""

    DEPLOYMENTS_READ = "deployments:read"
    DEPLOYMENTS_WRITE = "deployments:write"
    WATCHLIST_IMPORT = "watchlist:import"
    NOTICES_READ = "notices:read"
    RECORDS_READ = "records:read"
    AUDIT_EXPORT = "audit:export"


# The roles in which a caller acts under a scope, of those that their system holds. None of them decides: an
# approval, a seal, an acceptance or a start is not possible with any token, whatever its system is granted.
ROLES: Mapping[Scope, frozenset[Role]] = MappingProxyType(
    {
        Scope.DEPLOYMENTS_READ: frozenset({Role.PLANNER}),
        Scope.DEPLOYMENTS_WRITE: frozenset({Role.PLANNER}),
        Scope.WATCHLIST_IMPORT: frozenset({Role.PLANNER}),
        Scope.NOTICES_READ: frozenset({Role.PLANNER, Role.OVERSIGHT}),
        Scope.RECORDS_READ: frozenset({Role.PLANNER, Role.OVERSIGHT}),
        Scope.AUDIT_EXPORT: frozenset({Role.OVERSIGHT}),
    }
)
SCOPE_WORDS: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.DEPLOYMENTS_READ: "Read plans and where deployments stand",
        Scope.DEPLOYMENTS_WRITE: "Draft, change, submit and cancel plans",
        Scope.WATCHLIST_IMPORT: "Upload a list and confirm it; no picture or name ever comes back",
        Scope.NOTICES_READ: "Read notices",
        Scope.RECORDS_READ: "Read the records of deployments",
        Scope.AUDIT_EXPORT: "Export the audit record",
    }
)


@dataclass(frozen=True)
class TokenData:
    """A token without its secret. `networks` are CIDR ranges; none of them means from anywhere."""

    id: UUID
    force_id: UUID
    name: str
    service_id: UUID
    service_name: str
    scopes: frozenset[Scope]
    networks: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str
    revoked_reason: str

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "valid"

    @property
    def sorted_scopes(self) -> list[str]:
        return sorted(self.scopes)


@dataclass(frozen=True)
class TokenWish:
    """What an administrator asks for: a token of a system that is there (`service_id`), or of a new one with
    a name and a role."""

    name: str
    scopes: frozenset[Scope]
    networks: tuple[str, ...]
    days: int
    reason: str
    service_id: UUID | None = None
    service_name: str = ""
    role: Role | None = None


@dataclass(frozen=True)
class Service:
    """A system that has or had a token."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Caller:
    """Whose token it is, where they call from, and under which scope of it."""

    token: TokenData
    scope: Scope
    address: str
