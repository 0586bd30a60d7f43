"""Writes of the alerts app, each atomic with its audit event and its change number.

Lock order everywhere: alert rows, then the deployment's row (its duties), then the counter row. How an alert
is raised is in raising.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.alerts import engagement_policies, engagement_queries, engagements, policies
from apps.alerts.changes import changed, locked, move, record
from apps.alerts.data import (
    UNDECIDED,
    AlertData,
    AlertState,
    EngagementDecision,
    OperatorDecision,
    Outcome,
    PictureKind,
    Step,
)
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.alerts.policies import Case
from apps.alerts.queries import case_of, is_volunteer, to_data
from apps.alerts.states import CONTRADICT, EXPIRE, LAPSE_UNSURE, RECORD_OUTCOME
from apps.core import events
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from apps.forces import api as forces
from apps.vault import api as vault
from apps.vault.data import KeyDestroyed
from apps.watchlists import api as watchlists


@transaction.atomic
def operator_decide(*, alert_id: UUID, decision: OperatorDecision, actor: Actor, now: datetime) -> AlertData:
    """The first decision, blind. "Not a match" ends it; "unsure" asks another operator.

    Raises InvalidTransition, NotPermitted, RuleViolated once the time to decide has passed, AlertClaimed
    while a colleague works on it. Who decides without a claim needs none: the locked row is theirs.
    """
    alert = locked(alert_id)
    case = case_of(alert)
    policies.check_operator_decide(case, decision=decision, actor=actor, now=now)
    policies.check_unclaimed(case.alert, actor=actor, now=now)
    deployments.record_duty(deployment_id=alert.deployment_id, duty=Duty.OPERATOR, actor=actor, now=now)
    _add_decision(alert, Step.OPERATOR, decision.value, "", actor, now)
    if decision is OperatorDecision.MATCH:
        rules = deployments.rules_of(case.deployment)
        alert.expires_at = now + timedelta(minutes=rules.dispatch_minutes)
    return move(alert, policies.operator_transition(case.alert, decision), actor, now)


@transaction.atomic
def engagement_decide(
    *,
    alert_id: UUID,
    decision: EngagementDecision,
    reason: str,
    actor: Actor,
    now: datetime,
    entered_by: Actor | None = None,
) -> AlertData:
    """The second decision, by another person. Not engaging needs its reason and is an outcome of itself.

    `entered_by` writes down what `actor` said by radio (radio.py).
    """
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    policies.check_engagement_decide(case, decision=decision, actor=actor, now=now)
    policies.check_unclaimed(case.alert, actor=actor, now=now)
    policies.check_reason(decision, reason)
    deployments.record_duty(deployment_id=alert.deployment_id, duty=Duty.ENGAGEMENT, actor=actor, now=now)
    _add_decision(alert, Step.ENGAGEMENT, decision.value, reason.strip(), actor, now, entered_by)
    if decision is EngagementDecision.DO_NOT_ENGAGE:
        _add_outcomes(alert, [Outcome.NOT_ENGAGED], actor, now, entered_by)
    else:
        engagements.begin(alert, now)
    return move(alert, decision.value, actor, now, reason=reason.strip(), entered_by=entered_by)


@transaction.atomic
def record_outcome(
    *,
    alert_id: UUID,
    outcomes: Collection[Outcome],
    actor: Actor,
    now: datetime,
    status_confirmed: bool = False,
    status_asked: str = "",
    entered_by: Actor | None = None,
) -> AlertData:
    """Adds `outcomes` to what is recorded; several may hold, and repeating one changes nothing.

    `status_confirmed`: the officer checked that the person is still wanted. Without it, or before the
    identity is established, no arrest is recorded; after a contradiction nothing is. Of a volunteer no
    arrest, breach or summons is; of somebody who came off the list no arrest. Where the force's service has
    not answered since the alert, `status_asked` says whom the officer asked instead. The clock of an
    engagement ends with it.
    """
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    case = with_status(case, now=now)
    check_prose(status_asked=status_asked)
    policies.check_record_outcome(
        case, outcomes=outcomes, status_confirmed=status_confirmed, actor=actor, status_asked=status_asked
    )
    added = sorted(set(outcomes) - set(case.outcomes))
    _add_outcomes(alert, added, actor, now, entered_by)
    engagements.finish(alert, now)
    told: dict[str, Any] = {"outcomes": [outcome.value for outcome in added]}
    if Outcome.ARREST in added and status_asked.strip():
        told["status_asked"] = status_asked.strip()
    return move(alert, RECORD_OUTCOME, actor, now, entered_by=entered_by, **told)


def with_status(case: Case, *, now: datetime) -> Case:
    """What is known of the person: a volunteer, found by an officer, off the list, confirmed since the alert
    by the service."""
    subject_id = case.alert.subject_id
    card = watchlists.subject_cards(subject_ids=[subject_id], now=now).get(subject_id)
    service = bool(forces.get_force(force_id=case.alert.force_id).status_service)
    checked = None if card is None else card.status_checked_at
    engagement = engagement_queries.engagements_of(alert_ids=[case.alert.id]).get(case.alert.id)
    return replace(
        case,
        volunteer=is_volunteer(case, card),
        located=engagement is not None and engagement.located,
        off_the_list=card is not None and card.removed_at is not None,
        service_silent=service and (checked is None or checked < case.alert.raised_at),
    )


@transaction.atomic
def identity_contradicted(
    *, alert_id: UUID, actor: Actor, now: datetime, entered_by: Actor | None = None
) -> AlertData:
    """One press: the person is released, a stop of theirs is over, the alert is false, that stays known for
    the day, and the review has to say something of it (EngagementData.to_examine)."""
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    policies.check_contradict(case, actor=actor)
    if not case.contradicted:
        _add_outcomes(alert, [Outcome.RELEASED_IDENTITY_WRONG], actor, now, entered_by)
        engagements.finish(alert, now, released=True)
    return move(alert, CONTRADICT, actor, now, entered_by=entered_by)


@transaction.atomic
def establish_identity(
    *, alert_id: UUID, actor: Actor, now: datetime, entered_by: Actor | None = None
) -> AlertData:
    """The officer established by ordinary means who this is: from now on the card gives the offence."""
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    policies.check_establish_identity(case, actor=actor)
    alert.identity_established_at, alert.identity_established_by = now, actor.label
    alert.identity_entered_by = entered_by.label if entered_by else ""
    return changed(alert, actor, "alert.identity_established", now, entered_by=entered_by)


@transaction.atomic
def mark_shown(*, alert_id: UUID, actor: Actor, now: datetime) -> AlertData:
    """The first time an operator's console put the alert on a screen; later calls change nothing."""
    alert = locked(alert_id)
    if alert.first_shown_at is None:
        policies.check_shown(to_data(alert), actor=actor, now=now)
        alert.first_shown_at = now
        alert.save(update_fields=["first_shown_at"])
        record(alert, actor, "alert.shown", now)
    return to_data(alert)


