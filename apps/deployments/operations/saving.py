"""A plan as its form saves it: nobody's change is overwritten unseen, and no approval is lost by accident."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.deployments import queries
from apps.deployments.data import Authority, DeploymentData, Step
from apps.deployments.models import AuthorityRevision, Deployment
from apps.deployments.operations import planning
from apps.deployments.operations._steps import enter, lock, note_audit
from apps.deployments.planning.plans import check_publication, keep_equal, plan_version
from apps.deployments.rules.authority import compare
from apps.deployments.rules.states import APPROVED_STATES
from apps.forces import api as forces
from apps.forces.data import ForceData


@transaction.atomic
def start_plan(
    *,
    authority: Authority,
    publish_at: datetime | None,
    actor: Actor,
    now: datetime,
    copied_from: UUID | None = None,
    day_of: UUID | None = None,
) -> DeploymentData:
    """A new draft, perhaps as a copy of an earlier plan, or as a further day of the operation of `day_of`.
    Raises NotFound for those of another force."""
    if copied_from is not None:
        queries.get(deployment_id=copied_from)
    _check_publication(forces.get_force(force_id=actor.force_id), authority, publish_at)
    return planning.draft(
        authority=authority,
        publish_at=publish_at,
        copied_from=copied_from,
        day_of=day_of,
        actor=actor,
        now=now,
    )


@transaction.atomic
def save_plan(
    *,
    deployment_id: UUID,
    authority: Authority,
    publish_at: datetime | None,
    version: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    accept_voiding: bool = False,
) -> DeploymentData:
    """Save a plan that was opened as `version` (plans.plan_version). Saving what is there does nothing.

    Once it is approved, `publish_at` is left as it is, and a change that voids the approval needs
    `accept_voiding`. Raises RuleViolated with code changed_meanwhile, publish_late or would_void.
    """
    row = lock(deployment_id)
    deployment = queries.as_data(row)
    _check_version(deployment, version)
    authority = keep_equal(authority, deployment.authority)
    if deployment.state in APPROVED_STATES:
        if compare(deployment.authority, authority).is_widening and not accept_voiding:
            raise RuleViolated(
                ["This change widens the plan and ends its approval. Confirm that you mean it."],
                code="would_void",
            )
        return _amend(deployment, authority, actor, now, reason)
    _, known = enter(deployment_id, Step.EDIT, actor=actor, now=now)
    if publish_at != deployment.publish_at or authority.window_start != deployment.authority.window_start:
        _check_publication(known.force, authority, publish_at)
    if publish_at != deployment.publish_at:
        _publish_at(row, publish_at, actor, now)
    if authority == deployment.authority:
        return queries.as_data(row)
    return _amend(deployment, authority, actor, now, reason)


def _amend(
    deployment: DeploymentData, authority: Authority, actor: Actor, now: datetime, reason: str
) -> DeploymentData:
    return planning.amend(
        deployment_id=deployment.id, authority=authority, actor=actor, now=now, reason=reason
    )


def _publish_at(row: Deployment, at: datetime | None, actor: Actor, now: datetime) -> None:
    payload = {"from": row.publish_at and row.publish_at.isoformat(), "to": at and at.isoformat()}
    row.publish_at = at
    row.save(update_fields=["publish_at"])
    note_audit(row, "deployment.publication_planned", actor=actor, now=now, payload=payload)


def _check_publication(force: ForceData, authority: Authority, publish_at: datetime | None) -> None:
    if publish_at is not None:
        check_publication(authority, publish_at, notice_days=force.notice_minimum_days)


def _check_version(deployment: DeploymentData, version: str) -> None:
    if version == plan_version(deployment):
        return
    latest = AuthorityRevision.objects.filter(deployment_id=deployment.id).order_by("number").last()
    who = latest.actor_label if latest is not None else "Somebody"
    raise RuleViolated(
        [
            f"The plan changed after you opened it; the last change was made by {who}. What you typed is "
            "still here and is not saved. Look at what differs, and save again to put yours in its place."
        ],
        code="changed_meanwhile",
    )


@transaction.atomic
def submit_plan(
    *, deployment_id: UUID, version: str, actor: Actor, now: datetime, answer: str = ""
) -> DeploymentData:
    """Submit what was read (`planning.submit`). Raises RuleViolated (changed_meanwhile) where it is another
    plan by now."""
    deployment = queries.as_data(lock(deployment_id))
    if version != plan_version(deployment):
        raise RuleViolated(
            ["The plan changed after you opened this page. Read it as it is now, then submit it."],
            code="changed_meanwhile",
        )
    return planning.submit(deployment_id=deployment_id, actor=actor, now=now, answer=answer)
