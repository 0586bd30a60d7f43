"""What arrived from the cameras of a force since it began, for a monitoring system (apps/ops/metrics)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from apps.core.tenancy import current_force_id
from apps.relays.models import IngestTally


@dataclass(frozen=True)
class Arrived:
    """Frames: `received` went onto the bus, `refused` never did, `dropped` were overtaken by newer ones."""

    received: int = 0
    refused: int = 0
    dropped: int = 0


def totals() -> Arrived:
    """All deployments of the open force together, also those that ended. One query.

    The rows are never deleted while the force is there, so no number ever falls.
    """
    current_force_id()
    names = ("received", "refused", "dropped")
    summed = IngestTally.objects.aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return Arrived(**{name: int(summed[f"sum_{name}"] or 0) for name in names})
