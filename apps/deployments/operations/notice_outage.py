"""The notice clock stops while the public page was away for longer than the force's tolerance."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.deployments import queries
from apps.deployments.data import DeploymentData
from apps.deployments.operations._steps import lock, note_audit
from apps.deployments.rules.policies import check_role
from apps.deployments.rules.states import APPROVED_BEFORE_START


@transaction.atomic
def set_notice_back(*, deployment_id: UUID, by: timedelta, actor: Actor, now: datetime) -> DeploymentData:
    """Told by notices: the notice counts from `by` later, for so long nobody could read it.

    Raises RuleViolated for a deployment whose notice does not run.
    """
    check_role(actor, Role.SYSTEM)
    row = lock(deployment_id)
    before = row.notice_verified_at
    if before is None or row.state not in APPROVED_BEFORE_START or by <= timedelta(0):
        raise RuleViolated(["There is no notice whose clock could stop."], code="no_notice")
    row.notice_verified_at = before + by
    row.save()
    note_audit(
        row,
        "deployment.notice_set_back",
        actor=actor,
        now=now,
        payload={"from": before.isoformat(), "to": row.notice_verified_at.isoformat()},
    )
    return queries.as_data(row)
