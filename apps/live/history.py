"""What recognition still owes: gaps that have no end yet, and so are no rows of a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.tenancy import current_force_id
from apps.live.models import ShardLease


@dataclass(frozen=True)
class OpenGap:
    shard: int
    since: datetime
    reason: str


def open_gaps(*, deployment_id: UUID) -> tuple[OpenGap, ...]:
    """One query."""
    current_force_id()
    rows = ShardLease.objects.filter(deployment_id=deployment_id, blind_since__isnull=False).order_by("shard")
    return tuple(
        OpenGap(row.shard, row.blind_since, row.blind_reason) for row in rows if row.blind_since is not None
    )
