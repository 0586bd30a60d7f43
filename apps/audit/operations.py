"""Writing, chaining and erasing audit events (docs/explanation/architecture.md, invariant 4)."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.audit.data import (
    CONTENT,
    ERASED,
    GENESIS,
    METADATA,
    MINIMUM_KEEP,
    content_digest,
    event_digest,
    link_hash,
    storable,
)
from apps.audit.models import AuditEvent, AuditLink, AuditPending
from apps.core.clock import is_simulated, utc_now
from apps.core.data import Actor
from apps.core.errors import ForceContextError, RuleViolated, SimulatedClockRefused
from apps.core.rehearsal import is_rehearsing
from apps.core.tenancy import current_force_id, force_context

CHAIN_BATCH = 5_000
ERASE_BATCH = 5_000


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
    """Append an event in the caller's transaction. Returns its id. Raises what `record_each` raises."""
    (event_id,) = record_each(
        actor=actor,
        verb=verb,
        object_type=object_type,
        objects=[(object_id, payload)],
        now=now,
        reason=reason,
    )
    return event_id


def record_each(
    *,
    actor: Actor,
    verb: str,
    object_type: str,
    objects: Sequence[tuple[UUID, dict[str, Any]]],
    now: datetime,
    reason: str = "",
) -> list[UUID]:
    """Append an event for each object, which happened in this order, in the caller's transaction; three
    statements. Each has its id and payload. Returns the ids of the events.

    Raises SimulatedClockRefused when `now` is far from the real clock and the profile forbids that, and
    ForceContextError when the actor is not of the open force.
    """
    same: dict[str, Any] = {
        "force_id": actor.force_id,
        "at": now,
        "recorded_at": utc_now(),
        "actor_id": actor.id,
        "actor_label": actor.label,
        "rank": actor.rank,
        "roles": ",".join(sorted(actor.roles)),
        "origin": actor.origin,
        "verb": verb,
        "object_type": object_type,
        "reason": reason,
        "simulated": _check(actor, now),
    }
    ordinals = _next_ordinals(len(objects))
    events = [_event(same, ordinal, *each) for ordinal, each in zip(ordinals, objects, strict=True)]
    AuditEvent.objects.bulk_create(events)
    AuditPending.objects.bulk_create([AuditPending(event_id=event.id) for event in events])
    return [event.id for event in events]


def _event(same: dict[str, Any], ordinal: int, object_id: UUID, payload: dict[str, Any]) -> AuditEvent:
    """Unsaved, with its digests."""
    event = AuditEvent(
        **same,
        id=uuid.uuid4(),
        ordinal=ordinal,
        object_id=object_id,
        payload=storable(json.loads(json.dumps(payload, allow_nan=False))),
        salt=secrets.token_bytes(16),
    )
    event.content_digest = content_digest(salt=bytes(event.salt), content=_fields(event, CONTENT))
    event.digest = event_digest(metadata=_fields(event, METADATA), content_sha256=event.content_digest)
    return event


def _fields(event: AuditEvent, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}


def _check(actor: Actor, now: datetime) -> bool:
    """Whether `now` is simulated. Raises for a foreign actor and for a forbidden clock."""
    if actor.force_id != current_force_id():
        raise ForceContextError("the actor belongs to another force than the open context")
    simulated = is_simulated(now)
    # What a rehearsal records is rolled back with it.
    if simulated and not (settings.LFR_ALLOW_SIMULATED_CLOCK or is_rehearsing()):
        raise SimulatedClockRefused("a moved clock is refused in this profile: leave out the time")
    return simulated


def _next_ordinals(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_event_ordinal') FROM generate_series(1, %s)", [count])
        return [int(ordinal) for (ordinal,) in cursor.fetchall()]


def chain_force(*, force_id: UUID, now: datetime) -> int:
    """Link every committed event of one force, one chainer at a time. Returns how many it linked."""
    linked = 0
    while True:
        with force_context(force_id):
            batch = _chain_batch(force_id, now)
        linked += batch
        if batch < CHAIN_BATCH:
            return linked


def lock_chain(force_id: UUID) -> None:
    """One chainer, or one that takes an anchor, at a time: until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit-chain:{force_id}"])


def _chain_batch(force_id: UUID, now: datetime) -> int:
    lock_chain(force_id)
    waiting = list(AuditPending.objects.values_list("event_id", flat=True)[:CHAIN_BATCH])
    if not waiting:
        return 0
    last = AuditLink.objects.order_by("-position").first()
    position, previous = (last.position, bytes(last.link_hash)) if last else (0, GENESIS)
    links = []
    events = AuditEvent.objects.filter(id__in=waiting).order_by("ordinal").values_list("id", "digest")
    for event_id, digest in events:
        position += 1
        current = link_hash(
            force_id=force_id,
            position=position,
            previous=previous,
            event_id=event_id,
            digest=bytes(digest),
        )
        links.append(
            AuditLink(
                position=position, event_id=event_id, previous_hash=previous, link_hash=current, linked_at=now
            )
        )
        previous = current
    AuditLink.objects.bulk_create(links)
    AuditPending.objects.filter(event_id__in=waiting).delete()
    return len(links)


def erase_due(*, keep: timedelta, actor: Actor, now: datetime) -> int:
    """Empty the content of every event of the actor's force that is older than `keep`. Returns how many.

    Metadata, order and chain stay and still verify; the salt goes with the content, so that its digest tells
    nothing. By the database's clock, whatever `now` is: time cannot be moved to destroy a record. In
    transactions of ERASE_BATCH events, each with an event that says what was emptied. Call it outside a
    transaction. Raises RuleViolated when `keep` is less than a year, the least that any schedule may say.
    """
    if keep < MINIMUM_KEEP:
        raise RuleViolated(["The audit record is kept for at least a year."], code="audit_kept_too_short")
    total = 0
    while True:
        with force_context(actor.force_id):
            erased = _erase_batch(keep.days, actor, now)
        total += erased
        if erased < ERASE_BATCH:
            return total


@transaction.atomic
def _erase_batch(keep_days: int, actor: Actor, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT erased, erased_before FROM audit_erase_due(%s, %s, %s)",
            [actor.force_id, keep_days, ERASE_BATCH],
        )
        erased, before = cursor.fetchone()
    if erased:
        record(
            actor=actor,
            verb=ERASED,
            object_type="audit",
            object_id=actor.force_id,
            payload={"events": erased, "recorded_before": before.isoformat(), "keep_days": keep_days},
            now=now,
        )
    return int(erased)
