"""Writes of tokens: made and revoked by the force's administrator, noted when they are used."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.forces import api as forces
from apps.integration.credentials import new_token
from apps.integration.data import LAST_USED_STEP, TokenData, TokenWish
from apps.integration.models import ApiToken
from apps.integration.policies import check_administer, check_reason, check_scopes, check_wish
from apps.integration.queries import as_data, services


@transaction.atomic
def create_token(*, wish: TokenWish, actor: Actor, now: datetime) -> tuple[TokenData, str]:
    """Make a token, and the system that it is for where that is new. Returns it and its text, which is shown
    this once and never again.

    Raises NotPermitted, ReauthenticationNeeded, or RuleViolated with every reason.
    """
    check_administer(actor)
    check_reauthenticated(actor)
    check_wish(wish)
    service_id, service_name, roles = _service(wish, actor, now)
    check_scopes(wish.scopes, roles)
    force = forces.get_force(force_id=current_force_id())
    token = new_token(force_slug=force.slug, token_id=uuid.uuid4())
    row = ApiToken.objects.create(
        id=token.id,
        name=wish.name.strip(),
        service_id=service_id,
        service_name=service_name,
        scopes=sorted(wish.scopes),
        networks=[network.strip() for network in wish.networks],
        secret_sha256=token.sha256(),
        created_at=now,
        created_by=actor.label,
        expires_at=now + timedelta(days=wish.days),
    )
    payload = {
        "name": row.name,
        "service_id": str(service_id),
        "scopes": row.scopes,
        "networks": row.networks,
        "expires_at": row.expires_at.isoformat(),
    }
    note(row.id, "api_token.created", actor=actor, now=now, payload=payload, reason=wish.reason.strip())
    return as_data(row), token.text()


def _service(wish: TokenWish, actor: Actor, now: datetime) -> tuple[UUID, str, Collection[Role]]:
    """The system that acts with the token, and what it may do."""
    if wish.service_id is None:
        if wish.role is None:
            raise RuleViolated(["Choose what the system does."], code="token")
        created = accounts.create_service(name=wish.service_name, roles=[wish.role], actor=actor, now=now)
        return created.id, created.display_name, [wish.role]
    known = {service.id: service.name for service in services()}
    if wish.service_id not in known:
        raise NotFound("there is no such system in this force")
    acting = accounts.actor_for(user_id=wish.service_id, force_id=actor.force_id)
    return wish.service_id, known[wish.service_id], acting.roles


@transaction.atomic
def revoke_token(*, token_id: UUID, reason: str, actor: Actor, now: datetime) -> TokenData:
    """End a token with its next request. Revoking twice changes nothing. Never asks for another sign-in: a
    stop must not wait. Raises NotPermitted, NotFound, or RuleViolated without a reason."""
    check_administer(actor)
    check_reason(reason)
    row = ApiToken.objects.select_for_update().filter(id=token_id).first()
    if row is None:
        raise NotFound("there is no such token in this force")
    if row.revoked_at is not None:
        return as_data(row)
    row.revoked_at, row.revoked_by, row.revoked_reason = now, actor.label, reason.strip()
    row.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    payload = {"name": row.name, "service_id": str(row.service_id)}
    note(row.id, "api_token.revoked", actor=actor, now=now, payload=payload, reason=row.revoked_reason)
    return as_data(row)


def touch(*, token_id: UUID, now: datetime) -> None:
    """Note that a token is in use, by the hour."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_STEP)
    ApiToken.objects.filter(stale, id=token_id).update(last_used_at=now)


def note(
    token_id: UUID, verb: str, *, actor: Actor, now: datetime, payload: Mapping[str, object], reason: str = ""
) -> None:
    """An audit event about a token."""
    audit.record(
        actor=actor,
        verb=verb,
        object_type="api_token",
        object_id=token_id,
        payload=dict(payload),
        now=now,
        reason=reason,
    )


def note_read(
    what: str, object_id: UUID, payload: Mapping[str, object], *, actor: Actor, now: datetime
) -> None:
    """That a system read or took out something which the record must be able to account for."""
    audit.record(
        actor=actor,
        verb=f"api.{what}_read",
        object_type="deployment",
        object_id=object_id,
        payload=dict(payload),
        now=now,
    )
