"""Reads of the record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from apps.audit.models import AuditEvent
from apps.audit.verifying import unlinked


def events_about(*, object_id: UUID) -> list[AuditEvent]:
    """The record of one thing, oldest first. Needs a force context."""
    return list(AuditEvent.objects.filter(object_id=object_id).order_by("ordinal"))


def unlinked_count() -> int:
    """How many committed events wait for the chainer. Needs a force context."""
    return unlinked().count()


def last_times(*, verb: str, object_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of them was last the object of such an event, in the open force."""
    rows = AuditEvent.objects.filter(verb=verb, object_id__in=object_ids).values("object_id")
    return {row["object_id"]: row["last"] for row in rows.annotate(last=Max("at"))}
