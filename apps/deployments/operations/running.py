"""The day itself: checklist, ready, start, suspend, resume, end, review; and the sweeps that need nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments import gates, queries
from apps.deployments.data import CheckKind, DeploymentData, DeploymentState, Duty, Step
from apps.deployments.models import CheckRecord
from apps.deployments.operations._steps import (
    begin,
    begin_by_itself,
    bring_purge_forward,
    enter,
    finish,
    note_audit,
    note_duty,
)
from apps.deployments.policies import MIN_SHORT_REASON, check_passes, check_reason
from apps.deployments.states import APPROVED_BEFORE_START, END_AT_WINDOW_CLOSE, EXPIRE, RUNNING
from apps.deployments.words import CHECK_WORDS

log = logging.getLogger(__name__)


@transaction.atomic
def record_check(
    *, deployment_id: UUID, kind: CheckKind, passed: bool, actor: Actor, now: datetime, note: str = ""
) -> DeploymentData:
    """Record one checklist item, which puts its recorder on duty. A failed one on a live deployment suspends
    it at once (domain.md §2)."""
    row, known = enter(deployment_id, Step.CHECK, actor=actor, now=now)
    duty = gates.check_item(kind, known, actor)
    if passed:
        gates.check_result(kind, known, actor, now)
    if duty is not None:
        note_duty(row, duty, actor=actor, now=now)
    if not passed:
        check_reason(note, minimum=MIN_SHORT_REASON)
    check_prose(note=note)
    CheckRecord.objects.create(
        deployment=row,
        kind=kind,
        passed=passed,
        note=note,
        actor_id=actor.id,
        actor_label=actor.label,
        recorded_at=now,
    )
    payload = {"kind": str(kind), "passed": passed}
    note_audit(row, "deployment.check_recorded", actor=actor, now=now, reasons=note, payload=payload)
    if not passed and row.state == DeploymentState.LIVE:
        itself = Actor.system(force_id=row.force_id, label="checklist")
        reason = f"The check of {CHECK_WORDS[kind]} failed: {note}"
        return suspend(deployment_id=row.id, reason=reason, actor=itself, now=now)
    return queries.as_data(row)


@transaction.atomic
def make_ready(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Raises RuleViolated with everything the checklist still lacks."""
    row, _, transition = begin(deployment_id, Step.MAKE_READY, actor=actor, now=now)
    return finish(row, transition, actor=actor, now=now, duty=Duty.SILVER)


@transaction.atomic
def start(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Recognition may begin. Raises RuleViolated with every reason why it may not (domain.md §2 and §3)."""
    row, _, transition = begin(deployment_id, Step.START, actor=actor, now=now)
    row.started_at = now
    payload = {"seal_hash": row.accepted_seal_hash, "approved_hash": row.approved_hash}
    return finish(
        row, transition, actor=actor, now=now, duty=Duty.SILVER, payload=payload, event="deployment.live"
    )


@transaction.atomic
def suspend(*, deployment_id: UUID, reason: str, actor: Actor, now: datetime) -> DeploymentData:
    """Anyone on duty may; nothing but the role stands in the way of a stop."""
    row, _, transition = begin(deployment_id, Step.SUSPEND, actor=actor, now=now)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    return finish(row, transition, actor=actor, now=now, reasons=reason, event="deployment.suspended")


@transaction.atomic
def resume(*, deployment_id: UUID, actor: Actor, now: datetime, reason: str = "") -> DeploymentData:
    """Asks everything that a start asks, again. What somebody has to look at, only they can know."""
    row, _, transition = begin(deployment_id, Step.RESUME, actor=actor, now=now)
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reason,
        duty=Duty.SILVER,
        event="deployment.resumed",
    )


@transaction.atomic
def end(*, deployment_id: UUID, actor: Actor, now: datetime, reason: str = "") -> DeploymentData:
    """The silver commander ends it; the list goes within the force's hours from now."""
    row, _, transition = begin(deployment_id, Step.END, actor=actor, now=now)
    row.ended_at = min(now, row.window_end)
    bring_purge_forward(row, since=now, now=now)
    return finish(
        row, transition, actor=actor, now=now, reasons=reason, duty=Duty.SILVER, event="deployment.ended"
    )


@transaction.atomic
def review(
    *,
    deployment_id: UUID,
    findings: str,
    actor: Actor,
    now: datetime,
    blue_list_passes: int | None = None,
) -> DeploymentData:
    """What was learnt, in writing. It need not wait for the purge.

    `blue_list_passes`: how often people of the Blue List walked past a camera, where somebody counted; the
    True Recognition Rate is measured by it (domain.md §7).
    """
    row, deployment, transition = begin(deployment_id, Step.REVIEW, actor=actor, now=now)
    check_reason(findings)
    check_passes(blue_list_passes, rehearsal=deployment.authority.rehearsal)
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=findings,
        payload={} if blue_list_passes is None else {"blue_list_passes": blue_list_passes},
        event="deployment.reviewed",
    )


def end_overdue(*, now: datetime) -> int:
    """End what is past its window, for the open force. Recognition stopped when the window closed already."""
    return _sweep(RUNNING, _end_by_itself, now)


def expire_overdue(*, now: datetime) -> int:
    """Expire what was approved and never started, once its window is over, for the open force."""
    return _sweep(APPROVED_BEFORE_START, _expire, now)


@transaction.atomic
def _end_by_itself(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    row, _, transition = begin_by_itself(deployment_id, END_AT_WINDOW_CLOSE, actor)
    row.ended_at = row.window_end
    bring_purge_forward(row, since=row.window_end, now=now)
    finish(row, transition, actor=actor, now=now, reasons="the window is over", event="deployment.ended")


@transaction.atomic
def _expire(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    row, _, transition = begin_by_itself(deployment_id, EXPIRE, actor)
    bring_purge_forward(row, since=row.window_end, now=now)
    finish(row, transition, actor=actor, now=now, reasons="never started", event="deployment.expired")


def _sweep(
    states: frozenset[DeploymentState], step: Callable[[UUID, Actor, datetime], None], now: datetime
) -> int:
    """One savepoint each: a deployment that cannot be moved must not hold up the others."""
    actor = Actor.system(force_id=current_force_id(), label="deployment sweep", origin="deployments.sweep")
    overdue = queries.rows().filter(state__in=sorted(states), window_end__lte=now)
    done = 0
    for deployment_id in list(overdue.values_list("id", flat=True)):
        try:
            step(deployment_id, actor, now)
        except Exception:  # logged here, and tried again by the next sweep
            log.exception("deployment %s could not be moved by the sweep", deployment_id)
        else:
            done += 1
    return done
