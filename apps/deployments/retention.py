"""Why nothing here is purged within days (domain.md §6): none of it is biometric or names a listed person."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.deployments.models import KeptPhotograph

KEPT_CLASS = "sign_photographs_waiting"

AUTHORITY_RECORD = "The authority's record: kept by the force's schedule, 7 years by default; no biometric."
PUBLIC = retention.PublicRow(
    _("The plan of a deployment, its approval, its checks, and the reasons for each decision about it"),
    retention.BY_SCHEDULE,
    setting="authority_years",
)

ASSESSMENTS = retention.PublicRow(
    _("The assessments that a deployment rests on, and who recorded them"),
    retention.BY_SCHEDULE,
    setting="authority_years",
)


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
)


def register() -> None:
    for model in (
        "Deployment",
        "ApprovalCondition",
        "AuthorityRevision",
        "DeploymentDecision",
        "DeploymentDuty",
        "CheckRecord",
        "EngagementEntry",
        "ReviewNote",
        "SignCheck",
    ):
        retention.exempt(f"deployments.{model}", AUTHORITY_RECORD, public=PUBLIC)
    for model in ("Assessment", "AssessmentFile", "AuthorityDocument"):
        retention.exempt(f"deployments.{model}", AUTHORITY_RECORD, public=ASSESSMENTS)
    retention.register(KEPT_PHOTOGRAPHS)
    retention.exempt(
        "deployments.CameraStop", "Which camera fell silent and when; kept with the authority's record."
    )
    retention.exempt("deployments.RecognitionGap", "Times and reasons; kept with the authority's record.")
    retention.exempt("deployments.Camera", "The force's register of equipment; no personal data.")
