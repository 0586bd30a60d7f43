"""How people of a force sign in through its provider: one administrator asks, another one confirms.

Until then the provider stays as it was confirmed before. Turning it off needs one and works at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.data import ProposalData
from apps.accounts.established import check_second_administrator
from apps.accounts.models import IdentityProvider
from apps.accounts.policies import GUARDED_ROLES, check_administrator
from apps.accounts.secrets import secrets
from apps.accounts.sign_on_client import check_address, secret_name
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id

# Who may approve, and who administers, is decided by people of the force and never by a directory.
MAPPABLE = frozenset(Role) - {Role.SYSTEM} - GUARDED_ROLES
# What waits for a second administrator. The rest, a name and a secret, works at once when it comes alone.
GUARDED = (
    "issuer",
    "client_id",
    "role_claim",
    "role_map",
    "second_factor_values",
    "email_domains",
    "enabled",
)
DOMAIN = re.compile(r"(?=.{4,190}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
DOMAIN_REFUSED = "The domain {} cannot be used: ask the platform's operator."
NOTHING_WAITS = "What waited was changed or decided in the meantime. Read it again."


def provider_of_force() -> IdentityProvider | None:
    """Of the open force."""
    return IdentityProvider.objects.first()


def sign_on_proposal() -> ProposalData | None:
    """What waits in the open force for a second administrator, None where nothing does."""
    row = provider_of_force()
    if row is None or row.proposed is None or row.proposed_at is None:
        return None
    return ProposalData(asked_by_id=row.proposed_by_id, asked_by=row.proposed_by, asked_at=row.proposed_at)


def shown_as(row: IdentityProvider) -> str:
    """What a person who confirms has read: another one for any other proposal."""
    body = json.dumps([row.proposed, str(row.proposed_by_id), str(row.proposed_at)], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


@transaction.atomic
def configure(
    *,
    name: str,
    issuer: str,
    client_id: str,
    secret: str,
    role_claim: str,
    role_map: Mapping[str, Role],
    second_factor_values: Collection[str],
    email_domains: Collection[str],
    enabled: bool,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Ask for these settings in the actor's force; an empty `secret` keeps the present one.

    What is in GUARDED waits for another administrator, except that turning off works at once. Raises
    NotPermitted, RuleViolated, ReauthenticationNeeded.
    """
    check_administrator(actor)
    wanted = {
        "name": name,
        "issuer": issuer,
        "client_id": client_id,
        "role_claim": role_claim,
        "role_map": {group: str(role) for group, role in role_map.items()},
        "second_factor_values": sorted(second_factor_values),
        "email_domains": sorted(email_domains),
        "enabled": enabled,
    }
    _check(wanted)
    check_reauthenticated(actor)
    return _ask(wanted, secret=secret, actor=actor, now=now)


def _ask(wanted: dict[str, Any], *, secret: str, actor: Actor, now: datetime) -> UUID:
    """Settings that were checked, and the secret where it is a new one. Raises RuleViolated without one."""
    row = IdentityProvider.objects.select_for_update().first()
    if row is None:
        row = IdentityProvider(name=wanted["name"], created_at=now)
    secret_waits = bool(secret) or bool(row.proposed and row.proposed["secret_waits"])
    is_another = (row.issuer, row.client_id) != (wanted["issuer"], wanted["client_id"])
    if is_another and not secret_waits:
        raise RuleViolated(["Enter the client secret that your identity provider gave you."])
    if row.enabled and not wanted["enabled"]:
        _end(row)
    row.changed_at = now
    waits = _propose(row, wanted, secret_is_new=bool(secret), secret_waits=secret_waits, actor=actor, now=now)
    if secret:
        _put(secret_name(row.id, waits=waits), secret)
    if not waits:
        _drop_waiting(row)
    payload = _for_record(wanted) | {"secret_changed": bool(secret), "waits": waits}
    _note("sign_on.configured", row, payload, actor=actor, now=now)
    return row.id


def _propose(
    row: IdentityProvider,
    wanted: dict[str, Any],
    *,
    secret_is_new: bool,
    secret_waits: bool,
    actor: Actor,
    now: datetime,
) -> bool:
    """Store what was asked for, as a proposal where somebody else has to confirm it. True where it waits."""
    waits = any(getattr(row, field) != wanted[field] for field in GUARDED)
    if waits:
        row.proposed = wanted | {"secret_waits": secret_waits}
        row.proposed_by_id, row.proposed_by, row.proposed_at = actor.id, actor.label, now
    else:
        _forget_proposal(row)
        row.name = wanted["name"]
        # Whoever had the old secret is out.
        row.version += secret_is_new
    row.save()
    return waits


