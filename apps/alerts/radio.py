"""A decision said by radio, written down for the officer whose it is (domain.md §5: a phone can die).

It stays the officer's decision, by the officer's duties and rules; who enters it is named beside them on the
card, in the record and in the audit. Whoever decided on the alert as its operator cannot enter the second
decision too, so that the two stay two people's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts import api as accounts
from apps.alerts import operations
from apps.alerts.data import AlertData, EngagementDecision, Outcome
from apps.core.data import Actor
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import Duty, DutyData


@dataclass(frozen=True)
class Said:
    """What an officer said: a decision, or a release, or outcomes; exactly one of the three."""

    decision: EngagementDecision | None = None
    reason: str = ""
    released: bool = False
    outcomes: Collection[Outcome] = ()
    status_confirmed: bool = False
    status_asked: str = ""


def officers_on_duty(*, deployment_id: UUID, now: datetime) -> Sequence[DutyData]:
    """Who may be named: engagement officers on duty whose role and training hold."""
    lapsed = deployments.lapsed_duties(deployment_id=deployment_id, now=now)
    return [
        duty
        for duty in deployments.duties(deployment_id=deployment_id)
        if duty.duty is Duty.ENGAGEMENT and duty.laid_down_at is None and duty not in lapsed
    ]


@transaction.atomic
def enter(*, alert_id: UUID, officer_id: UUID, said: Said, actor: Actor, now: datetime) -> AlertData:
    """Raises whatever the officer's own press would raise, and NotPermitted or RuleViolated by
    `engagement_policies.check_enter_for`."""
    try:
        officer = accounts.actor_for(user_id=officer_id, force_id=current_force_id(), origin=actor.origin)
    except NotPermitted as gone:
        raise RuleViolated(["choose an engagement officer who is on duty here"]) from gone
    about: dict[str, Any] = {"alert_id": alert_id, "actor": officer, "entered_by": actor, "now": now}
    if said.released:
        return operations.identity_contradicted(**about)
    if said.decision is not None:
        return operations.engagement_decide(decision=said.decision, reason=said.reason, **about)
    return operations.record_outcome(
        outcomes=said.outcomes,
        status_confirmed=said.status_confirmed,
        status_asked=said.status_asked,
        **about,
    )
