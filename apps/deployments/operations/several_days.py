"""An operation of several days (domain.md §2): one more day, and all of its plans submitted together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import DomainError, RuleViolated
from apps.deployments import queries
from apps.deployments.assessment_queries import list_assessments
from apps.deployments.data import DeploymentData
from apps.deployments.operations.saving import start_plan, submit_plan
from apps.deployments.planning.plans import copy_of


@transaction.atomic
def add_day(
    *, deployment_id: UUID, window: tuple[datetime, datetime], actor: Actor, now: datetime
) -> DeploymentData:
    """Another draft of the same operation, with the words and choices of this one at another time.

    No list, no approval and no urgency is taken over, and of the assessments those in force on that day.
    Raises RuleViolated where the plan names no operation.
    """
    source = queries.get(deployment_id=deployment_id)
    if not source.authority.operation.strip():
        raise RuleViolated(
            ["Name the operation first: each of its days says which it belongs to."], code="no_operation"
        )
    covering = [each.ref for each in list_assessments() if each.covers(*window)]
    copied = copy_of(source.authority, cameras=set(queries.registered_cameras()), assessments=covering)
    return start_plan(
        authority=replace(copied, window_start=window[0], window_end=window[1]),
        publish_at=None,
        copied_from=deployment_id,
        day_of=deployment_id,
        actor=actor,
        now=now,
    )


@transaction.atomic
def submit_together(
    *, operation_of: UUID, versions: Mapping[UUID, str], actor: Actor, now: datetime
) -> list[DeploymentData]:
    """Submit these days of the operation of a deployment as they were read, or none of them. `versions` are
    those of plans.plan_version.

    Raises RuleViolated with what is missing from each, by its reference; NotFound for another force's.
    """
    if not versions:
        raise RuleViolated(["Choose at least one day."], code="no_days")
    operation = queries.get(deployment_id=operation_of).operation_id
    if any(queries.get(deployment_id=each).operation_id != operation for each in versions):
        raise RuleViolated(["These are not days of one operation. Open the page again."], code="no_days")
    submitted: list[DeploymentData] = []
    reasons: list[str] = []
    for deployment_id, version in sorted(versions.items()):
        try:
            with transaction.atomic():
                submitted.append(
                    submit_plan(deployment_id=deployment_id, version=version, actor=actor, now=now)
                )
        except RuleViolated as refused:
            reasons += _named(deployment_id, refused.reasons)
        except DomainError as refused:
            reasons += _named(deployment_id, [refused.message])
    if reasons:
        raise RuleViolated(reasons, code="not_submittable")
    return submitted


def _named(deployment_id: UUID, reasons: tuple[str, ...] | list[str]) -> list[str]:
    reference = queries.get(deployment_id=deployment_id).reference
    return [f"{reference}: {reason}" for reason in reasons]
