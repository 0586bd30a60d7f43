"""Vocabulary shared by every app: who acts, and in which role."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The roles of docs/domain.md §1. SYSTEM is the platform acting by itself; no person can hold it."""

    PLANNER = "planner"
    AUTHORISING_OFFICER = "authorising_officer"
    URGENT_AUTHORISING_OFFICER = "urgent_authorising_officer"
    SILVER_COMMANDER = "silver_commander"
    OPERATOR = "operator"
    ENGAGEMENT_OFFICER = "engagement_officer"
    SYSTEM_ENGINEER = "system_engineer"
    OVERSIGHT = "oversight"
    FORCE_ADMIN = "force_admin"
    SYSTEM = "system"


# Whose work it is to read who is listed (domain.md §1). An engineer, the oversight body and an administrator
# never read a name, and nobody reads one because they hold two of those roles.
READ_NAMES = frozenset(
    {
        Role.PLANNER,
        Role.AUTHORISING_OFFICER,
        Role.URGENT_AUTHORISING_OFFICER,
        Role.SILVER_COMMANDER,
        Role.OPERATOR,
        Role.ENGAGEMENT_OFFICER,
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or the platform itself, acting for one force; `origin` is an address or a task.

    `reauthenticated`: the door that let them in (page, socket, API) knows that they proved who they are
    within the last minutes. Only the door sets it, by the real clock; an API token never carries it.
    """

    id: UUID | None
    label: str
    force_id: UUID
    roles: frozenset[Role] = field(default_factory=frozenset)
    origin: str = ""
    reauthenticated: bool = False
    # For those who read the record without names (the oversight body): it says at what level it was decided.
    rank: str = ""

    @classmethod
    def system(cls, *, force_id: UUID, label: str, origin: str = "") -> Actor:
        """The platform acting by itself, for instance a sweep."""
        return cls(id=None, label=label, force_id=force_id, roles=frozenset({Role.SYSTEM}), origin=origin)

    @property
    def is_system(self) -> bool:
        return Role.SYSTEM in self.roles

    @property
    def reads_reasons(self) -> bool:
        """Whether they read what colleagues wrote: somebody may have written the name of somebody listed."""
        return self.has(*READ_NAMES)

    def has(self, *roles: Role) -> bool:
        return bool(self.roles.intersection(roles))
