"""Why nothing here is purged within days (domain.md §6): none of it is biometric or names a listed person."""

from apps.core import retention

AUTHORITY_RECORD = "The authority's record: kept by the force's schedule, 7 years by default; no biometric."
PUBLIC = retention.PublicRow(
    "The plan of a deployment, its approval, its checks, and the reasons for each decision about it",
    retention.BY_SCHEDULE,
)

ASSESSMENTS = retention.PublicRow(
    "The assessments that a deployment rests on, and who recorded them", retention.BY_SCHEDULE
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
    retention.exempt("deployments.RecognitionGap", "Times and reasons; kept with the authority's record.")
    retention.exempt("deployments.Camera", "The force's register of equipment; no personal data.")
