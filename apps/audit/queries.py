"""Reads of the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from apps.audit.models import AuditEvent
from apps.audit.verifying import unlinked


def events_about(*, object_id: UUID) -> list[AuditEvent]:
    """The record of one thing, oldest first. Needs a force context."""
    return list(AuditEvent.objects.filter(object_id=object_id).order_by("ordinal"))


def events_of_each(*, object_ids: Collection[UUID], verbs: Collection[str]) -> dict[UUID, list[AuditEvent]]:
    """By object, oldest first: only events of these kinds, in one query. Needs a force context."""
    found: dict[UUID, list[AuditEvent]] = {}
    rows = AuditEvent.objects.filter(object_id__in=object_ids, verb__in=verbs).order_by("ordinal")
    for row in rows:
        found.setdefault(row.object_id, []).append(row)
    return found


def used(
    *, start: datetime, end: datetime, verbs: Collection[str]
) -> dict[str, tuple[int, int | None, int | None]]:
    """How often each of these things was done from `start` to before `end`, by how many people, and how often
    by whoever did it most: None where the record of it names no person. Needs a force context."""
    rows = AuditEvent.objects.filter(at__gte=start, at__lt=end, verb__in=verbs, simulated=False)
    found: dict[str, dict[UUID | None, int]] = {}
    for row in rows.values("verb", "actor_id").annotate(number=Count("id")).order_by():
        found.setdefault(row["verb"], {})[row["actor_id"]] = row["number"]
    return {
        verb: (sum(by.values()), None, None) if None in by else (sum(by.values()), len(by), max(by.values()))
        for verb, by in found.items()
    }


def unlinked_count() -> int:
    """How many committed events wait for the chainer. Needs a force context."""
    return unlinked().count()


def last_times(*, verb: str, object_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of them was last the object of such an event, in the open force."""
    rows = AuditEvent.objects.filter(verb=verb, object_id__in=object_ids).values("object_id")
    return {row["object_id"]: row["last"] for row in rows.annotate(last=Max("at"))}
