"""How many alerts of a deployment are in each state, and since when the oldest of them waits: for a board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from apps.alerts.data import AlertState
from apps.alerts.models import Alert


@dataclass(frozen=True)
class InState:
    """`oldest_at` is when the oldest of them was raised. `uncounted` of them are alerts in no figure of the
    record: decoys, and of the Blue List, which are the `volunteers` among them. Nobody who may have to decide
    on one is told which."""

    count: int
    oldest_at: datetime
    uncounted: int = 0
    volunteers: int = 0


def by_state(*, deployment_id: UUID) -> Mapping[AlertState, InState]:
    """States without an alert are left out. One query, in an open force context.

    A decoy is no alert, and yet waits for an operator until it is decided: who looks at a board as well as at
    a console must not know it by that.
    """
    rows = (
        Alert.objects.filter(Q(decoy=False) | Q(state=AlertState.RAISED), deployment_id=deployment_id)
        .values("state")
        .annotate(
            count=Count("id"),
            oldest_at=Min("raised_at"),
            uncounted=Count("id", filter=Q(decoy=True) | Q(counted_apart=True)),
            volunteers=Count("id", filter=Q(decoy=False, counted_apart=True)),
        )
        .order_by()
    )
    return {
        AlertState(row["state"]): InState(
            row["count"], row["oldest_at"], uncounted=row["uncounted"], volunteers=row["volunteers"]
        )
        for row in rows
    }
