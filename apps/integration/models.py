from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from apps.core.models import TenantModel
from apps.integration.data import MAX_LIFE
from apps.integration.webhook_models import Delivery as Delivery
from apps.integration.webhook_models import Webhook as Webhook
from apps.integration.webhook_models import WebhookSecret as WebhookSecret


class ApiToken(TenantModel):
    """A key of an integrating system. Only the SHA-256 of its secret is stored; a row is never deleted."""

    name = models.CharField(max_length=100)
    service_id = models.UUIDField()
    service_name = models.CharField(max_length=120)
    scopes = models.JSONField()
    networks = models.JSONField(default=list)
    secret_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    # By the hour: it says whether a token is in use, not what a system does all day.
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = [
            models.CheckConstraint(
                # A day of grace: the year may have one more.
                condition=Q(expires_at__lte=F("created_at") + MAX_LIFE + timedelta(days=1)),
                name="integration_token_lives_a_year",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.service_name}"


class IdempotencyRecord(TenantModel):
    """The answer to one write, so that the same request sent again gets it and does nothing.

    Written in the transaction of the write itself. It holds no list, picture or name: `request_hmac` is a
    keyed hash, by which nobody could find out what was sent.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    request_hmac = models.BinaryField(max_length=32)
    # Null only while the write is under way, in its own transaction.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["force_id", "token", "key"], name="integration_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
