"""Answers to repeated requests go after a day. No certificate: there is nobody's data in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.core import retention
from apps.core.retention import PurgeResult, RetentionRule
from apps.integration.models import IdempotencyRecord

DATA_CLASS = "api_idempotency"
# The purge comes every minute.
PUNCTUAL = timedelta(minutes=5)


def due_count(now: datetime) -> int:
    return IdempotencyRecord.objects.filter(expires_at__lte=now).count()


def purge(now: datetime) -> list[PurgeResult]:
    IdempotencyRecord.objects.filter(expires_at__lte=now).delete()
    return []


def verify(now: datetime) -> list[str]:
    left = due_count(now - PUNCTUAL)
    return [f"{left} answers of the API are older than a day"] if left else []


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title="Answers to requests of other police systems, so that a request sent twice counts once",
            kept="24 hours",
            source="docs/how-to/administrator/api.md",
            models=("integration.IdempotencyRecord",),
            due_count=due_count,
            purge=purge,
            verify=verify,
            verified_how="Counted again after the deletion.",
        )
    )
    retention.exempt(
        "integration.ApiToken",
        "Which system could call, with what, until when: kept with the audit record. No person's data.",
    )
