"""Alerts, for other apps."""

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
from apps.alerts.policies import PictureGone
from apps.alerts.queries import current_revision, decisions_of, get, news_since, outcomes_of, summary

__all__ = [
    "PictureGone",
    "current_revision",
    "decisions_of",
    "engagement_decide",
    "establish_identity",
    "expire_undecided",
    "get",
    "identity_contradicted",
    "mark_shown",
    "news_since",
    "operator_decide",
    "outcomes_of",
    "raise_alert",
    "record_outcome",
    "summary",
    "view_picture",
]
