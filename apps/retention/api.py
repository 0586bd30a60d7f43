"""Retention, for other apps."""

from apps.retention.alarms import alarms, note_alarms
from apps.retention.operations import run_due, simulate_due
from apps.retention.queries import certificates, overdue
from apps.retention.rehearsing import rehearse

__all__ = ["alarms", "certificates", "note_alarms", "overdue", "rehearse", "run_due", "simulate_due"]
