"""People with accounts: they sign in and press what a Day does by operations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

from apps.core.data import Actor, Role
from tests.support.days import Day
from tests.support.signing_in import signed_in
from tests.support.trained import make_accounts

PASSWORD = "fourteen slow herons rising"


@dataclass(frozen=True)
class Member:
    actor: Actor
    username: str

    def client(self, **options: Any) -> Client:
        return signed_in(self.username, **options)


def make_member(day: Day, label: str, *roles: Role) -> Member:
    """An account with these roles in the day's force."""
    return make_members(day, {label: roles})[label]


def make_members(day: Day, people: Mapping[str, Collection[Role]]) -> dict[str, Member]:
    """How roles are granted is tested where that is the question: here they are rows, in three statements."""
    made = make_accounts(day.force.id, people, password=PASSWORD)
    return {label: Member(actor, username) for label, (username, actor) in made.items()}


CAST = {
    "planner": Role.PLANNER,
    "officer": Role.AUTHORISING_OFFICER,
    "silver": Role.SILVER_COMMANDER,
    "operator": Role.OPERATOR,
    "engagement": Role.ENGAGEMENT_OFFICER,
    "engineer": Role.SYSTEM_ENGINEER,
    "oversight": Role.OVERSIGHT,
    "admin": Role.FORCE_ADMIN,
}


def make_cast(day: Day) -> dict[str, Member]:
    """One account a role; the day's own people become them, so that what they did counts as theirs."""
    members = make_members(day, {name: (role,) for name, role in CAST.items()})
    for name in ("planner", "officer", "silver", "operator", "engagement", "engineer"):
        setattr(day, name, members[name].actor)
    return members
