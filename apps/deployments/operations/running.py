"""The day itself: checklist, ready, start, suspend, resume, end, review; and the sweeps that need nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import InvalidTransition
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments import queries, signs
from apps.deployments.data import Cause, CheckKind, DeploymentData, DeploymentState, Duty, Step
from apps.deployments.models import CheckRecord, Deployment, ReviewNote
from apps.deployments.operations._steps import (
    begin,
    bring_purge_forward,
    enter,
    finish,
    note_audit,
    note_duty,
    person,
)
from apps.deployments.rules import gates
from apps.deployments.rules.policies import (
    MIN_SHORT_REASON,
    check_passes,
    check_reason,
    has_blue_list,
)
from apps.deployments.rules.review_items import check_nothing_open
from apps.deployments.rules.suspensions import ACCURACY
from apps.deployments.rules.words import CHECK_WORDS


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
    if passed and kind is CheckKind.SIGNAGE:
        signs.check_evidence(known.looks)
    if duty is not None:
        note_duty(row, duty, actor=actor, now=now)
    if not passed:
        check_reason(note, minimum=MIN_SHORT_REASON)
    return write_check(row, kind, passed=passed, note=note, actor=actor, now=now)


def write_check(
    row: Deployment, kind: CheckKind, *, passed: bool, note: str, actor: Actor, now: datetime
) -> DeploymentData:
    """Write an item that was judged already, in the caller's transaction. A failed one stops what is live."""
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
        cause = Cause.SIGN_FAILED if kind is CheckKind.SIGNAGE else Cause.CHECK_FAILED
        return suspend(deployment_id=row.id, reason=reason, actor=itself, now=now, cause=cause)
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
def suspend(
    *, deployment_id: UUID, reason: str, actor: Actor, now: datetime, cause: Cause = Cause.PERSON
) -> DeploymentData:
    """Anyone on duty may; nothing but the role stands in the way of a stop. A `cause` is a kind of
    reason that the person chose (BY_A_PERSON), or the platform's own: it says who may resume, and is told to
    the public in words without names."""
    row, _, transition = begin(deployment_id, Step.SUSPEND, actor=actor, now=now)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    row.suspended_for = cause
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reason,
        payload={"cause": str(cause)},
        event="deployment.suspended",
    )


def suspend_by_itself(
    *, deployment_id: UUID, cause: Cause, reason: str, label: str, now: datetime
) -> DeploymentData | None:
    """The platform stops it. None where it is not live any more: somebody was faster. `label` names the part
    of the platform that looked, for instance "staffing"."""
    if queries.get(deployment_id=deployment_id).state is not DeploymentState.LIVE:
        return None
    actor = Actor.system(force_id=current_force_id(), label=label)
    try:
        return suspend(deployment_id=deployment_id, reason=reason, actor=actor, now=now, cause=cause)
    except InvalidTransition:
        return None


@transaction.atomic
def resume(*, deployment_id: UUID, actor: Actor, now: datetime, reason: str = "") -> DeploymentData:
    """Asks everything that a start asks, again. What somebody has to look at, only they can know.

    After an accuracy suspension an authorising officer resumes, with written reasons: what was counted until
    then is answered by them, and further false alerts count anew.
    """
    row, deployment, transition = begin(deployment_id, Step.RESUME, actor=actor, now=now)
    duty = Duty.SILVER
    if deployment.suspended_for in ACCURACY:
        check_reason(reason)
        row.accuracy_from, duty = now, Duty.AUTHORISING
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reason,
        duty=duty,
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


def _note(row: Deployment, lessons: str, conditions: str, actor: Actor, now: datetime) -> None:
    """What was learnt, and what the next deployment has to meet, where anything was written."""
    if lessons or conditions:
        ReviewNote.objects.create(
            deployment=row,
            lessons=lessons,
            conditions=conditions,
            actor_id=person(actor),
            actor_label=actor.label,
            recorded_at=now,
        )


@transaction.atomic
def review(
    *,
    deployment_id: UUID,
    findings: str,
    actor: Actor,
    now: datetime,
    blue_list_passes: int | None = None,
    lessons: str = "",
    conditions: str = "",
) -> DeploymentData:
    """What was found, in writing. It need not wait for the purge.

    `lessons` is what the force learnt, `conditions` what the next deployment has to meet: both stay in the
    record, and whoever decides on the next plan reads them; neither is published.

    `blue_list_passes`: how often people of the Blue List walked past a camera, where somebody counted; the
    True Recognition Rate is measured by it (domain.md §7).
    """
    row, deployment, transition = begin(deployment_id, Step.REVIEW, actor=actor, now=now)
    check_nothing_open(deployment_id)
    check_reason(findings)
    check_passes(blue_list_passes, blue_list=has_blue_list(deployment.authority))
    check_prose(lessons=lessons, conditions=conditions)
    _note(row, lessons.strip(), conditions.strip(), actor, now)
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=findings,
        payload={} if blue_list_passes is None else {"blue_list_passes": blue_list_passes},
        event="deployment.reviewed",
    )
