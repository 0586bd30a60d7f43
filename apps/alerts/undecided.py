"""How many alerts of a force are open, and for how long: for a monitoring system (apps/ops/metrics)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from apps.alerts.data import OPEN_STATES, UNDECIDED
from apps.alerts.models import Alert
from apps.core.tenancy import current_force_id


@dataclass(frozen=True)
class Open:
    """`undecided` wait for one of the two decisions; `oldest_at` is when the first of them was raised,
    `first_expiry` when the time of one of them was or is over. None where there is none."""

    open: int = 0
    undecided: int = 0
    oldest_at: datetime | None = None
    first_expiry: datetime | None = None


def open_alerts() -> Open:
    """All deployments of the open force together. One query.

    A decoy that waits is counted, as on a board: who reads this must not know it by that.
    """
    current_force_id()
    undecided = Q(state__in=sorted(UNDECIDED))
    found = Alert.objects.filter(state__in=sorted(OPEN_STATES)).aggregate(
        open=Count("id"),
        undecided=Count("id", filter=undecided),
        oldest_at=Min("raised_at", filter=undecided),
        first_expiry=Min("expires_at", filter=undecided),
    )
    return Open(**found)