@transaction.atomic
def expire_undecided(*, now: datetime) -> int:
    """Every alert of the current force whose time to decide has passed becomes "no stop", also one that an
    operator called a match and no officer decided on. Returns how many.

    A decision in flight keeps its row: it is skipped, not waited for, and the next sweep looks again.
    """
    actor = Actor.system(force_id=current_force_id(), label="alert expiry")
    due = (
        Alert.objects.select_for_update(skip_locked=True)
        .filter(state__in=UNDECIDED, expires_at__lte=now)
        .order_by("deployment_id", "number")
    )
    expired = list(due)
    for alert in expired:
        move(alert, LAPSE_UNSURE if alert.state == AlertState.UNSURE else EXPIRE, actor, now)
    return len(expired)


@transaction.atomic
def view_picture(*, alert_id: UUID, which: PictureKind, actor: Actor, now: datetime) -> bytes:
    """JPEG bytes of one face, with an audit event for the looking.

    Raises NotFound (another force's alert does not exist here), NotPermitted, PictureGone after the deadline.
    """
    try:
        alert = Alert.objects.get(id=alert_id)
    except Alert.DoesNotExist as missing:
        raise NotFound("there is no such alert") from missing
    policies.check_view_picture(case_of(alert), which=which, actor=actor, now=now)
    picture = _read_picture(alert, which)
    record(alert, actor, "alert.face_viewed", now, picture=which.value)
    return picture


def _read_picture(alert: Alert, which: PictureKind) -> bytes:
    gone = f"the {which.value} picture of this alert is deleted"
    try:
        if which is PictureKind.CANDIDATE:
            blob_id = watchlists.subject_card(subject_id=alert.subject_id).picture_blob_id
        else:
            blob_id = alert.probe_blob_id
        if blob_id is None:  # the subject was removed, or the alert is purged
            raise policies.PictureGone(gone)
        return vault.read(blob_id=blob_id)
    except (NotFound, KeyDestroyed) as problem:
        raise policies.PictureGone(gone) from problem


def _add_decision(
    alert: Alert,
    step: Step,
    value: str,
    reason: str,
    actor: Actor,
    now: datetime,
    entered_by: Actor | None = None,
) -> None:
    Decision.objects.create(
        alert=alert,
        step=step,
        value=value,
        reason=reason,
        actor_id=policies.person(actor),
        actor_label=actor.label,
        decided_at=now,
        entered_by_id=entered_by.id if entered_by else None,
        entered_by=entered_by.label if entered_by else "",
    )


def _add_outcomes(
    alert: Alert,
    outcomes: Collection[Outcome],
    actor: Actor,
    now: datetime,
    entered_by: Actor | None = None,
) -> None:
    for outcome in outcomes:
        AlertOutcome.objects.create(
            alert=alert,
            outcome=outcome,
            actor_id=policies.person(actor),
            actor_label=actor.label,
            recorded_at=now,
            entered_by_id=entered_by.id if entered_by else None,
            entered_by=entered_by.label if entered_by else "",
        )
        if outcome == Outcome.RELEASED_IDENTITY_WRONG:
            payload = {"deployment_id": str(alert.deployment_id)}
            events.emit(kind="alert.confirmed_false", subject_id=alert.id, payload=payload, now=now)
