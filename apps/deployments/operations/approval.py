"""What an authorising officer does, and what the notice tells the deployment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.deployments import queries
from apps.deployments.data import DeploymentData, Duty, Step
from apps.deployments.models import Deployment
from apps.deployments.operations import confirmed
from apps.deployments.operations._steps import (
    begin,
    begin_by_itself,
    bring_purge_forward,
    enter,
    finish,
    lock,
    note_audit,
    person,
)
from apps.deployments.rules.conditions import cleaned
from apps.deployments.rules.policies import check_hash, check_reason, check_role
from apps.deployments.rules.states import (
    APPROVE,
    APPROVED_BEFORE_START,
    DEPLOYMENTS,
    PUBLISH_NOTICE,
    PUBLISH_RESULTS,
)
from apps.deployments.rules.urgency import confirmation_due


@transaction.atomic
def approve(
    *,
    deployment_id: UUID,
    reasons: str,
    authority_hash: str,
    actor: Actor,
    now: datetime,
    conditions: Sequence[str] = (),
) -> DeploymentData:
    """Approve exactly the content the officer read: `authority_hash` is the hash that was on their page.

    Each of `conditions` must be met before recognition starts. An officer below superintendent approves what
    is urgent, and the approval then waits for its confirmation (`confirm_by`). Raises NotPermitted for
    anybody who planned or ran any of it, RuleViolated when the content has changed since, the reasons are
    missing, or the plan has meanwhile become impossible.
    """
    row, known = enter(deployment_id, Step.APPROVE, actor=actor, now=now)
    transition = DEPLOYMENTS.apply(APPROVE, current=known.deployment.state, actor=actor)
    check_reason(reasons)
    texts = cleaned(conditions)
    check_hash(seen=authority_hash, current=known.deployment.authority.sha256())
    row.approved_hash = authority_hash
    row.approver_id, row.approver_label = person(actor), actor.label
    row.approved_at = now
    row.confirm_by = confirmation_due(actor=actor, now=now, hours=known.force.urgent_confirmation_hours)
    confirmed.set_conditions(row, texts, actor=actor, now=now)
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reasons,
        duty=Duty.AUTHORISING,
        payload=_on_record(row, texts),
        event="deployment.approved",
    )


def _on_record(row: Deployment, conditions: Sequence[str]) -> dict[str, object]:
    """What the record keeps of an approval besides its reasons."""
    return {
        "approved_hash": row.approved_hash,
        "conditions": list(conditions),
        "urgent": row.urgent,
        "confirm_by": row.confirm_by and row.confirm_by.isoformat(),
    }


def return_(*, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    """Send it back to the planner, who may change and submit it again."""
    return _decline(Step.RETURN, deployment_id, reasons, actor, now)


def refuse(*, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    """The end of this deployment."""
    return _decline(Step.REFUSE, deployment_id, reasons, actor, now)


@transaction.atomic
def _decline(step: Step, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    row, _, transition = begin(deployment_id, step, actor=actor, now=now)
    check_reason(reasons)
    return finish(row, transition, actor=actor, now=now, reasons=reasons, duty=Duty.AUTHORISING)


@transaction.atomic
def revoke(*, deployment_id: UUID, reasons: str, actor: Actor, now: datetime) -> DeploymentData:
    """An officer may end it at any time, live or not. Nothing but the role stands in the way of a stop."""
    row, deployment, transition = begin(deployment_id, Step.REVOKE, actor=actor, now=now)
    check_reason(reasons)
    if deployment.started_at is not None:
        row.ended_at = min(now, row.window_end)
    bring_purge_forward(row, since=now, now=now)
    return finish(row, transition, actor=actor, now=now, reasons=reasons, event="deployment.revoked")


@transaction.atomic
def mark_notice_published(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Told by notices. A notice renewed after a widening that moved nothing keeps its first instant."""
    row, _, transition = begin_by_itself(deployment_id, PUBLISH_NOTICE, actor)
    if row.notice_published_at is None:
        row.notice_published_at = now
    return finish(row, transition, actor=actor, now=now)


@transaction.atomic
def mark_notice_verified(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Told by notices once the page was seen from outside: the notice clock starts. The first time counts."""
    check_role(actor, Role.SYSTEM)
    row = lock(deployment_id)
    deployment = queries.as_data(row)
    if deployment.notice_verified_at is not None:
        return deployment
    if deployment.notice_published_at is None or deployment.state not in APPROVED_BEFORE_START:
        raise RuleViolated(["There is no published notice to verify."], code="no_notice")
    if now < deployment.notice_published_at:
        raise RuleViolated(["A page cannot have been seen before it was published."], code="no_notice")
    row.notice_verified_at = now
    row.save()
    payload = {"published_at": deployment.notice_published_at.isoformat(), "verified_at": now.isoformat()}
    note_audit(row, "deployment.notice_verified", actor=actor, now=now, payload=payload)
    return queries.as_data(row)


@transaction.atomic
def mark_results_published(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Told by whoever publishes the results of a reviewed deployment."""
    row, _, transition = begin_by_itself(deployment_id, PUBLISH_RESULTS, actor)
    return finish(row, transition, actor=actor, now=now)
