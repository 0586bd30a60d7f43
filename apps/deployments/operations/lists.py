"""The watchlist of a deployment: import, seal, accept. Who is on it is the watchlists app's business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.deployments import queries
from apps.deployments.data import Authority, DeploymentData, Duty, Step
from apps.deployments.models import Deployment
from apps.deployments.operations._steps import begin, enter, finish, note_audit, note_decision, note_duty
from apps.deployments.rules.authority import BLUE_LIST_ONLY
from apps.deployments.rules.policies import MIN_ENROLMENT_QUALITY, check_grade, check_hash
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists
from apps.watchlists.data import Criteria, EntryRow, ImportReport, PictureSource


def criteria_of(authority: Authority, *, force: ForceData, grade: str | None) -> Criteria:
    """What the authority and the force allow on the list. A pack without operational evidence gets the Blue
    List only."""
    check_grade(authority, grade)
    return Criteria(
        categories=frozenset(authority.categories),
        max_subjects=authority.max_subjects,
        blue_list_only=authority.rehearsal or tuple(authority.categories) == BLUE_LIST_ONLY,
        pack_id=authority.pack_id,
        min_quality=max(MIN_ENROLMENT_QUALITY, force.minimum_picture_quality / 100),
        offences=force.serious_offences,
        withdrawn=watchlists.withdrawn_consents(),
        consents=watchlists.terms_on(authority.window_start),
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
    row, known = enter(deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    authority = known.deployment.authority
    report = watchlists.import_entries(
        deployment_id=row.id,
        criteria=criteria_of(authority, force=known.force, grade=known.grade),
        rows=rows,
        pictures=pictures,
        purge_due_at=authority.window_end + timedelta(hours=known.force.watchlist_keep_hours),
        actor=actor,
        now=now,
        dry_run=dry_run,
        accept_refusals=accept_refusals,
        accept_warnings=accept_warnings,
    )
    if report.committed:
        note_import(row, report, actor=actor, now=now)
    return report


def note_import(row: Deployment, report: ImportReport, *, actor: Actor, now: datetime) -> None:
    """The deployment has a list now."""
    row.watchlist_id = report.watchlist_id
    row.save()
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    payload = {"subjects": report.accepted_subjects, "pictures": report.accepted_pictures}
    note_audit(row, "deployment.list_imported", actor=actor, now=now, payload=payload)


@transaction.atomic
def seal_watchlist(*, deployment_id: UUID, actor: Actor, now: datetime) -> DeploymentData:
    """Close the list. After this nobody is added (domain.md §2)."""
    row, deployment, transition = begin(deployment_id, Step.SEAL_LIST, actor=actor, now=now)
    if deployment.watchlist_id is None:  # the gate has refused this already; mypy cannot know
        raise AssertionError("there is a list to seal")
    sealed = watchlists.seal(watchlist_id=deployment.watchlist_id, actor=actor, now=now)
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
    row, _ = enter(deployment_id, Step.ACCEPT_LIST, actor=actor, now=now)
    if row.watchlist_seal_hash is None or row.watchlist_id is None:  # as above
        raise AssertionError("there is a sealed list to accept")
    check_hash(seen=seal_hash, current=row.watchlist_seal_hash, what="list")
    watchlists.accept(watchlist_id=row.watchlist_id, seal_hash=seal_hash, actor=actor, now=now)
    row.accepted_seal_hash = seal_hash
    row.save()
    note_duty(row, Duty.AUTHORISING, actor=actor, now=now)
    note_decision(row, "accept_list", role=Role.AUTHORISING_OFFICER, actor=actor, reasons="", now=now)
    note_audit(row, "deployment.list_accepted", actor=actor, now=now, payload={"seal_hash": seal_hash})
    return queries.as_data(row)
