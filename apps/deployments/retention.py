"""What is purged here within minutes, and what stays (domain.md §6). What goes by years: retention_record."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.deployments import retention_record
from apps.deployments.models import KeptPhotograph
from apps.deployments.retention_words import DELETED

KEPT_CLASS = "sign_photographs_waiting"


def _due(now: datetime) -> QuerySet[KeptPhotograph]:
    return KeptPhotograph.objects.filter(purge_due_at__lte=now)


def due_count(now: datetime) -> int:
    return _due(now).count()


def purge_due(now: datetime) -> list[PurgeResult]:
    """Delete every photograph of the current force whose form never came."""
    actor = Actor.system(force_id=current_force_id(), label="sign photographs")
    found = list(_due(now).defer("photograph").order_by("purge_due_at"))
    for row in found:
        row.delete()
        audit.record(
            actor=actor,
            verb="deployment.sign_photograph_deleted",
            object_type="deployment",
            object_id=row.deployment_id,
            payload={"approach": row.approach},
            now=now,
        )
    return [
        PurgeResult(
            data_class=KEPT_CLASS,
            subject_id=row.deployment_id,
            counts={"photographs": 1},
            due_at=row.purge_due_at,
        )
        for row in found
    ]


def verify(now: datetime) -> list[str]:
    return [f"photograph of a sign of {row.deployment_id}: not deleted" for row in _due(now)]


KEPT_PHOTOGRAPHS = RetentionRule(
    data_class=KEPT_CLASS,
    title=_("A photograph of a sign, faces made unrecognisable, that waits for the rest of its form"),
    kept=_("At most 15 minutes"),
    source="docs/domain.md §6 (blurred before storing)",
    models=("deployments.KeptPhotograph",),
    due_count=due_count,
    purge=purge_due,
    verify=verify,
    verified_how="no photograph is left past its time",
    counted_from="The upload. When its form comes in that time, it becomes part of the deployment's record.",
    destroyed_how="The row with the photograph is deleted.",
    elsewhere=retention.READABLE,
)


def register() -> None:
    retention.register(KEPT_PHOTOGRAPHS)
    retention.exempt("deployments.Camera", "The force's register of equipment; no personal data.")
    retention.exempt(
        "deployments.DeletedDeployment",
        "That there was a deployment with this reference on that day, so that its address can say so and sums"
        " over a time say what they lack. No place, no purpose, no person.",
        public=DELETED,
    )
    retention_record.register()
