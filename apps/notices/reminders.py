"""Reminders by mail of what is due: a confirmation, conditions, results. By the sweep, once for each
deadline.

Nothing here knows when it was run last: what is due now and was not told yet is told, also after a day
without a scheduler, and of two schedulers one finds the row of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.notices.models import OutgoingMail, Reminder
from apps.notices.staff_mails import CONDITIONS, CONFIRMATION, CONFIRMATION_SOON, RESULTS, TO

S = DeploymentState
BEFORE_START = frozenset({S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY})
UNDER_WAY = BEFORE_START | {S.LIVE, S.SUSPENDED}
SOON = timedelta(hours=3)
DAY_BEFORE = timedelta(hours=24)


def remind_due(*, now: datetime) -> int:
    """For the open force. How many mails were written."""
    return sum(
        _tell(deployment, kind, due_at, now)
        for deployment in deployments.list_in(states=UNDER_WAY | {S.ENDED})
        for kind, due_at in _due(deployment, now)
    )


def _due(deployment: DeploymentData, now: datetime) -> Iterator[tuple[str, datetime]]:
    """(kind, deadline) of what people are to be reminded of. A deadline that has passed is none any more:
    what then happens by itself has its own place on everybody's page."""
    state, by = deployment.state, deployment.confirm_by
    if state in UNDER_WAY and by is not None and deployment.confirmed_at is None and now < by:
        # One of the two: of a short time, or after a day without a scheduler, nobody is mailed both at once.
        yield (CONFIRMATION if now < by - SOON else CONFIRMATION_SOON), by
    start = deployment.authority.window_start
    is_near = state in BEFORE_START and start - DAY_BEFORE <= now < deployment.authority.window_end
    if is_near and any(each.is_open for each in deployments.conditions(deployment_id=deployment.id)):
        yield CONDITIONS, start
    if state is S.ENDED and deployment.ended_at is not None:
        days = deployments.rules_of(deployment).results_deadline_days
        due = deployments.earliest_start(deployment.ended_at, days)
        # Late results stay due: nothing happens by itself.
        if now >= due - DAY_BEFORE:
            yield RESULTS, due


@transaction.atomic
def _tell(deployment: DeploymentData, kind: str, due_at: datetime, now: datetime) -> int:
    people = _people(deployment, kind)
    if not people:
        return 0  # told as soon as somebody holds the role
    row, is_new = Reminder.objects.get_or_create(
        force_id=current_force_id(),
        deployment_id=deployment.id,
        kind=kind,
        due_at=due_at,
        defaults={"told_at": now},
    )
    if not is_new:
        return 0
    OutgoingMail.objects.bulk_create(
        OutgoingMail(reminder=row, user_id=person, kind=kind, created_at=now) for person in people
    )
    audit.record(
        actor=Actor.system(force_id=row.force_id, label="reminders"),
        verb="deployment.reminded_by_mail",
        object_type="deployment",
        object_id=deployment.id,
        payload={"kind": kind, "due": due_at.isoformat(), "people": len(people)},
        now=now,
    )
    return len(people)


def _people(deployment: DeploymentData, kind: str) -> list[UUID]:
    """Who holds the role; not who gave the approval that somebody else has to confirm."""
    found = accounts.holders(roles=TO[kind])
    if kind in {CONFIRMATION, CONFIRMATION_SOON}:
        found -= {deployment.approver_id} if deployment.approver_id else set()
    return sorted(found)
