"""Alerts, for other apps."""

from apps.alerts.arrests import arrests, is_alert
from apps.alerts.by_state import InState, by_state
from apps.alerts.claiming import claim, release_claim
from apps.alerts.deciding import BANDS_S, Accepted, Deciding, Spread, Times, deciding, decision_times
from apps.alerts.decoys import decoy_summary, show_decoys
from apps.alerts.engagement_queries import (
    engagement_list,
    engagement_summaries,
    engagement_summary,
    open_engagements,
)
from apps.alerts.engagements import escalate_engagements, examine, mark_child, record_stop
from apps.alerts.escalation import escalate, escalation_words, open_escalations
from apps.alerts.handover.data import HandOverCounts
from apps.alerts.handover.operations import note_late as note_late_hand_overs
from apps.alerts.handover.policies import TAKE_PART as HAND_OVER_ROLES
from apps.alerts.handover.queries import Duty as HandOverDuty
from apps.alerts.handover.queries import duties as hand_over_duties
from apps.alerts.handover.queries import hand_over_counts
from apps.alerts.handover.recipients import waiting as waiting_recipients
from apps.alerts.history import PastAlert, past_alerts
from apps.alerts.looking import Looking, looking
from apps.alerts.looks import Looked, looked
from apps.alerts.operations import (
    engagement_decide,
    establish_identity,
    expire_undecided,
    identity_contradicted,
    mark_shown,
    operator_decide,
    record_outcome,
    view_picture,
)
from apps.alerts.policies import CLAIM_LASTS, AlertClaimed, PictureGone
from apps.alerts.presence import Present, nobody_words, present
from apps.alerts.queries import (
    current_revision,
    decisions_of,
    false_alerts,
    get,
    news_since,
    outcomes_of,
    summary,
)
from apps.alerts.radio import Said, enter, enter_stop, officers_on_duty
from apps.alerts.raising import raise_alert, raise_alerts
from apps.alerts.rates import FalseAlerts, Rate, false_alert_rates, say_left_out
from apps.alerts.receipts import give_receipt
from apps.alerts.summaries import last_deadline, summaries
from apps.alerts.undecided import Open, open_alerts
from apps.alerts.waiting import waiting

__all__ = [
    "BANDS_S",
    "CLAIM_LASTS",
    "HAND_OVER_ROLES",
    "Accepted",
    "AlertClaimed",
    "Deciding",
    "FalseAlerts",
    "HandOverCounts",
    "HandOverDuty",
    "InState",
    "Looked",
    "Looking",
    "Open",
    "PastAlert",
    "PictureGone",
    "Present",
    "Rate",
    "Said",
    "Spread",
    "Times",
    "arrests",
    "by_state",
    "claim",
    "current_revision",
    "deciding",
    "decision_times",
    "decisions_of",
    "decoy_summary",
    "engagement_decide",
    "engagement_list",
    "engagement_summaries",
    "engagement_summary",
    "enter",
    "enter_stop",
    "escalate",
    "escalate_engagements",
    "escalation_words",
    "establish_identity",
    "examine",
    "expire_undecided",
    "false_alert_rates",
    "false_alerts",
    "get",
    "give_receipt",
    "hand_over_counts",
    "hand_over_duties",
    "identity_contradicted",
    "is_alert",
    "last_deadline",
    "looked",
    "looking",
    "mark_child",
    "mark_shown",
    "news_since",
    "nobody_words",
    "note_late_hand_overs",
    "officers_on_duty",
    "open_alerts",
    "open_engagements",
    "open_escalations",
    "operator_decide",
    "outcomes_of",
    "past_alerts",
    "present",
    "raise_alert",
    "raise_alerts",
    "record_outcome",
    "record_stop",
    "release_claim",
    "say_left_out",
    "show_decoys",
    "summaries",
    "summary",
    "view_picture",
    "waiting",
    "waiting_recipients",
]
