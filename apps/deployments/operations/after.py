"""What people were told on the street, what a review asks for, and the reminder before results are due."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.core.wording import say_moment
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentState
from apps.deployments.data_day import EngagementData, EngagementKind
from apps.deployments.models import EngagementEntry
from apps.deployments.operations._steps import emit, lock, note_audit, person
from apps.deployments.rules.policies import DUTY_ROLES, MIN_SHORT_REASON, check_reason, check_role
from apps.deployments.rules.staffing import ON_DUTY
from apps.deployments.rules.states import CHECKING
from apps.deployments.rules.waiting import REMIND_BEFORE, results_due

log = logging.getLogger(__name__)

# Signs and leaflets are out before recognition begins, and people come back with questions after it.
LOGGED_IN = CHECKING | {DeploymentState.ENDED}
LOGGED_BACK = timedelta(hours=24)


def check_may_log(actor: Actor) -> None:
    """Raises NotPermitted."""
    check_role(actor, *(role for duty in ON_DUTY for role in DUTY_ROLES[duty]))


@transaction.atomic
def log_engagement(
    *,
    deployment_id: UUID,
    kind: EngagementKind,
    happened_at: datetime,
    words: str,
    actor: Actor,
    now: datetime,
) -> EngagementData:
    """One entry of the public-engagement log, by anybody whose duty is on the street or the console."""
    check_may_log(actor)
    row = lock(deployment_id)
    if row.state not in LOGGED_IN:
        raise RuleViolated(
            ["The log is open from the sealed list until the review is written."], code="log_closed"
        )
    if happened_at > now:
        raise RuleViolated(["This time is still to come. Write when it happened."], code="log_time")
    if happened_at < now - LOGGED_BACK:
        raise RuleViolated(["Give a time within the last 24 hours."], code="log_time")
    # People write minutes: what was said in the minute of the seal is no earlier than it.
    if row.sealed_at is not None and happened_at < row.sealed_at.replace(second=0, microsecond=0):
        opened = say_moment(row.sealed_at)
        raise RuleViolated([f"The log opened when the list was sealed, on {opened}."], code="log_time")
    check_reason(words, minimum=MIN_SHORT_REASON)
    check_prose(words=words)
    entry = EngagementEntry.objects.create(
        deployment=row,
        kind=kind,
        happened_at=happened_at,
        words=words.strip(),
        actor_id=person(actor),
        actor_label=actor.label,
        recorded_at=now,
    )
    payload = {"kind": str(kind), "happened_at": happened_at.isoformat()}
    note_audit(row, "deployment.engagement_logged", actor=actor, now=now, payload=payload)
    return queries.as_engagement(entry)


def remind_results(*, now: datetime) -> int:
    """Remind once, a day before the force's deadline, of results that wait for a review; for a sweep."""
    waiting = queries.rows().filter(state=DeploymentState.ENDED, results_reminded_at__isnull=True)
    done = 0
    for deployment_id in list(waiting.values_list("id", flat=True)):
        try:
            done += _remind(deployment_id, now)
        except Exception:  # logged here, and tried again by the next sweep
            log.exception("nobody could be reminded of the results of deployment %s", deployment_id)
    return done


@transaction.atomic
def _remind(deployment_id: UUID, now: datetime) -> bool:
    row = lock(deployment_id)
    deployment = queries.as_data(row)
    due = results_due(deployment, facts.rules_of(deployment))
    if row.state != DeploymentState.ENDED or row.results_reminded_at is not None or due is None:
        return False
    if now < due - REMIND_BEFORE:
        return False
    row.results_reminded_at = now
    row.save(update_fields=["results_reminded_at"])
    actor = Actor.system(force_id=current_force_id(), label="results reminder")
    said = f"The results are due by {say_moment(due)}, and the review is not written."
    payload = {"due": due.isoformat()}
    note_audit(row, "deployment.results_reminder", actor=actor, now=now, reasons=said, payload=payload)
    emit(row, "deployment.results_due", now=now)
    return True
