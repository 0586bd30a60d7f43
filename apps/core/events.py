"""Domain events: how an upper app learns what a lower one did, without the lower one importing it.

`emit` writes the event in the caller's transaction. Handlers run at once when that commits and again in
`sweep`, each in a transaction of its own and at most once an event, so a crash between the two loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.clock import utc_now
from apps.core.models import DomainEvent, EventHandling
from apps.core.tenancy import current_force_id, force_context

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DomainEventData:
    id: UUID
    force_id: UUID
    kind: str
    subject_id: UUID
    payload: dict[str, Any]
    created_at: datetime
    # The instant it is handled at: the emitter's on commit, the sweep's later.
    now: datetime


Handler = Callable[[DomainEventData], None]
# How long the commit that wrote an event has to run its handlers before the sweep does.
SWEEP_GRACE = timedelta(seconds=2)
_handlers: dict[str, dict[str, Handler]] = {}


def subscribe(*, kind: str, name: str, handler: Handler) -> None:
    """Call `handler` once for each event of `kind`. `name` identifies it in the database: never reuse one."""
    _handlers.setdefault(kind, {})[name] = handler


def emit(*, kind: str, subject_id: UUID, payload: dict[str, Any], now: datetime) -> UUID:
    """Write an event in the current transaction; its handlers run when that commits."""
    force_id = current_force_id()
    event = DomainEvent.objects.create(
        kind=kind, subject_id=subject_id, payload=payload, created_at=now, recorded_at=utc_now()
    )
    event_id = event.id

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def run() -> None:
        dispatch(force_id=force_id, event_id=event_id, now=now)

    transaction.on_commit(run, robust=True)
    return event_id


def dispatch(*, force_id: UUID, event_id: UUID, now: datetime) -> bool:
    """Run the handlers an event still lacks. True when none is missing any more."""
    with force_context(force_id):
        row = DomainEvent.objects.filter(id=event_id).first()
        if row is None or row.settled_at is not None:
            return True
        event = DomainEventData(
            row.id, row.force_id, row.kind, row.subject_id, row.payload, row.created_at, now
        )
    outcomes = [_run(event, name, handler) for name, handler in _handlers.get(event.kind, {}).items()]
    if not all(outcomes):
        return False
    with force_context(force_id):
        DomainEvent.objects.filter(id=event_id).update(settled_at=now)
    return True


def _run(event: DomainEventData, name: str, handler: Handler) -> bool:
    try:
        with force_context(event.force_id):
            _, first_time = EventHandling.objects.get_or_create(
                event_id=event.id, handler=name, defaults={"handled_at": event.now}
            )
            if first_time:
                handler(event)
    except Exception:
        log.exception(
            "handler %s of event %s (%s) failed; the sweep will retry it", name, event.id, event.kind
        )
        return False
    return True


def sweep(*, force_id: UUID, now: datetime, grace: timedelta = SWEEP_GRACE) -> int:
    """Run what is still unhandled for one force, oldest first. Returns how many events remain unsettled."""
    with force_context(force_id):
        waiting = list(
            DomainEvent.objects.filter(settled_at__isnull=True, recorded_at__lt=utc_now() - grace)
            .order_by("created_at")
            .values_list("id", flat=True)
        )
    return sum(not dispatch(force_id=force_id, event_id=event_id, now=now) for event_id in waiting)
