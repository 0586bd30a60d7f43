"""Retention, for other apps."""

from apps.retention.operations import run_due, simulate_due
from apps.retention.queries import certificates, overdue

__all__ = ["certificates", "overdue", "run_due", "simulate_due"]