@transaction.atomic
def confirm(*, shown: str, actor: Actor, now: datetime) -> None:
    """A second administrator lets what waits take effect; sessions of before end.

    `shown` is `shown_as` of what they read. Raises NotPermitted (for whoever asked, too), RuleViolated (also
    for somebody who is not independent of them), ReauthenticationNeeded.
    """
    row, wanted = _waiting(shown, actor)
    _check(wanted)
    check_second_administrator(actor=actor, asked_by=row.proposed_by_id, about=None, now=now)
    asked_by = row.proposed_by_id
    for field in ("name", *GUARDED):
        setattr(row, field, wanted[field])
    if wanted["secret_waits"]:
        name, waiting = secret_name(row.id), secret_name(row.id, waits=True)
        value = secrets().get(waiting)
        if value is None:
            raise RuleViolated(["The client secret was not kept. Ask for the change once more, with it."])
        _put(name, value)
    _forget_proposal(row)
    row.version, row.changed_at, row.confirmed_by = row.version + 1, now, actor.label
    row.save()
    _drop_waiting(row)
    payload = _for_record(wanted) | {"asked_by": str(asked_by)}
    _note("sign_on.confirmed", row, payload, actor=actor, now=now)


@transaction.atomic
def refuse(*, shown: str, actor: Actor, now: datetime) -> None:
    """Any administrator, whoever asked included. Raises NotPermitted, RuleViolated."""
    row, wanted = _waiting(shown, actor)
    asked_by = row.proposed_by_id
    _forget_proposal(row)
    row.save()
    _drop_waiting(row)
    payload = _for_record(wanted) | {"asked_by": str(asked_by)}
    _note("sign_on.refused", row, payload, actor=actor, now=now)


@transaction.atomic
def turn_off(*, actor: Actor, now: datetime) -> None:
    """At once, by one administrator, whatever waits; whoever came through it is out. Raises NotPermitted,
    RuleViolated when it is off."""
    check_administrator(actor)
    row = IdentityProvider.objects.select_for_update().filter(enabled=True).first()
    if row is None:
        raise RuleViolated(["It is off already."], code="nothing_waits")
    _end(row)
    row.changed_at = now
    row.save()
    _note("sign_on.turned_off", row, {"enabled": False}, actor=actor, now=now)


def _end(row: IdentityProvider) -> None:
    row.enabled, row.version = False, row.version + 1


def _waiting(shown: str, actor: Actor) -> tuple[IdentityProvider, dict[str, Any]]:
    check_administrator(actor)
    row = IdentityProvider.objects.select_for_update().first()
    if row is None or row.proposed is None or shown != shown_as(row):
        raise RuleViolated([NOTHING_WAITS], code="nothing_waits")
    return row, row.proposed


def _check(wanted: Mapping[str, Any]) -> None:
    """Raises RuleViolated with everything that is wrong."""
    check_address(wanted["issuer"])
    reasons = []
    roles = {Role(role) for role in wanted["role_map"].values()}
    if roles & GUARDED_ROLES:
        reasons.append(
            "No group can have an approving role or the administrator's: people of your force give those."
        )
    if roles - GUARDED_ROLES - MAPPABLE:
        reasons.append("No group can have the role of the platform itself.")
    for domain in wanted["email_domains"]:
        if not DOMAIN.fullmatch(domain):
            reasons.append(f"“{domain}” is no domain, for instance north.police.uk.")
        elif _is_taken(domain):
            reasons.append(DOMAIN_REFUSED.format(domain))
    if reasons:
        raise RuleViolated(reasons, code="sign_on")


def _is_taken(domain: str) -> bool:
    """By another force, which is not said. Locked: two forces at once must not both get it."""
    current_force_id()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.email_domains'))")
        cursor.execute("SELECT accounts_domain_taken(%s)", [domain])
        return bool(cursor.fetchone()[0])


def _forget_proposal(row: IdentityProvider) -> None:
    row.proposed, row.proposed_by_id, row.proposed_by, row.proposed_at = None, None, "", None


def _put(name: str, secret: str) -> None:
    transaction.on_commit(lambda: secrets().put(name, secret))


def _drop_waiting(row: IdentityProvider) -> None:
    name = secret_name(row.id, waits=True)
    transaction.on_commit(lambda: secrets().remove(name))


def _for_record(wanted: Mapping[str, Any]) -> dict[str, Any]:
    # Groups as values and not as keys: the oversight body reads no names of a directory.
    pairs = [{"group": group, "role": role} for group, role in sorted(wanted["role_map"].items())]
    return {**{field: wanted[field] for field in GUARDED}, "role_map": pairs}


def _note(verb: str, row: IdentityProvider, payload: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="identity_provider",
        object_id=row.id,
        payload=payload,
        now=now,
    )
