"""People as rows: an account, their roles in a force and a certificate for each, in three statements.

For tests of what people do. How roles and certificates are given is tested where that is the question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password

from apps.accounts.models import RoleGrant, TrainingCertificate, User
from apps.accounts.policies import check_combination
from apps.accounts.training import TRAINED_ROLES
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LONG_AFTER = date(2099, 12, 31)


def named(label: str) -> str:
    """What somebody is called who is labelled so. A test that looks for names puts others in place of it."""
    return label


def make_accounts(
    force_id: UUID, people: Mapping[str, Collection[Role]], *, password: str, rank: str = "PC"
) -> dict[str, tuple[str, Actor]]:
    """By label: what they sign in with, and who they are. As if the roles had been granted just now."""
    users = {
        label: User(
            username=f"{label}-{uuid4().hex[:8]}@force.example",
            display_name=named(label).title(),
            password=make_password(password),
            rank=rank,
            created_at=utc_now(),
        )
        for label in people
    }
    for roles in people.values():
        check_combination(set(roles), is_service=False)
    with force_context(force_id):
        User.objects.bulk_create(users.values())
        RoleGrant.objects.bulk_create(
            grant for label, roles in people.items() for grant in _grants(users[label], roles, at=utc_now())
        )
        certify(people={users[label].id: roles for label, roles in people.items()})
    return {label: (user.username, _actor(force_id, user, people[label])) for label, user in users.items()}


def _actor(force_id: UUID, user: User, roles: Collection[Role]) -> Actor:
    """As the door would make it."""
    label = f"{user.rank} {user.display_name}"
    held = frozenset(roles) & {Role.OVERSIGHT} or frozenset(roles)
    return Actor(user.id, label, force_id, held, reauthenticated=True, rank=user.rank)


def make_people(force_id: UUID, people: Mapping[str, Collection[Role]]) -> dict[str, Actor]:
    """By label. Nobody of them signs in; everybody is trained for everything they may do."""
    users = {
        label: User(
            username=f"{uuid4().hex}@people.example",
            display_name=named(label),
            password="!",
            created_at=LONG_AGO,
        )
        for label in people
    }
    with force_context(force_id):
        User.objects.bulk_create(users.values())
        RoleGrant.objects.bulk_create(
            grant for label, roles in people.items() for grant in _grants(users[label], roles)
        )
        certify(people={users[label].id: roles for label, roles in people.items()})
    return {
        label: Actor(users[label].id, named(label), force_id, frozenset(roles), reauthenticated=True)
        for label, roles in people.items()
    }


def make_person(force_id: UUID, label: str, *roles: Role) -> Actor:
    return make_people(force_id, {label: roles})[label]


def add_roles(person: Actor, roles: Iterable[Role]) -> None:
    """Further roles of somebody, with the training for them."""
    user = User.objects.get(id=person.id)
    with force_context(person.force_id):
        RoleGrant.objects.bulk_create(_grants(user, roles), ignore_conflicts=True)
        certify(people={user.id: list(roles)})


def certify(*, people: Mapping[UUID, Collection[Role]]) -> None:
    """Inside the force's context."""
    TrainingCertificate.objects.bulk_create(
        TrainingCertificate(
            user_id=user_id,
            role=role,
            course="LFR course",
            issued_date=LONG_AGO.date(),
            expires_date=LONG_AFTER,
            recorded_at=LONG_AGO,
            recorded_by="tests",
            confirmed_at=LONG_AGO,
        )
        for user_id, roles in people.items()
        for role in roles
        if role in TRAINED_ROLES
    )


def _grants(user: User, roles: Iterable[Role], *, at: datetime = LONG_AGO) -> list[RoleGrant]:
    return [
        RoleGrant(
            user=user,
            role=role,
            granted_at=at,
            granted_by="tests",
            confirmed_at=at,
            credential_epoch=user.credential_epoch,
        )
        for role in roles
        if role is not Role.SYSTEM
    ]
