"""Webhooks of a force, their secrets, and what is still to be delivered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel


class Webhook(TenantModel):
    """Where a system of the force is told of events. Never deleted: an ended one says who ended it."""

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=300)
    events = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    # The link of the audit's chain up to which events were taken over into the outbox.
    position = models.BigIntegerField()
    # Of the whole receiver: nothing is sent before `retry_at`.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name


class WebhookSecret(TenantModel):
    """A signing key. Its bytes are in the vault, under a key of their own outside the database."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="secrets")
    number = models.PositiveIntegerField()
    vault_key_id = models.UUIDField()
    blob_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    # It still signs until then, beside the newer one.
    retires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["webhook", "number"], name="integration_secret_number_once"),
        ]

    def __str__(self) -> str:
        return f"key {self.number}"


class Delivery(TenantModel):
    """One event for one webhook: numbers, times and a camera, sent until it is acknowledged or given up."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    # The receiver's means to take nothing twice: of the recorded event, or of a ping.
    event_id = models.UUIDField()
    event = models.CharField(max_length=40)
    body = models.JSONField()
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    # Nobody else sends it before then.
    held_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="integration_delivery_once"),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(dead_at__isnull=True),
                name="integration_delivery_one_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["webhook", "created_at"],
                condition=Q(delivered_at__isnull=True, dead_at__isnull=True),
                name="integration_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.webhook_id}"
