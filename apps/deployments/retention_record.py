"""The record's rows of the retention table: deployments, and the assessments that none of them names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id, rows_of_force
from apps.deployments import schedule
from apps.deployments.models import Assessment, Deployment
from apps.deployments.retention_words import ASSESSMENTS, PUBLIC
from apps.deployments.schedule import BATCH, Over

DATA_CLASS, ASSESSMENT_CLASS = "deployment_record", "plan_assessments"
SHOWN = 20
# No schedule is shorter: before that nobody has to read which plan names which assessment.
LEAST = timedelta(days=365)
MODELS = (
    "ApprovalCondition",
    "AuthorityDocument",
    "AuthorityRevision",
    "CameraStop",
    "CheckRecord",
    "Deployment",
    "DeploymentDecision",
    "DeploymentDuty",
    "EngagementEntry",
    "RecognitionGap",
    "ReviewNote",
    "SignCheck",
)


def due_count(now: datetime) -> int:
    return len(schedule.records_over(now))


@transaction.atomic
def purge_due(now: datetime) -> list[PurgeResult]:
    """Delete up to BATCH deployments with everything that goes along; a result for each."""
    due = schedule.lock_over(schedule.records_over(now)[:BATCH])
    if not due:
        return []
    ids = [each.id for each in due]
    references = dict(Deployment.objects.filter(id__in=ids).values_list("id", "reference"))
    counts = schedule.forget_companions(ids, now)
    for deployment_id, found in schedule.delete_rows("deployments_delete_records", ids).items():
        counts[deployment_id] |= found
    kept = [
        PurgeResult(DATA_CLASS, each.id, {"deployments": 1} | schedule.told(counts[each.id]), each.due_at)
        for each in due
    ]
    for each, result in zip(due, kept, strict=True):
        _record(each, references[each.id], result.counts, now)
    return kept


def _record(over: Over, reference: str, counts: Mapping[str, int], now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="record purge"),
        verb="deployment.record_deleted",
        object_type="deployment",
        object_id=over.id,
        payload={
            "reference": reference,
            "closed_at": over.closed_at.isoformat(),
            "due_at": over.due_at.isoformat(),
            "counts": dict(counts),
        },
        now=now,
    )


def verify(now: datetime) -> list[str]:
    """One line for each of the first deployments that should be gone and are not."""
    late = [f"deployment {each.id}: past its years and not deleted" for each in schedule.records_over(now)]
    back = [f"deployment {each}: deleted and here again" for each in schedule.back_again()]
    return [*late, *back][:SHOWN]


def _assessments(now: datetime) -> list[tuple[UUID, datetime]]:
    """Past their years, and named by no plan that is kept; the earliest first."""
    if not Assessment.objects.filter(in_force_until__lt=(now - LEAST).date()).exists():
        return []
    found = rows_of_force(
        "SELECT id, ends_at FROM deployments_assessments_over(%s, %s) ORDER BY ends_at, id", now
    )
    return [(row[0], row[1]) for row in found]


def assessments_due(now: datetime) -> int:
    return len(_assessments(now))


@transaction.atomic
def purge_assessments(now: datetime) -> list[PurgeResult]:
    """With their files. One that replaced it stays, and does not say any more what it replaced."""
    due = dict(_assessments(now)[:BATCH])
    if not due:
        return []
    locked = Assessment.objects.filter(id__in=due).select_for_update().order_by("id")
    names = {row.id: (row.kind, row.sha256) for row in locked}
    gone = rows_of_force("SELECT deployments_delete_assessments(%s, %s)", list(names)) if names else []
    for (assessment_id,) in gone:
        kind, sha256 = names[assessment_id]
        audit.record(
            actor=Actor.system(force_id=current_force_id(), label="record purge"),
            verb="assessment.deleted",
            object_type="assessment",
            object_id=assessment_id,
            payload={"kind": kind, "sha256": sha256, "due_at": due[assessment_id].isoformat()},
            now=now,
        )
    return [PurgeResult(ASSESSMENT_CLASS, each, {"files": 1}, due[each]) for (each,) in gone]


def verify_assessments(now: datetime) -> list[str]:
    return [f"assessment {each}: past its years and not deleted" for each, _ends in _assessments(now)[:SHOWN]]


RECORDS = RetentionRule(
    data_class=DATA_CLASS,
    title=PUBLIC.title,
    kept=PUBLIC.kept,
    setting=PUBLIC.setting,
    source="docs/domain.md §6; ADR 23; the force's settings authority_years and decision_log_years",
    models=tuple(f"deployments.{name}" for name in MODELS),
    due_count=due_count,
    purge=purge_due,
    verify=verify,
    verified_how="no deployment past its years is left, and none that was deleted is here again",
    counted_from=(
        "The last thing that happened on the deployment: its end, or the last decision or"
        " change after it. Never before its log of alerts and the casework about it."
    ),
    destroyed_how=(
        "The whole deployment with its notice, checks and counts is deleted at once, by"
        " functions of the database that count the years themselves."
    ),
    elsewhere=retention.READABLE + " A copy of a public page that somebody kept stays theirs.",
    batched=True,
)
OLD_ASSESSMENTS = RetentionRule(
    data_class=ASSESSMENT_CLASS,
    title=ASSESSMENTS.title,
    kept=ASSESSMENTS.kept,
    setting=ASSESSMENTS.setting,
    source="docs/domain.md §6; ADR 23; the force's setting authority_years",
    models=("deployments.Assessment", "deployments.AssessmentFile"),
    due_count=assessments_due,
    purge=purge_assessments,
    verify=verify_assessments,
    verified_how="no assessment past its years is left that no plan names",
    counted_from=(
        "The day after its last day in force, or its upload if that is later. While a plan"
        " that is kept names it, it stays."
    ),
    destroyed_how=(
        "The file and what was recorded of it are deleted by a function of the database that"
        " counts the years itself."
    ),
    elsewhere=retention.READABLE + " A copy of a published file that somebody kept stays theirs.",
    batched=True,
)


def register() -> None:
    retention.register(RECORDS)
    retention.register(OLD_ASSESSMENTS)
