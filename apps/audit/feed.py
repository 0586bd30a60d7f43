"""What was linked into a force's chain since a position, for whoever passes it on: in order, none twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from apps.audit.models import AuditEvent, AuditLink

BATCH = 1_000


@dataclass(frozen=True)
class FeedEvent:
    """One event without its actor, its origin and its reason."""

    id: UUID
    at: datetime
    recorded_at: datetime
    verb: str
    object_id: UUID
    payload: dict[str, Any]


@dataclass(frozen=True)
class Feed:
    """`position` is the last link looked at; `more`: there may be others after it."""

    events: tuple[FeedEvent, ...]
    position: int
    more: bool


def head_position() -> int:
    """The last link of the open force's chain; -1 before the first."""
    found: int | None = AuditLink.objects.aggregate(last=Max("position"))["last"]
    return -1 if found is None else found


def linked_since(*, position: int, verbs: Collection[str]) -> Feed:
    """Events of these kinds after `position`, oldest first. Two queries."""
    links = list(
        AuditLink.objects.filter(position__gt=position)
        .order_by("position")
        .values_list("position", "event_id")[:BATCH]
    )
    rows = {
        row.id: row
        for row in AuditEvent.objects.filter(
            id__in=[event_id for _, event_id in links], verb__in=verbs, erased_at__isnull=True
        )
    }
    found = [rows[event_id] for _, event_id in links if event_id in rows]
    return Feed(
        events=tuple(
            FeedEvent(row.id, row.at, row.recorded_at, row.verb, row.object_id, row.payload) for row in found
        ),
        position=links[-1][0] if links else position,
        more=len(links) == BATCH,
    )
