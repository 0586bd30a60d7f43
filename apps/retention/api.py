"""Retention, for other apps."""

from apps.retention.operations import run_due, simulate_due
from apps.retention.queries import certificates, overdue
from apps.retention.rehearsing import rehearse

__all__ = ["certificates", "overdue", "rehearse", "run_due", "simulate_due"]
