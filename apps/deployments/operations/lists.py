"""The watchlist of a deployment: import, seal, accept. Who is on it is the watchlists app's business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.deployments import queries
from apps.deployments.authority import BLUE_LIST_ONLY
from apps.deployments.data import Authority, DeploymentData, DeploymentState, Duty
from apps.deployments.models import Deployment
from apps.deployments.operations._steps import begin, finish, lock, note_audit, note_decision, note_duty
from apps.deployments.policies import (
    MIN_ENROLMENT_QUALITY,
    check_duty,
    check_grade,
    check_hash,
    check_import,
    check_role,
)
from apps.deployments.states import SEAL_LIST
from apps.forces import api as forces
from apps.watchlists import api as watchlists
from apps.watchlists.data import Criteria, EntryRow, ImportReport, PictureSource


def criteria_of(authority: Authority, *, grade: str | None) -> Criteria:
    """What the authority allows on the list. A pack without operational evidence gets the Blue List only."""
    check_grade(authority, grade)
    return Criteria(
        categories=frozenset(authority.categories),
        max_subjects=authority.max_subjects,
        blue_list_only=authority.rehearsal or tuple(authority.categories) == BLUE_LIST_ONLY,
        pack_id=authority.pack_id,
        min_quality=MIN_ENROLMENT_QUALITY,
    )


@transaction.atomic
def import_watchlist(
    *,
    deployment_id: UUID,
    rows: Sequence[EntryRow],
    pictures: PictureSource,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    accept_refusals: bool = False,
    accept_warnings: bool = False,
) -> ImportReport:
    """Import under the authority's criteria, with the purge deadline set now so that it depends on no button.

    Nothing is stored unless the report says `committed`; the flags are those of `watchlists.import_entries`.
    Raises RuleViolated outside the force's hours before the start, or in another state than NOTICE_PUBLISHED.
    """
    check_role(actor, Role.PLANNER)
    row = lock(deployment_id)
    check_duty(queries.duties(deployment_id=row.id), actor=actor, duty=Duty.PLANNER)
    deployment = queries.as_data(row)
    force = forces.get_force(force_id=row.force_id)
    check_import(deployment, force=force, now=now)
    authority = deployment.authority
    report = watchlists.import_entries(
        deployment_id=row.id,
        criteria=criteria_of(authority, grade=queries.pack_grade(authority.pack_id)),
        rows=rows,
        pictures=pictures,
        purge_due_at=authority.window_end + timedelta(hours=force.watchlist_keep_hours),
        actor=actor,
        now=now,
        dry_run=dry_run,
        accept_refusals=accept_refusals,
        accept_warnings=accept_warnings,
    )
    if report.committed:
        _note_import(row, report, actor=actor, now=now)
    return report


def _note_import(row: Deployment, report: ImportReport, *, actor: Actor, now: datetime) -> None:
    row.watchlist_id = report.watchlist_id
    row.save()
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    payload = {"subjects": report.accepted_subjects, "pictures": report.accepted_pictures}
    note_audit(row, "deployment.list_imported", actor=actor, now=now, payload=payload)


@transaction.atomic
def seal_watchlist(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Close the list. After this nobody is added (domain.md §2)."""
    row, deployment, transition = begin(deployment_id, SEAL_LIST, actor, Duty.PLANNER)
    if deployment.watchlist_id is None:
        raise RuleViolated(["import the list first"], code="no_list")
    if now >= deployment.authority.window_end:
        raise RuleViolated(["the authorised window is over"], code="window_over")
    sealed = watchlists.seal(watchlist_id=deployment.watchlist_id, actor=actor, now=now)
    if sealed.pack_id != deployment.authority.pack_id:
        raise RuleViolated(["the list was made with another model pack"], code="pack_differs")
    row.watchlist_seal_hash = sealed.seal_hash
    row.accepted_seal_hash = None
    row.sealed_at = now
    payload = {"seal_hash": sealed.seal_hash, "subjects": sealed.subjects, "pictures": sealed.pictures}
    return finish(row, transition, actor=actor, now=now, duty=Duty.PLANNER, payload=payload)


@transaction.atomic
def accept_watchlist(*, deployment_id: UUID, seal_hash: str, actor: Actor, now: datetime) -> DeploymentData:
    """An authorising officer accepts the list by its hash, as they read it; again not the planner.

    Raises RuleViolated when `seal_hash` is not what is sealed now.
    """
    check_role(actor, Role.AUTHORISING_OFFICER)
    row = lock(deployment_id)
    check_duty(queries.duties(deployment_id=row.id), actor=actor, duty=Duty.AUTHORISING)
    if (
        row.state != DeploymentState.LIST_SEALED
        or row.watchlist_seal_hash is None
        or row.watchlist_id is None
    ):
        raise RuleViolated([f"there is no sealed list to accept; it is {row.state}"], code="no_list")
    check_hash(seen=seal_hash, current=row.watchlist_seal_hash)
    watchlists.accept(watchlist_id=row.watchlist_id, seal_hash=seal_hash, actor=actor, now=now)
    row.accepted_seal_hash = seal_hash
    row.save()
    note_duty(row, Duty.AUTHORISING, actor=actor, now=now)
    note_decision(row, "accept_list", role=Role.AUTHORISING_OFFICER, actor=actor, reasons="", now=now)
    note_audit(row, "deployment.list_accepted", actor=actor, now=now, payload={"seal_hash": seal_hash})
    return queries.as_data(row)
