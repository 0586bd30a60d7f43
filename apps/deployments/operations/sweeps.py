"""What becomes due by the clock. Deadlines are instants on the rows, so a sweep that comes late catches up;
the row is locked and asked again, so that of two schedulers one finds it done already."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.core.data import Actor
from apps.core.errors import InvalidTransition
from apps.core.tenancy import current_force_id
from apps.deployments import queries
from apps.deployments.data import Cause, DeploymentState
from apps.deployments.models import Deployment
from apps.deployments.operations._steps import begin_by_itself, bring_purge_forward, finish
from apps.deployments.operations.running import suspend_by_itself
from apps.deployments.rules import gates
from apps.deployments.rules.states import APPROVED_BEFORE_START, END_AT_WINDOW_CLOSE, EXPIRE, RUNNING

log = logging.getLogger(__name__)

UNCONFIRMED_REASON = "The urgent approval was not confirmed by a superintendent in time."


def end_overdue(*, now: datetime) -> int:
    """End what is past its window, for the open force. Recognition stopped when the window closed already."""
    return _sweep(queries.rows().filter(state__in=sorted(RUNNING), window_end__lte=now), _end, now)


def expire_overdue(*, now: datetime) -> int:
    """Expire what was approved and not started when its approval lapsed, for the open force."""
    waiting = queries.rows().filter(state__in=sorted(APPROVED_BEFORE_START), lapses_at__lte=now)
    return _sweep(waiting, _expire, now)


def suspend_unconfirmed(*, now: datetime) -> int:
    """Suspend, for the open force, what runs on an urgent approval that was not confirmed in time.
    Recognition stopped at that deadline already (`live_authority`)."""
    late = queries.rows().filter(state=DeploymentState.LIVE, confirm_by__lte=now, confirmed_at__isnull=True)
    return _sweep(late, _suspend, now)


@transaction.atomic
def _end(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    row, deployment, transition = begin_by_itself(deployment_id, END_AT_WINDOW_CLOSE, actor)
    gates.check_due(END_AT_WINDOW_CLOSE, deployment, now)
    row.ended_at = row.window_end
    bring_purge_forward(row, since=row.window_end, now=now)
    finish(row, transition, actor=actor, now=now, reasons="the window is over", event="deployment.ended")


@transaction.atomic
def _expire(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    row, deployment, transition = begin_by_itself(deployment_id, EXPIRE, actor)
    gates.check_due(EXPIRE, deployment, now)
    bring_purge_forward(row, since=row.lapses_at, now=now)
    finish(row, transition, actor=actor, now=now, reasons="never started", event="deployment.expired")


def _suspend(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    suspend_by_itself(
        deployment_id=deployment_id,
        cause=Cause.UNCONFIRMED,
        reason=UNCONFIRMED_REASON,
        label=actor.label,
        now=now,
    )


def _sweep(due: QuerySet[Deployment], step: Callable[[UUID, Actor, datetime], None], now: datetime) -> int:
    """One savepoint each: a deployment that cannot be moved must not hold up the others."""
    actor = Actor.system(force_id=current_force_id(), label="deployment sweep", origin="deployments.sweep")
    done = 0
    for deployment_id in list(due.values_list("id", flat=True)):
        try:
            step(deployment_id, actor, now)
        except InvalidTransition:
            continue  # somebody, or another sweep, was faster
        except Exception:  # logged here, and tried again by the next sweep
            log.exception("deployment %s could not be moved by the sweep", deployment_id)
        else:
            done += 1
    return done
