"""A busy day: many alerts of a stage that are over, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from apps.alerts.data import AlertState, OperatorDecision, Step
from apps.alerts.models import Alert, Decision
from apps.core.clock import utc_now

DECIDED_AND_EXPIRED = (AlertState.NOT_A_MATCH, AlertState.EXPIRED)


def busy_day(stage: Any, count: int, states: Sequence[AlertState] = DECIDED_AND_EXPIRED) -> None:
    """Alerts 1 to `count` in `states` by turns; the change number of each is its number."""
    stage.many(count)
    with stage.context():
        rows = list(Alert.objects.filter(deployment_id=stage.deployment_id).order_by("number"))
        for row, state in zip(rows, cycle(states), strict=False):
            row.state = state
        Alert.objects.bulk_update(rows, ["state"], batch_size=500)
        Decision.objects.bulk_create(
            Decision(
                alert=row,
                step=Step.OPERATOR,
                value=OperatorDecision.NOT_A_MATCH,
                actor_id=stage.operator.actor.id,
                actor_label=stage.operator.actor.label,
                decided_at=utc_now(),
            )
            for row in rows
            if row.state == AlertState.NOT_A_MATCH
        )


def set_state(stage: Any, number: int, state: AlertState) -> None:
    with stage.context():
        Alert.objects.filter(deployment_id=stage.deployment_id, number=number).update(state=state)
