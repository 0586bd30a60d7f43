"""What a worker does with one upload, from the claim to the report or the list.

It can be killed anywhere: each picture commits by itself, and whoever takes the job next goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.deployments.data import Step
from apps.deployments.operations import import_jobs
from apps.deployments.operations._steps import enter
from apps.deployments.operations.lists import criteria_of, note_import
from apps.watchlists import api as watchlists
from apps.watchlists.data import Claim, ImportState, LeaseLost, NotLookedAt

log = logging.getLogger(__name__)

# The clock can move a row from one side of a rule to the other while its pictures are looked at.
ROUNDS = 3


def run(
    *,
    force_id: UUID,
    job_id: UUID,
    clock: Callable[[], datetime] = utc_now,
    stop: Callable[[], bool] = lambda: False,
) -> str:
    """Take the job as far as it goes without a person; a word for the log. Opens its own contexts."""
    with force_context(force_id):
        held = watchlists.claim_import(job_id=job_id, now=clock())
    if held is None:
        return "nothing to do"
    try:
        return _work(held, force_id, clock, stop)
    except LeaseLost:
        return "taken away"
    except DomainError as problem:
        return _fail(held, force_id, problem, now=clock())


def _work(held: Claim, force_id: UUID, clock: Callable[[], datetime], stop: Callable[[], bool]) -> str:
    for _ in range(ROUNDS):
        with force_context(force_id):
            criteria, _ = import_jobs.terms(deployment_id=held.deployment_id, now=clock())
            pending = watchlists.prepare_import(held, criteria=criteria, now=clock())
        watchlists.usable_pack(criteria.pack_id)  # loaded here, where no transaction waits for it
        for file_id in pending:
            if stop():
                return _give_back(held, force_id, now=clock())
            watchlists.look_at_picture(
                held, file_id, force_id=force_id, pack_id=criteria.pack_id, clock=clock
            )
        if held.state is ImportState.IMPORTING and not watchlists.retire_source(
            held, force_id=force_id, clock=clock
        ):
            return _give_back(held, force_id, now=clock())
        try:
            with force_context(force_id):
                return _finish(held, now=clock())
        except NotLookedAt:
            continue
    return _give_back(held, force_id, now=clock())


def _give_back(held: Claim, force_id: UUID, *, now: datetime) -> str:
    with force_context(force_id):
        watchlists.release_import(held, now=now)
    return "given back"


@transaction.atomic
def _finish(held: Claim, *, now: datetime) -> str:
    if held.state is ImportState.CHECKING:
        criteria, _ = import_jobs.terms(deployment_id=held.deployment_id, now=now)
        watchlists.finish_check(held, criteria=criteria, now=now)
        return "checked"
    actor = watchlists.confirmed_by(job_id=held.job_id)
    row, known = enter(held.deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    report = watchlists.finish_import(
        held,
        criteria=criteria_of(known.deployment.authority, force=known.force, grade=known.grade),
        purge_due_at=import_jobs.purge_due_at(known.deployment),
        actor=actor,
        now=now,
    )
    if not report.committed:
        return "checked again"
    note_import(row, report, actor=actor, now=now)
    return "imported"


def _fail(held: Claim, force_id: UUID, problem: DomainError, *, now: datetime) -> str:
    """For good: what a rule says does not change by trying again."""
    log.warning("import %s failed: %s", held.job_id, problem.code)
    try:
        with force_context(force_id):
            watchlists.fail_import(
                job_id=held.job_id, problem=import_jobs.words(problem), code=problem.code, now=now
            )
    except DomainError:
        log.info("import %s was closed meanwhile", held.job_id)
    return "failed"
