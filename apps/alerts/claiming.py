"""Claims: who works on an alert, so that two people do not decide on it side by side (domain.md §5).

A claim is of one step of one alert, lapses by itself, and never prolongs the alert's own time. It stands
between colleagues and not before the person: release ("identity contradicted") never asks for it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.alerts import policies
from apps.alerts.changes import changed, clear_claim, locked, number
from apps.alerts.data import AlertData
from apps.alerts.queries import case_of, to_data
from apps.core.data import Actor


@transaction.atomic
def claim(*, alert_id: UUID, actor: Actor, now: datetime) -> AlertData:
    """Take the present step, or renew what this person holds. Of two who ask at once the second is refused.

    Raises AlertClaimed with the holder's name, and whatever deciding would raise: nobody holds up an alert
    that they may not decide on.
    """
    alert = locked(alert_id)
    case = case_of(alert)
    step = policies.check_claim(case, actor=actor, now=now)
    held = policies.standing_claim(case.alert, now=now)
    alert.claim_step = step.value
    alert.claim_holder_id = policies.person(actor)
    alert.claim_holder_label = actor.label
    alert.claim_lapses_at = now + policies.CLAIM_LASTS
    if held is None:
        return changed(alert, actor, "alert.claimed", now, step=step.value)
    # A renewal is a heartbeat and no decision of anybody: numbered, so that colleagues see it, not recorded.
    number(alert)
    alert.save()
    return to_data(alert)


@transaction.atomic
def release_claim(*, alert_id: UUID, actor: Actor, now: datetime) -> AlertData:
    """Let go. What this person does not hold (any more) stays as it is: a late "cancel" takes nothing."""
    alert = locked(alert_id)
    holder = policies.standing_claim(to_data(alert), now=now)
    if holder is None or holder.holder_id != policies.person(actor):
        return to_data(alert)
    clear_claim(alert)
    return changed(alert, actor, "alert.claim_released", now, step=holder.step.value)
