from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.data import UserData
from apps.accounts.models import RoleGrant, User
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated


def create_user(
    *, username: str, display_name: str, password: str, now: datetime, rank: str = ""
) -> UserData:
    """A person who can sign in and do nothing until a force grants a role. Raises RuleViolated."""
    user = User(username=username.lower(), display_name=display_name, rank=rank, created_at=now)
    reasons: list[str] = []
    try:
        validate_email(username)
    except ValidationError as problem:
        reasons += problem.messages
    try:
        validate_password(password, user)
    except ValidationError as problem:
        reasons += problem.messages
    if User.objects.filter(username__iexact=username).exists():
        reasons.append("somebody already signs in with this address")
    if reasons:
        raise RuleViolated(reasons)
    user.set_password(password)
    user.save(force_insert=True)
    return UserData(id=user.id, username=user.username, display_name=display_name, rank=rank)


@transaction.atomic
def grant_role(*, user_id: UUID, role: Role, actor: Actor, now: datetime) -> None:
    """Grant a role in the actor's force; granting it twice changes nothing. Raises NotPermitted."""
    if not (actor.is_system or actor.has(Role.FORCE_ADMIN)):
        raise NotPermitted("granting a role is for the force's administrator")
    if role is Role.SYSTEM:
        raise NotPermitted("no person can hold the role of the platform itself")
    if actor.id == user_id:
        raise NotPermitted("nobody grants a role to themselves: ask another administrator")
    _, created = RoleGrant.objects.get_or_create(
        user_id=user_id,
        role=role,
        revoked_at=None,
        defaults={"granted_at": now, "granted_by": actor.label},
    )
    if created:
        audit.record(
            actor=actor,
            verb="role.granted",
            object_type="user",
            object_id=user_id,
            payload={"role": role},
            now=now,
        )


@transaction.atomic
def revoke_role(*, user_id: UUID, role: Role, actor: Actor, now: datetime) -> None:
    """Take a role away; effective at the person's next request. Raises NotPermitted."""
    if not (actor.is_system or actor.has(Role.FORCE_ADMIN)):
        raise NotPermitted("revoking a role is for the force's administrator")
    changed = RoleGrant.objects.filter(user_id=user_id, role=role, revoked_at__isnull=True).update(
        revoked_at=now
    )
    if changed:
        audit.record(
            actor=actor,
            verb="role.revoked",
            object_type="user",
            object_id=user_id,
            payload={"role": role},
            now=now,
        )


def note_sign_in(*, actor: Actor, now: datetime) -> None:
    """Record a sign-in in the force it is for."""
    if actor.id is None:
        raise NotPermitted("only a person signs in")
    audit.record(actor=actor, verb="signed_in", object_type="user", object_id=actor.id, payload={}, now=now)
