"""Labels of the day's own codes on officers' pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apps.deployments.data import DeploymentData
from apps.deployments.data_day import EngagementKind
from apps.deployments.rules.suspensions import Cause

ENGAGEMENT_LABELS: Mapping[EngagementKind, str] = MappingProxyType(
    {
        EngagementKind.QUESTION: "A question",
        EngagementKind.CONCERN: "A concern or an objection",
        EngagementKind.WELCOME: "Support or thanks",
        EngagementKind.COMPLAINT: "A complaint, and where it was directed",
        EngagementKind.AVOIDED: "Somebody chose another way",
        EngagementKind.LEAFLETS: "Leaflets handed out",
        EngagementKind.VISIT: "Press, observers or the oversight body",
    }
)

# What stopped it, for headings; the reason itself is said beside it.
CAUSE_LABELS: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.PERSON: "Suspended by somebody on duty",
        Cause.SAFETY: "Suspended by somebody on duty, to keep somebody safe",
        Cause.EQUIPMENT: "Suspended by somebody on duty, because of the equipment",
        Cause.WAYS: "Suspended by somebody on duty, because of the signs or the ways round",
        Cause.PLACE: "Suspended by somebody on duty, because of what happens at the place",
        Cause.DOUBT: "Suspended by somebody on duty, to look into an alert or the list",
        Cause.CALLED_AWAY: "Suspended by somebody on duty: officers are needed elsewhere",
        Cause.CHECK_FAILED: "Suspended by a failed check",
        Cause.SIGN_FAILED: "Suspended by a failed sign",
        Cause.SIGN_OVERDUE: "Suspended: nobody looked at the signs in time",
        Cause.STAFFING: "Suspended: too few people on duty",
        Cause.CAMERAS_SILENT: "Suspended: no camera can be reached",
        Cause.FALSE_ALERTS: "Suspended: two false alerts",
        Cause.FALSE_ALERT_RATE: "Suspended: too many false alerts",
        Cause.UNCONFIRMED: "Suspended: the urgent approval is not confirmed",
    }
)


def engagement_words(kind: EngagementKind) -> str:
    return ENGAGEMENT_LABELS[kind]


def cause_words(deployment: DeploymentData) -> str:
    """What stopped it, as a heading; empty while it is not suspended."""
    return CAUSE_LABELS[deployment.suspended_for] if deployment.suspended_for else ""
