"""What is said by radio, written down for the officer whose it is (domain.md §5: a phone can die).

It stays the officer's decision and record, by the officer's duties and rules; who enters it is named beside
them on the card, in the record and in the audit. Whoever decided on the alert as its operator cannot enter
the second decision too, so that the two stay two people's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts import api as accounts
from apps.alerts import engagements, operations
from apps.alerts.data import OUTCOME_LABELS, AlertData, AlertState, EngagementDecision, Outcome
from apps.alerts.engagement_data import StopRecord
from apps.alerts.models import AlertOutcome, Decision
from apps.alerts.policies import Case
from apps.core.data import Actor
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.wording import say_clock, say_list
from apps.deployments import api as deployments
from apps.deployments.data import Duty, DutyData

DID: Mapping[str, str] = {
    EngagementDecision.ENGAGE: "engaged",
    EngagementDecision.DO_NOT_ENGAGE: "decided not to engage",
    Outcome.RELEASED_IDENTITY_WRONG: "released the person as the wrong one",
}


@dataclass(frozen=True)
class Said:
    """What an officer said: a decision, a release, that the identity is established, or outcomes; exactly one
    of the four."""

    decision: EngagementDecision | None = None
    reason: str = ""
    released: bool = False
    identified: bool = False
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


def happened(case: Case) -> tuple[str, ...]:
    """What officers have done on this alert, in words, the oldest first. It only grows."""
    alert = case.alert
    told = [
        (past.decided_at, past.actor_label, DID[past.value], past.entered_by)
        for past in case.decisions
        if past.value in DID
    ]
    if alert.identity_established_at is not None:
        by, entered_by = alert.identity_established_by, alert.identity_entered_by
        told.append((alert.identity_established_at, by, "established the identity", entered_by))
    for row in AlertOutcome.objects.filter(alert_id=alert.id).exclude(outcome=Outcome.NOT_ENGAGED):
        outcome = Outcome(row.outcome)
        did = DID.get(outcome) or f"recorded “{OUTCOME_LABELS[outcome]}”"
        told.append((row.recorded_at, row.actor_label, did, row.entered_by))
    return tuple(
        f"{by} {did} at {say_clock(at)}" + (f", entered by {entered_by}" if entered_by else "")
        for at, by, did, entered_by in sorted(told)
    )


def busy(*, deployment_id: UUID) -> Mapping[UUID, str]:
    """Which officers are with somebody now: by person, in words that go behind their name."""
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = Decision.objects.filter(
        alert__deployment_id=deployment_id,
        alert__state=AlertState.ENGAGED,
        value=EngagementDecision.ENGAGE.value,
    )
    for officer_id, number in rows.order_by("alert__number").values_list("actor_id", "alert__number"):
        found[officer_id].append(f"alert {number}")
    return {officer_id: f" (engaged on {say_list(numbers)})" for officer_id, numbers in found.items()}


@transaction.atomic
def enter(*, alert_id: UUID, officer_id: UUID, said: Said, actor: Actor, now: datetime) -> AlertData:
    """Raises whatever the officer's own press would raise, and NotPermitted or RuleViolated by
    `engagement_policies.check_enter_for`."""
    about = _about(alert_id, officer_id, actor, now)
    if said.released:
        return operations.identity_contradicted(**about)
    if said.identified:
        return operations.establish_identity(**about)
    if said.decision is not None:
        return operations.engagement_decide(decision=said.decision, reason=said.reason, **about)
    return operations.record_outcome(
        outcomes=said.outcomes,
        status_confirmed=said.status_confirmed,
        status_asked=said.status_asked,
        **about,
    )


@transaction.atomic
def enter_stop(
    *,
    alert_id: UUID,
    officer_id: UUID,
    record: StopRecord,
    actor: Actor,
    now: datetime,
    seen: str = "",
    child: bool | None = None,
) -> AlertData:
    """The whole record of a stop as the officer said it, and with it whether the person looks under 18 (None:
    nothing was said of that, it stays as it is). All of it is stored, or nothing.

    `seen` and what is raised: as in `engagements.record_stop`; and as in `enter`.
    """
    about = _about(alert_id, officer_id, actor, now)
    if child is not None:
        engagements.mark_child(child=child, **about)
    return engagements.record_stop(record=record, seen=seen, **about)


def _about(alert_id: UUID, officer_id: UUID, actor: Actor, now: datetime) -> dict[str, Any]:
    try:
        officer = accounts.actor_for(user_id=officer_id, force_id=current_force_id(), origin=actor.origin)
    except NotPermitted as gone:
        raise RuleViolated(["choose an engagement officer who is on duty here"]) from gone
    return {"alert_id": alert_id, "actor": officer, "entered_by": actor, "now": now}
