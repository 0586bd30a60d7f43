"""People with accounts: they sign in and press what a Day does by operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.test import Client

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from tests.support.days import Day
from tests.support.signing_in import signed_in
from tests.support.trained import certify

PASSWORD = "fourteen slow herons rising"


@dataclass(frozen=True)
class Member:
    actor: Actor
    username: str

    def client(self, **options: Any) -> Client:
        return signed_in(self.username, **options)


def make_member(day: Day, label: str, *roles: Role) -> Member:
    """An account with these roles in the day's force."""
    username = f"{label}-{uuid4().hex[:8]}@force.example"
    user = accounts.create_user(
        username=username, display_name=label.title(), password=PASSWORD, rank="PC", now=utc_now()
    )
    with force_context(day.force.id):
        for role in roles:
            accounts.grant_role(user_id=user.id, role=role, actor=day.system, now=utc_now())
        certify(people={user.id: roles})
        actor = accounts.actor_for(user_id=user.id, force_id=day.force.id, reauthenticated=True)
        return Member(actor, username)


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
    members = {name: make_member(day, name, role) for name, role in CAST.items()}
    for name in ("planner", "officer", "silver", "operator", "engagement", "engineer"):
        setattr(day, name, members[name].actor)
    return members
