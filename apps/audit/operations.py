"""Writing and chaining audit events (docs/explanation/architecture.md, invariant 4)."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from apps.audit.data import GENESIS, event_digest, link_hash
from apps.audit.models import AuditEvent, AuditLink, AuditPending
from apps.core.clock import is_simulated, utc_now
from apps.core.data import Actor
from apps.core.errors import ForceContextError, SimulatedClockRefused
from apps.core.tenancy import current_force_id, force_context

CHAIN_BATCH = 5_000
DIGESTED = (
    *("id", "force_id", "at", "recorded_at", "actor_id", "actor_label", "roles", "origin"),
    *("verb", "object_type", "object_id", "reason", "payload", "simulated"),
)


def digest_of(event: AuditEvent) -> bytes:
    """The digest the stored fields should have."""
    return event_digest(salt=bytes(event.salt), fields={name: getattr(event, name) for name in DIGESTED})


def record(
    *,
    actor: Actor,
    verb: str,
    object_type: str,
    object_id: UUID,
    payload: dict[str, Any],
    now: datetime,
    reason: str = "",
) -> UUID:
    """Append an event in the caller's transaction. Returns its id.

    Raises SimulatedClockRefused when `now` is far from the real clock and the profile forbids that, and
    ForceContextError when the actor is not of the open force.
    """
    simulated = _check(actor, now)
    event = AuditEvent(
        id=uuid.uuid4(),
        force_id=actor.force_id,
        ordinal=_next_ordinal(),
        at=now,
        recorded_at=utc_now(),
        actor_id=actor.id,
        actor_label=actor.label,
        roles=",".join(sorted(actor.roles)),
        origin=actor.origin,
        verb=verb,
        object_type=object_type,
        object_id=object_id,
        reason=reason,
        payload=json.loads(json.dumps(payload)),
        simulated=simulated,
        salt=secrets.token_bytes(16),
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)
    AuditPending.objects.create(event_id=event.id)
    return event.id


def _check(actor: Actor, now: datetime) -> bool:
    """Whether `now` is simulated. Raises for a foreign actor and for a forbidden clock."""
    if actor.force_id != current_force_id():
        raise ForceContextError("the actor belongs to another force than the open context")
    simulated = is_simulated(now)
    if simulated and not settings.LFR_ALLOW_SIMULATED_CLOCK:
        raise SimulatedClockRefused("a moved clock is refused in this profile: leave out the time")
    return simulated


def _next_ordinal() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_event_ordinal')")
        return int(cursor.fetchone()[0])


def chain_force(*, force_id: UUID, now: datetime) -> int:
    """Link every committed event of one force, one chainer at a time. Returns how many it linked."""
    linked = 0
    while True:
        with force_context(force_id):
            batch = _chain_batch(force_id, now)
        linked += batch
        if batch < CHAIN_BATCH:
            return linked


def _chain_batch(force_id: UUID, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit-chain:{force_id}"])
    waiting = list(AuditPending.objects.values_list("event_id", flat=True)[:CHAIN_BATCH])
    if not waiting:
        return 0
    last = AuditLink.objects.order_by("-position").first()
    position, previous = (last.position, bytes(last.link_hash)) if last else (0, GENESIS)
    links = []
    for event in AuditEvent.objects.filter(id__in=waiting).order_by("ordinal"):
        position += 1
        current = link_hash(
            force_id=force_id,
            position=position,
            previous=previous,
            event_id=event.id,
            digest=bytes(event.digest),
        )
        links.append(
            AuditLink(
                position=position, event_id=event.id, previous_hash=previous, link_hash=current, linked_at=now
            )
        )
        previous = current
    AuditLink.objects.bulk_create(links)
    AuditPending.objects.filter(event_id__in=waiting).delete()
    return len(links)
