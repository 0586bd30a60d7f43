"""Going off duty, and what the platform does when too few people are left (domain.md §2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.deployments import facts, queries
from apps.deployments.data import Cause, DeploymentData, DeploymentState, Duty
from apps.deployments.models import DeploymentDuty
from apps.deployments.operations._steps import lock, note_audit, person
from apps.deployments.operations.running import suspend_by_itself
from apps.deployments.rules.policies import DUTY_ROLES, check_role
from apps.deployments.rules.staffing import ON_DUTY, unstaffed
from apps.deployments.rules.words import DUTY_WORDS

STAFFING = "staffing"


@transaction.atomic
def lay_down_duty(*, deployment_id: UUID, duty: Duty, actor: Actor, now: datetime) -> DeploymentData:
    """Go off duty. What the person did stays known for separation of duties; whoever leaves too few people
    on a live deployment suspends it by that, at once.

    Raises RuleViolated for a duty that the actor is not on.
    """
    check_role(actor, *(role for one in ON_DUTY for role in DUTY_ROLES[one]))
    row = lock(deployment_id)
    taken = DeploymentDuty.objects.filter(
        deployment=row, actor_id=person(actor), duty=duty, laid_down_at__isnull=True
    ).first()
    if duty not in ON_DUTY or taken is None:
        raise RuleViolated([f"You are not on duty as {DUTY_WORDS[duty]} here."], code="not_on_duty")
    taken.laid_down_at = now
    taken.save(update_fields=["laid_down_at"])
    note_audit(row, "deployment.duty_laid_down", actor=actor, now=now, payload={"duty": str(duty)})
    suspend_if_unstaffed(deployment_id=row.id, now=now)
    return queries.get(deployment_id=row.id)


def suspend_if_unstaffed(*, deployment_id: UUID, now: datetime) -> bool:
    """Stop a live deployment that has lost its minimum staffing: duties laid down, roles or training lost."""
    deployment = queries.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.LIVE:
        return False
    known = facts.of(deployment)
    missing = unstaffed(known.duties, minimum=known.force.minimum_staffing, lapsed=known.lapsed(now))
    if not missing:
        return False
    reason = " ".join(["Too few people are on duty.", *missing])
    stopped = suspend_by_itself(
        deployment_id=deployment_id, cause=Cause.STAFFING, reason=reason, label=STAFFING, now=now
    )
    return stopped is not None
