"""Results that are published and turned out wrong: counted anew from the record, with a reason in writing.

Nobody types a number. What an officer recorded after the review (an outcome may be, until the pictures are
deleted) is in the record at once, and in the results when somebody has them corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.deployments import api as deployments
from apps.notices import api as notices
from apps.scrutiny import operations, queries
from apps.scrutiny.results import results_of

# A recount would find nothing: what was published stays, and is not replaced by noughts.
LOG_DELETED = (
    "The log of alerts was deleted by the years of the schedule. What was published cannot be counted anew."
)


@dataclass(frozen=True)
class Correction:
    """What would change on the public pages: (what, from, to); nothing of what is not published."""

    deployment_id: UUID
    reference: str
    is_published: bool
    changes: tuple[tuple[str, str, str], ...]


def possible_correction(*, reference: str) -> Correction:
    """Raises NotFound for a deployment that is not there."""
    deployment = deployments.get_by_reference(reference=reference)
    if deployment.log_deleted_at is not None:
        return Correction(deployment.id, deployment.reference, True, ())
    results = results_of(queries.deployment_record(deployment_id=deployment.id))
    try:
        changes = notices.differences(deployment_id=deployment.id, results=results)
    except NotFound:
        return Correction(deployment.id, deployment.reference, False, ())
    return Correction(deployment.id, deployment.reference, True, changes)


def public_reason(*, deployment_id: UUID, reason: str) -> str:
    """As it will be read: without names and ways to reach anybody, as far as the platform knows them."""
    return queries.redacted(deployment_id=deployment_id, texts=[reason.strip()])[0]


@transaction.atomic
def correct_results(*, deployment_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Raises NotPermitted, ReauthenticationNeeded, NotFound, RuleViolated."""
    if deployments.get(deployment_id=deployment_id).log_deleted_at is not None:
        raise RuleViolated([LOG_DELETED], code="log_deleted")
    operations.remember_redactions(deployment_id=deployment_id, now=now)
    notices.correct_results(
        deployment_id=deployment_id,
        results=results_of(queries.deployment_record(deployment_id=deployment_id)),
        reason=public_reason(deployment_id=deployment_id, reason=reason),
        actor=actor,
        now=now,
    )
