"""Importing a list in the background: upload, check, the planner's word, import. Nobody has to wait for it.

A worker does the checking (`apps/deployments/imports.py`); here is what people and the sweep do.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import DomainError, InvalidTransition, NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentData, Duty, Step
from apps.deployments.operations._steps import enter, lock, note_audit, note_duty
from apps.deployments.operations.lists import criteria_of
from apps.deployments.rules import gates
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_import, check_reason, check_role
from apps.watchlists import api as watchlists
from apps.watchlists.data import Criteria, ImportJobData, StagedPictureGone, UploadedList

log = logging.getLogger(__name__)

RUN_TASK = "deployments.run_import"
QUEUE = "imports"
# A message that no worker took by then is void: the sweep sends another.
EXPIRES_S = 60


@transaction.atomic
def begin_import(*, deployment_id: UUID, upload: UploadedList, actor: Actor, now: datetime) -> ImportJobData:
    """Keep an upload, encrypted, and have it checked. Nothing of it is on a list before it is confirmed.

    Raises RuleViolated with everything that is wrong with the files, or with the time.
    """
    # Before anything is read, and again with the row locked: reading takes a while, and locks nobody out.
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.IMPORT_LIST, known, actor, now)
    job = watchlists.stage_import(
        deployment_id=deployment_id,
        upload=upload,
        purge_due_at=purge_due_at(known.deployment),
        actor=actor,
        now=now,
    )
    row, _ = enter(deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    send(job.id)
    return job


@transaction.atomic
def begin_from_blue_list(*, deployment_id: UUID, actor: Actor, now: datetime) -> ImportJobData:
    """As `begin_import`, with everybody of the Blue List whose picture is kept and whose consent holds.

    Raises RuleViolated also for an operation: its list is uploaded, whole.
    """
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.IMPORT_LIST, known, actor, now)
    authority = known.deployment.authority
    if not authority.rehearsal:
        raise RuleViolated(["Only a rehearsal lists the Blue List alone."], code="not_a_rehearsal")
    upload = watchlists.stored_pictures(on=authority.window_start, actor=actor, now=now)
    return begin_import(deployment_id=deployment_id, upload=upload, actor=actor, now=now)


@transaction.atomic
def add_pictures(
    *, deployment_id: UUID, job_id: UUID, upload: UploadedList, actor: Actor, now: datetime
) -> ImportJobData:
    """Further pictures for an upload that is not confirmed yet. Raises RuleViolated, InvalidTransition, and
    NotFound for an upload of another deployment."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.IMPORT_LIST, known, actor, now)
    if watchlists.get_import(job_id=job_id).deployment_id != deployment_id:
        raise NotFound("there is no such upload of this deployment")
    job = watchlists.add_pictures(job_id=job_id, upload=upload, actor=actor, now=now)
    row, _ = enter(deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    send(job.id)
    return job


def purge_due_at(deployment: DeploymentData) -> datetime:
    """The deadline of the list and of everything on the way to it (domain.md §6)."""
    keep = facts.rules_of(deployment).watchlist_keep_hours
    return deployment.authority.window_end + timedelta(hours=keep)


def send(job_id: UUID) -> None:
    """Give the job to a worker once this transaction has committed. Should that fail, the sweep does it."""
    args = [str(current_force_id()), str(job_id)]

    # No partial: Django cannot name one in the log when it fails, and fails itself.
    def message() -> None:
        current_app.send_task(RUN_TASK, args=args, queue=QUEUE, expires=EXPIRES_S, retry=False)

    transaction.on_commit(message, robust=True)


def import_job(*, deployment_id: UUID, with_report: bool = True) -> ImportJobData | None:
    """The latest upload of a deployment, also a closed one. Raises NotFound for another force's."""
    deployment = queries.get(deployment_id=deployment_id)
    return watchlists.latest_import(deployment_id=deployment.id, with_report=with_report)


@transaction.atomic
def confirm_import(
    *, job_id: UUID, accept_refusals: bool, accept_warnings: bool, actor: Actor, now: datetime
) -> ImportJobData:
    """Import what was checked: all of it, or without what is refused. A worker does it, and checks again."""
    job = watchlists.get_import(job_id=job_id)
    enter(job.deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    job = watchlists.confirm_import(
        job_id=job_id,
        accept_refusals=accept_refusals,
        accept_warnings=accept_warnings,
        actor=actor,
        now=now,
    )
    send(job.id)
    return job


@transaction.atomic
def view_staged_picture(*, deployment_id: UUID, line: int, actor: Actor, now: datetime) -> bytes:
    """The picture of a row with a warning, for the planner who decides on this upload. Each look is audited.

    Raises NotFound, NotPermitted, and StagedPictureGone as soon as there is nothing to decide any more.
    """
    known = facts.of(queries.get(deployment_id=deployment_id))
    try:
        gates.check_step(Step.IMPORT_LIST, known, actor, now)
    except (RuleViolated, InvalidTransition) as over:
        raise StagedPictureGone("No list can be imported now, so its pictures are not shown.") from over
    return watchlists.view_staged_picture(deployment_id=deployment_id, line=line, actor=actor, now=now)


@transaction.atomic
def discard_import(*, job_id: UUID, actor: Actor, now: datetime) -> ImportJobData:
    """Destroy an upload that is not a list yet. Nothing but the role stands in the way of that."""
    check_role(actor, Role.PLANNER)
    return watchlists.discard_import(job_id=job_id, actor=actor, now=now)


@transaction.atomic
def discard_watchlist(*, deployment_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Destroy an imported list before its seal; another may be imported then."""
    check_role(actor, Role.PLANNER)
    row = lock(deployment_id)
    if row.watchlist_id is None:
        raise RuleViolated(["There is no list to discard."], code="no_list")
    check_reason(reason, minimum=MIN_SHORT_REASON)
    counts = watchlists.discard(watchlist_id=row.watchlist_id, reason=reason, actor=actor, now=now)
    row.watchlist_id = None
    row.save()
    note_audit(row, "deployment.list_discarded", actor=actor, now=now, payload=dict(counts))


def terms(*, deployment_id: UUID, now: datetime) -> tuple[Criteria, datetime]:
    """What the authority allows on the list right now, and the list's deadline. Raises RuleViolated when no
    list may be imported any more."""
    deployment = queries.get(deployment_id=deployment_id)
    force = facts.rules_of(deployment)
    check_import(deployment, force=force, now=now)
    authority = deployment.authority
    criteria = criteria_of(authority, force=force, grade=queries.grade_of(authority))
    return criteria, purge_due_at(deployment)


def sweep_imports(*, now: datetime) -> int:
    """Close uploads whose deployment takes no list any more, and send out again what no worker attends to.

    For the open force. Returns how many were sent.
    """
    for job in watchlists.open_imports():
        try:
            with transaction.atomic():
                _close_if_over(job, now=now)
        except DomainError:
            log.exception("the upload %s could not be closed; the next sweep tries again", job.id)
    lapsed = watchlists.take_lapsed_imports(now=now)
    for job_id in lapsed:
        send(job_id)
    return len(lapsed)


def _close_if_over(job: ImportJobData, *, now: datetime) -> None:
    try:
        terms(deployment_id=job.deployment_id, now=now)
    except (RuleViolated, NotFound) as over:
        watchlists.fail_import(job_id=job.id, problem=words(over), code="deployment", now=now)


def words(problem: DomainError) -> str:
    """Everything an error says, for the planner's page."""
    return " ".join(problem.reasons) if isinstance(problem, RuleViolated) else problem.message
