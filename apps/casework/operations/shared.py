"""What every step of casework shares: numbers that are given once, the step's row, the audit event."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.casework.data import CaseKind
from apps.casework.models import CaseCounter, CaseStep
from apps.casework.policies import check_began, check_works
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData


def next_number(kind: CaseKind) -> int:
    """The force's next number of this class. The row is locked until the transaction ends, so that two who
    enter a case at once have one each, without a gap."""
    row = CaseCounter(kind=kind, force_id=current_force_id())
    CaseCounter.objects.bulk_create([row], ignore_conflicts=True)
    mine = CaseCounter.objects.select_for_update().get(kind=kind)
    mine.last_number += 1
    mine.save(update_fields=["last_number"])
    return int(mine.last_number)


def hold(what: str) -> None:
    """Whoever writes the next version of the same thing waits until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"casework {current_force_id()} {what}"]
        )


def add_step(
    kind: CaseKind,
    case_id: UUID,
    *,
    step: str,
    words: str,
    actor: Actor,
    now: datetime,
    no_part: bool | None = None,
) -> None:
    CaseStep.objects.create(
        kind=kind,
        case_id=case_id,
        step=step,
        words=words.strip(),
        no_part=no_part,
        actor_id=check_works(actor),
        actor_label=actor.label,
        recorded_at=now,
    )


def record(
    actor: Actor, verb: str, kind: str, object_id: UUID, payload: dict[str, Any], now: datetime
) -> None:
    """Closed values and numbers only: others read the audit than those who read a case's words."""
    audit.record(
        actor=actor,
        verb=f"casework.{verb}",
        object_type=kind,
        object_id=object_id,
        payload=payload,
        now=now,
    )


def of_force(deployment_id: UUID | None) -> DeploymentData | None:
    """The deployment that a case is about, if any; begun or not: a list is lost before the day, too.

    Raises NotFound for one of another force.
    """
    return None if deployment_id is None else deployments.get(deployment_id=deployment_id)


def begun(deployment_id: UUID | None) -> DeploymentData | None:
    """The same for what can only be of the day. Raises RuleViolated before it began."""
    found = of_force(deployment_id)
    if found is not None:
        check_began(found)
    return found


def check_alert(deployment_id: UUID | None, number: int | None, *, arrested: bool = False) -> None:
    """That the deployment has an alert of this number (`arrested`: with an arrest). Raises RuleViolated."""
    if number is None:
        return
    if deployment_id is None:
        raise RuleViolated(["An alert has a number within a deployment: choose the deployment too."])
    if arrested:
        if number not in alerts.arrests(deployment_ids=[deployment_id])[deployment_id]:
            raise RuleViolated([f"No arrest is recorded of alert {number} of this deployment."], code="alert")
    elif not alerts.is_alert(deployment_id=deployment_id, number=number):
        raise RuleViolated([f"This deployment has no alert {number}."], code="alert")
