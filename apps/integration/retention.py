"""Answers to repeated requests go after a day. No certificate: there is nobody's data in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.core import retention
from apps.core.retention import PurgeResult, RetentionRule
from apps.integration import webhooks
from apps.integration.models import Delivery, IdempotencyRecord

DATA_CLASS = "api_idempotency"
DELIVERIES = "webhook_deliveries"
# What a receiver acknowledged, and what was given up and nobody sent again.
KEPT_DELIVERED, KEPT_DEAD = timedelta(days=7), timedelta(days=30)
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


def _old_deliveries(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        Q(delivered_at__lte=now - KEPT_DELIVERED) | Q(dead_at__lte=now - KEPT_DEAD)
    )


def due_deliveries(now: datetime) -> int:
    return _old_deliveries(now).count()


def purge_deliveries(now: datetime) -> list[PurgeResult]:
    _old_deliveries(now).delete()
    webhooks.destroy_retired(now)
    return []


def verify_deliveries(now: datetime) -> list[str]:
    left = due_deliveries(now - PUNCTUAL)
    return [f"{left} deliveries of webhooks are older than they may be"] if left else []


SENT = RetentionRule(
    data_class=DELIVERIES,
    title=_("Messages to systems of the force: numbers and times of alerts, without a person"),
    kept=_("7 days after it was acknowledged, 30 days after it was given up"),
    source="docs/reference/webhooks.md",
    models=("integration.Delivery",),
    due_count=due_deliveries,
    purge=purge_deliveries,
    verify=verify_deliveries,
    verified_how="Counted again after the deletion.",
    counted_from="The moment at which the receiver acknowledged it, or at which it was given up.",
    destroyed_how="The rows are deleted, without a certificate.",
    elsewhere=retention.READABLE + " The receiving system keeps what it was sent by its own rules.",
)
ANSWERS = RetentionRule(
    data_class=DATA_CLASS,
    title=_("Answers to requests of other police systems, so that a request sent twice counts once"),
    kept=_("24 hours"),
    source="docs/how-to/administrator/api.md",
    models=("integration.IdempotencyRecord",),
    due_count=due_count,
    purge=purge,
    verify=verify,
    verified_how="Counted again after the deletion.",
    counted_from="The first answer.",
    destroyed_how="The rows are deleted, without a certificate.",
    elsewhere=retention.READABLE,
)


def register() -> None:
    retention.register(SENT)
    retention.exempt(
        "integration.Webhook",
        "Which system was told of events, until when, and who set it up: kept as long as the force.",
    )
    retention.exempt(
        "integration.WebhookSecret",
        "That a signing key existed; its bytes are in the vault and go a day after it was replaced, or when"
        " the webhook is ended.",
    )
    retention.register(ANSWERS)
    retention.exempt(
        "integration.ApiToken",
        "Which system could call, with what, until when, and who made it: kept as long as the force.",
    )
