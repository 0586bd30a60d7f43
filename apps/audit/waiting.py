"""What waits for the chainer, for a monitoring system (apps/ops/metrics)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from apps.audit.models import AuditEvent, AuditPending
from apps.core.tenancy import current_force_id


@dataclass(frozen=True)
class Unchained:
    """`oldest_at` is when the first of them was recorded, None where none waits."""

    count: int = 0
    oldest_at: datetime | None = None


def unchained() -> Unchained:
    """Events of the open force on the chainer's list. One query, however long the record is.

    The list is only what the chainer goes by: whether every event has its link is what verification says.
    """
    current_force_id()
    waiting = AuditEvent.objects.filter(id__in=AuditPending.objects.values("event_id"))
    return Unchained(**waiting.aggregate(count=Count("id"), oldest_at=Min("recorded_at")))
