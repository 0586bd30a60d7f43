"""Writes of casework, each atomic with its audit event."""

from apps.casework.operations.breaches import Done, NewBreach, enter_breach, step_breach, update_breach
from apps.casework.operations.complaints import NewComplaint, enter_complaint, step_complaint
from apps.casework.operations.day import ArrestEntry, record_arrest, record_hours
from apps.casework.operations.requests import NewRequest, enter_request, step_request
from apps.casework.operations.statements import OfWhat, state_none

__all__ = [
    "ArrestEntry",
    "Done",
    "NewBreach",
    "NewComplaint",
    "NewRequest",
    "OfWhat",
    "enter_breach",
    "enter_complaint",
    "enter_request",
    "record_arrest",
    "record_hours",
    "state_none",
    "step_breach",
    "step_complaint",
    "step_request",
    "update_breach",
]
