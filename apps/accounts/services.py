"""Accounts of integrating systems: no password, no page, and no role that decides anything."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from apps.accounts.data import UserData
from apps.accounts.models import User
from apps.accounts.operations import grant_role
from apps.accounts.policies import check_combination
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated


@transaction.atomic
def create_service(*, name: str, roles: Collection[Role], actor: Actor, now: datetime) -> UserData:
    """An account for a system of the actor's force.

    Raises NotPermitted for anybody but the force's administrator, ReauthenticationNeeded, and RuleViolated
    for another role than planner or oversight, both at once, none, or no name.
    """
    if not actor.has(Role.FORCE_ADMIN):
        raise NotPermitted("Only the force's administrator adds a system.")
    reasons = []
    if not name.strip():
        reasons.append("Give the system a name.")
    if not roles:
        reasons.append("Give the system a role.")
    if reasons:
        raise RuleViolated(reasons, code="service")
    check_combination(roles, is_service=True)
    user = User(
        username=f"system-{uuid4().hex}@service.invalid",
        display_name=name.strip(),
        is_service=True,
        created_at=now,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="service.created",
        object_type="user",
        object_id=user.id,
        payload={"name": user.display_name, "roles": sorted(roles)},
        now=now,
    )
    for role in sorted(roles):
        grant_role(user_id=user.id, role=role, actor=actor, now=now)
    return UserData(id=user.id, username=user.username, display_name=user.display_name, rank="")
