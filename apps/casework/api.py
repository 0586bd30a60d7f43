"""Casework, for other apps: numbers and no words. Everything needs an open force context."""

from apps.casework.data import (
    ABOUT_LABELS,
    ANSWER_LABELS,
    BREACH_LABELS,
    CASE_WORDS,
    COMPLAINT_STATE_LABELS,
    HOURS_LABELS,
    OFFENCE_LABELS,
    REQUEST_LABELS,
    RESULT_LABELS,
    CaseworkSummary,
    PeriodCasework,
)
from apps.casework.gone import Gone, deleted_of_period
from apps.casework.policies import can_work
from apps.casework.summaries import of_deployments, of_period

__all__ = [
    "ABOUT_LABELS",
    "ANSWER_LABELS",
    "BREACH_LABELS",
    "CASE_WORDS",
    "COMPLAINT_STATE_LABELS",
    "HOURS_LABELS",
    "OFFENCE_LABELS",
    "REQUEST_LABELS",
    "RESULT_LABELS",
    "CaseworkSummary",
    "Gone",
    "PeriodCasework",
    "can_work",
    "deleted_of_period",
    "of_deployments",
    "of_period",
]
