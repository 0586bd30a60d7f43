"""Reads of the assessments. All of them see the open force's rows only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.audit import api as audit
from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.deployments import queries
from apps.deployments.assessment_models import Assessment, AssessmentFile
from apps.deployments.data import Authority, DeploymentData, DeploymentState
from apps.deployments.rules.assessments import AssessmentData, Chosen, chosen, lapsing, unassessed
from apps.deployments.rules.states import APPROVED_STATES

# More than any force has before it at once.
MOST_NAMED = 50


def as_data(row: Assessment) -> AssessmentData:
    return AssessmentData(
        id=row.id,
        kind=row.kind,
        title=row.title,
        version=row.version,
        in_force_from=row.in_force_from,
        in_force_until=row.in_force_until,
        pack_id=row.pack_id,
        is_public=row.is_public,
        sha256=row.sha256,
        size=row.size,
        replaces_id=row.replaces_id,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        ended_by=row.ended_by,
        end_reason=row.end_reason,
    )


def list_assessments(*, named: bool = True) -> list[AssessmentData]:
    """Every version of the force, by kind, the newest first. Not `named`: as the oversight body reads them,
    with a pseudonym for whoever recorded one and without what somebody wrote (ADR 14)."""
    current_force_id()
    rows = Assessment.objects.all()
    return [as_data(row) if named else _without_names(row) for row in rows]


def _without_names(row: Assessment) -> AssessmentData:
    return replace(
        as_data(row),
        uploaded_by=audit.pseudonym(row.uploaded_by_id),
        ended_by="",
        end_reason="a reason was given" if row.end_reason else "",
    )


def get_assessment(*, assessment_id: UUID) -> AssessmentData:
    """Raises NotFound."""
    current_force_id()
    row = Assessment.objects.filter(id=assessment_id).first()
    if row is None:
        raise NotFound("there is no such assessment in this force")
    return as_data(row)


def assessments_by_id(*, ids: Collection[UUID]) -> dict[UUID, AssessmentData]:
    """Those that there are, by id. No query for none."""
    current_force_id()
    if not ids:
        return {}
    return {row.id: as_data(row) for row in Assessment.objects.filter(id__in=ids)}


def chosen_assessments(authority: Authority) -> tuple[Chosen, ...]:
    """What the authority rests on, with title, version and days. One query, none for none."""
    return chosen(authority, assessments_by_id(ids={ref.id for ref in authority.assessments}))


def replacement_of(*, assessment_id: UUID) -> AssessmentData | None:
    """The version that took the place of this one, if any."""
    current_force_id()
    row = Assessment.objects.filter(replaces_id=assessment_id).first()
    return None if row is None else as_data(row)


def resting_on(*, assessment_id: UUID) -> list[DeploymentData]:
    """Deployments that still may run and name this version, the next one first. Drafts are left out."""
    named = queries.rows().filter(
        state__in=sorted(APPROVED_STATES | {DeploymentState.SUBMITTED}),
        authority__assessments__contains=[{"id": str(assessment_id)}],
    )
    return [queries.as_data(row) for row in named.order_by("window_start")[:MOST_NAMED]]


def read_assessment(*, assessment_id: UUID) -> bytes:
    """The file. Raises NotFound."""
    current_force_id()
    row = AssessmentFile.objects.filter(assessment_id=assessment_id).first()
    if row is None:
        raise NotFound("there is no such assessment in this force")
    return bytes(row.content)


def public_assessments(*, ids: Collection[UUID]) -> list[AssessmentData]:
    """Of these, the ones that anybody may read."""
    return sorted(
        (row for row in assessments_by_id(ids=ids).values() if row.is_public),
        key=lambda row: (row.kind, row.title),
    )


def notes_on(authority: Authority, *, now: datetime) -> list[str]:
    """What an officer should know of the assessments of a plan: those missing, lapsed or lapsing soon."""
    known = assessments_by_id(ids={ref.id for ref in authority.assessments})
    return [*unassessed(authority, known), *lapsing(authority, known, now=now)]
