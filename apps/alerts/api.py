"""Alerts, for other apps."""

from apps.alerts.claiming import claim, release_claim
from apps.alerts.operations import (
    engagement_decide,
    establish_identity,
    expire_undecided,
    identity_contradicted,
    mark_shown,
    operator_decide,
    raise_alert,
    record_outcome,
    view_picture,
)
from apps.alerts.policies import CLAIM_LASTS, AlertClaimed, PictureGone
from apps.alerts.queries import (
    current_revision,
    decisions_of,
    false_alerts,
    get,
    news_since,
    outcomes_of,
    summary,
)
from apps.alerts.summaries import last_deadline, summaries
from apps.alerts.waiting import waiting

__all__ = [
    "CLAIM_LASTS",
    "AlertClaimed",
    "PictureGone",
    "claim",
    "current_revision",
    "decisions_of",
    "engagement_decide",
    "establish_identity",
    "expire_undecided",
    "false_alerts",
    "get",
    "identity_contradicted",
    "last_deadline",
    "mark_shown",
    "news_since",
    "operator_decide",
    "outcomes_of",
    "raise_alert",
    "record_outcome",
    "release_claim",
    "summaries",
    "summary",
    "view_picture",
    "waiting",
]
