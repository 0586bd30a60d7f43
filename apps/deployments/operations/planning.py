"""What a planner does: draft, amend, submit, cancel."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import count
from uuid import UUID, uuid4

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments import assessment_queries, facts, queries
from apps.deployments.data import Amendment, Authority, DeploymentData, DeploymentState, Duty, Step
from apps.deployments.facts import DeploymentFacts
from apps.deployments.models import DeletedDeployment, Deployment
from apps.deployments.operations._steps import (
    begin,
    bring_purge_forward,
    emit,
    finish,
    hold_submissions,
    lock,
    note_audit,
    note_decision,
    note_duty,
    note_revision,
    person,
    set_authority,
)
from apps.deployments.operations.confirmed import lapse_approval
from apps.deployments.rules import gates
from apps.deployments.rules.assessments import check_assessed
from apps.deployments.rules.authority import compare
from apps.deployments.rules.policies import (
    MIN_SHORT_REASON,
    check_amendable,
    check_answered,
    check_reason,
    check_report,
    check_role,
    check_submittable,
)
from apps.deployments.rules.states import APPROVED_STATES, BEFORE_APPROVAL, DEPLOYMENTS, RUNNING, VOID
from apps.forces import api as forces
from apps.forces.data import ForceData

# The reference, lower-cased, is the address of the public notice.
REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")


@transaction.atomic
def draft(
    *,
    authority: Authority,
    actor: Actor,
    now: datetime,
    reference: str | None = None,
    publish_at: datetime | None = None,
    copied_from: UUID | None = None,
    day_of: UUID | None = None,
) -> DeploymentData:
    """A new deployment, however incomplete. Without a `reference` the next of the year is given.

    `publish_at` is when the notice publishes itself once approved; None is at once. `copied_from` is the
    deployment whose plan it began as; `day_of` one of whose operation it is a further day.
    """
    check_role(actor, Role.PLANNER)
    force = _force_set_up()
    row = Deployment(
        operation_id=uuid4() if day_of is None else queries.get(deployment_id=day_of).operation_id,
        reference=_reference(reference, now),
        state=DeploymentState.DRAFT,
        planner_id=person(actor),
        planner_label=actor.label,
        publish_at=publish_at,
        created_at=now,
        state_since=now,
        settings_version=force.version,
    )
    set_authority(row, authority)
    row.save(force_insert=True)
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    origin = {} if copied_from is None else {"copied_from": str(copied_from)}
    note_revision(row, "drafted", previous_hash="", changes=origin, reason="", actor=actor, now=now)
    versions = {"authority_hash": row.authority_hash, "settings_version": row.settings_version}
    payload = {**versions, "operation_id": str(row.operation_id), **origin}
    note_audit(row, "deployment.drafted", actor=actor, now=now, payload=payload)
    return queries.as_data(row)


def _force_set_up() -> ForceData:
    """The open force. Raises RuleViolated until its first administrator has set it up."""
    force = forces.get_force(force_id=current_force_id())
    if not force.active:
        raise RuleViolated(
            ["The force is not set up yet. Its first administrator finishes that."], code="force_not_active"
        )
    return force


def _reference(wanted: str | None, now: datetime) -> str:
    """Never one of a deployment that was deleted: its public address says that it was."""
    if wanted is None:
        prefix = f"LFR-{now.year}-"
        used = _taken(reference__startswith=prefix)
        numbered = (f"{prefix}{number:03d}" for number in count(1))
        return next(reference for reference in numbered if reference not in used)
    reference = wanted.strip().upper()
    if not REFERENCE.fullmatch(reference):
        raise RuleViolated(["A reference is 3 to 40 letters, digits and hyphens."], code="reference")
    if _taken(reference=reference):
        raise RuleViolated([f"The reference {reference} is taken. Choose another one."], code="reference")
    return reference


def _taken(**which: str) -> set[str]:
    here, deleted = (
        model.objects.filter(force_id=current_force_id(), **which)
        .order_by()
        .values_list("reference", flat=True)
        for model in (Deployment, DeletedDeployment)
    )
    return set(here.union(deleted))


@transaction.atomic
def amend(
    *, deployment_id: UUID, authority: Authority, actor: Actor, now: datetime, reason: str = ""
) -> DeploymentData:
    """Change the authority (domain.md §2).

    Before an approval this is an edit. Afterwards a reason is needed: a narrowing applies at once and the
    approved hash follows it, link by link; a widening voids the approval and goes back to DRAFT.
    """
    row = lock(deployment_id)
    deployment = queries.as_data(row)
    change = compare(deployment.authority, authority)
    known = facts.of(deployment)
    gates.check_step(_step(deployment, change), known, actor, now)
    check_amendable(deployment, change)
    if deployment.state in APPROVED_STATES:
        check_reason(reason)
    if deployment.state is DeploymentState.SUBMITTED:
        _check_still_submittable(known, authority, restarted=bool(change.moved), now=now)
    set_authority(row, authority)
    if change.moved:
        # A new place or time was never announced: the notice clock starts again.
        row.notice_published_at = row.notice_verified_at = None
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    if deployment.state in BEFORE_APPROVAL:
        return _edit(row, deployment, change, reason, actor, now)
    if change.is_widening:
        return _void(row, deployment, change, reason, actor, now)
    return _narrow(row, deployment, change, reason, actor, now)


def _step(deployment: DeploymentData, change: Amendment) -> Step:
    """Which button it is: once recognition has begun only narrowing is left, whatever was typed."""
    narrows = deployment.state in APPROVED_STATES and not change.is_widening
    return Step.NARROW if narrows or deployment.state in RUNNING else Step.EDIT


def _described(change: Amendment) -> dict[str, list[str]]:
    return {"widened": list(change.widened), "narrowed": list(change.narrowed), "moved": list(change.moved)}


def _follow(
    row: Deployment,
    kind: str,
    old: DeploymentData,
    change: Amendment,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    note_revision(
        row,
        kind,
        previous_hash=old.authority_hash,
        changes=_described(change),
        reason=reason,
        actor=actor,
        now=now,
    )


def _edit(
    row: Deployment, old: DeploymentData, change: Amendment, reason: str, actor: Actor, now: datetime
) -> DeploymentData:
    row.save()
    _follow(row, "edited", old, change, reason, actor, now)
    payload = {**_described(change), "from_hash": old.authority_hash, "to_hash": row.authority_hash}
    note_audit(row, "deployment.edited", actor=actor, now=now, reasons=reason, payload=payload)
    return queries.as_data(row)


def _narrow(
    row: Deployment, old: DeploymentData, change: Amendment, reason: str, actor: Actor, now: datetime
) -> DeploymentData:
    row.approved_hash = row.authority_hash
    row.save()
    _follow(row, "narrowed", old, change, reason, actor, now)
    note_decision(row, "narrow", role=Role.PLANNER, actor=actor, reasons=reason, now=now)
    payload = {**_described(change), "from_hash": old.authority_hash, "to_hash": row.authority_hash}
    note_audit(row, "deployment.narrowed", actor=actor, now=now, reasons=reason, payload=payload)
    emit(row, "deployment.narrowed", now=now)
    bring_purge_forward(row, since=row.window_end, now=now)
    return queries.as_data(row)


def _void(
    row: Deployment, old: DeploymentData, change: Amendment, reason: str, actor: Actor, now: datetime
) -> DeploymentData:
    transition = DEPLOYMENTS.apply(VOID, current=old.state, actor=actor)
    bring_purge_forward(row, since=min(now, old.authority.window_end), now=now)
    lapse_approval(row, now=now)
    row.watchlist_id = row.watchlist_seal_hash = row.accepted_seal_hash = row.sealed_at = None
    # Saved by finish; the revision needs only the hash, which is set.
    _follow(row, "widened", old, change, reason, actor, now)
    payload = {**_described(change), "from_hash": old.authority_hash, "voided_hash": old.approved_hash}
    return finish(
        row, transition, actor=actor, now=now, reasons=reason, payload=payload, event="deployment.voided"
    )


@transaction.atomic
def submit(*, deployment_id: UUID, actor: Actor, now: datetime, answer: str = "") -> DeploymentData:
    """Put the authority to an officer. Raises RuleViolated with everything that is missing.

    `answer` is the planner's to the reasons for which it was returned: kept with the decision, and needed
    where nothing was changed since.
    """
    # In trial mode two plans submitted at once must not both find that nothing is open.
    hold_submissions()
    row, deployment, transition = begin(deployment_id, Step.SUBMIT, actor=actor, now=now)
    returned = queries.last_return(deployment, queries.decisions(deployment_id=deployment_id))
    if returned is not None and returned.content_hash == deployment.authority_hash:
        check_answered(answer)
    return finish(row, transition, actor=actor, now=now, reasons=answer.strip(), duty=Duty.PLANNER)


def _check_still_submittable(
    known: DeploymentFacts, authority: Authority, *, restarted: bool, now: datetime
) -> None:
    """What an officer has on the desk stays complete."""
    check_submittable(
        authority,
        force=known.force,
        cameras=known.cameras,
        grade=queries.grade_of(authority),
        notice_verified_at=None if restarted else known.deployment.notice_verified_at,
        now=now,
    )
    named = {ref.id for ref in authority.assessments}
    check_assessed(authority, assessment_queries.assessments_by_id(ids=named))


@transaction.atomic
def cancel(
    *, deployment_id: UUID, reason: str, actor: Actor, now: datetime, done: str = "", collected: str = ""
) -> DeploymentData:
    """Call it off before it starts. A list that was imported goes within the force's hours from now.

    `done` and `collected` report what had been done by then and what was collected. A report is needed once
    it was approved.
    """
    row, deployment, transition = begin(deployment_id, Step.CANCEL, actor=actor, now=now)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    check_report(deployment, done=done, collected=collected)
    check_prose(done=done, collected=collected)
    row.cancel_done, row.cancel_collected = done.strip(), collected.strip()
    bring_purge_forward(row, since=now, now=now)
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reason,
        payload={"done": row.cancel_done, "collected": row.cancel_collected},
        event="deployment.cancelled",
    )
