"""What follows an approval before it holds in full: conditions, and the confirmation of an urgent one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.text import check_prose
from apps.deployments import queries
from apps.deployments.data import ConditionData, DeploymentData, Duty, Step
from apps.deployments.models import ApprovalCondition, Deployment
from apps.deployments.operations._steps import (
    bring_purge_forward,
    emit,
    enter,
    finish,
    note_audit,
    note_decision,
    note_duty,
    person,
)
from apps.deployments.rules.gate_tables import AFTERWARDS, roles_of
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason
from apps.deployments.rules.states import DEPLOYMENTS, RUNNING


def set_conditions(row: Deployment, texts: Sequence[str], *, actor: Actor, now: datetime) -> None:
    """Those of the approval that is being given. Called inside its transaction."""
    check_prose(conditions="\n".join(texts))
    for number, text in enumerate(texts, start=1):
        ApprovalCondition.objects.create(
            deployment=row, number=number, text=text, set_by=actor.label, set_at=now
        )


def lapse_approval(row: Deployment, *, now: datetime) -> None:
    """Nothing of an approval outlives it: neither its conditions nor what confirms it. The caller saves."""
    row.approved_hash = row.approved_at = row.approver_id = None
    row.confirm_by = row.confirmed_at = row.confirmer_id = None
    row.approver_label = row.confirmer_label = ""
    ApprovalCondition.objects.filter(deployment=row, lapsed_at__isnull=True).update(lapsed_at=now)


@transaction.atomic
def meet_condition(
    *, deployment_id: UUID, condition_id: UUID, note: str, actor: Actor, now: datetime
) -> ConditionData:
    """Say how a condition was met: recognition may start once none is open. Raises RuleViolated where it was
    met or lapsed already."""
    row, _ = enter(deployment_id, Step.MEET_CONDITION, actor=actor, now=now)
    check_reason(note, minimum=MIN_SHORT_REASON)
    check_prose(note=note)
    condition = ApprovalCondition.objects.filter(deployment=row, id=condition_id).first()
    if condition is None:
        raise NotFound("there is no such condition of this approval")
    if condition.met_at is not None or condition.lapsed_at is not None:
        raise RuleViolated(["This condition is not open any more."], code="no_condition")
    condition.met_by_id, condition.met_by = person(actor), actor.label
    condition.met_at, condition.note = now, note.strip()
    condition.save(update_fields=["met_by_id", "met_by", "met_at", "note"])
    role = min(actor.roles & roles_of(Step.MEET_CONDITION))
    said = f"Condition {condition.number}: {condition.text} {note.strip()}"
    note_decision(row, "meet_condition", role=role, actor=actor, reasons=said, now=now)
    payload = {"number": condition.number, "condition": condition.text}
    note_audit(row, "deployment.condition_met", actor=actor, now=now, reasons=note, payload=payload)
    return next(each for each in queries.conditions(deployment_id=row.id) if each.id == condition_id)


@transaction.atomic
def confirm(*, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    """A superintendent confirms an urgent approval, also after the deadline: then it may be resumed."""
    row, _ = enter(deployment_id, Step.CONFIRM, actor=actor, now=now)
    check_reason(reasons)
    row.confirmed_at = now
    row.confirmer_id, row.confirmer_label = person(actor), actor.label
    row.save()
    note_duty(row, Duty.AUTHORISING, actor=actor, now=now)
    note_decision(row, "confirm", role=Role.AUTHORISING_OFFICER, actor=actor, reasons=reasons, now=now)
    payload = {"approved_hash": row.approved_hash}
    note_audit(row, "deployment.confirmed", actor=actor, now=now, reasons=reasons, payload=payload)
    emit(row, "deployment.confirmed", now=now)
    return queries.as_data(row)


@transaction.atomic
def refuse_afterwards(*, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    """A superintendent refuses an urgent approval: it ends, its list goes now, the public is told why."""
    row, known = enter(deployment_id, Step.REFUSE_AFTERWARDS, actor=actor, now=now)
    check_reason(reasons)
    row.refused_afterwards_at = now
    bring_purge_forward(row, since=now, now=now, at_once=True)
    state = known.deployment.state
    if state in AFTERWARDS:
        if state in RUNNING:
            row.ended_at = min(now, row.window_end)
        transition = DEPLOYMENTS.apply(AFTERWARDS[state], current=state, actor=actor)
        return finish(
            row,
            transition,
            actor=actor,
            now=now,
            reasons=reasons,
            duty=Duty.AUTHORISING,
            event="deployment.refused_afterwards",
        )
    row.save()
    note_duty(row, Duty.AUTHORISING, actor=actor, now=now)
    role = Role.AUTHORISING_OFFICER
    note_decision(row, "refuse_afterwards", role=role, actor=actor, reasons=reasons, now=now)
    payload = {"state": row.state, "authority_hash": row.authority_hash}
    note_audit(row, "deployment.refused_afterwards", actor=actor, now=now, reasons=reasons, payload=payload)
    emit(row, "deployment.refused_afterwards", now=now)
    return queries.as_data(row)
