from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class AuditEvent(TenantModel):
    """One thing that happened. The application role may INSERT and SELECT, nothing else. No foreign keys: the
    record must outlive what it is about."""

    ordinal = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    roles = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80)
    object_id = models.UUIDField()
    reason = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)
    salt = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["force_id", "object_type", "object_id", "at"], name="audit_event_object"),
            models.Index(fields=["force_id", "at"], name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"


class AuditPending(TenantModel):
    """An event the chainer has not linked yet. Only a to-do list: verification does not trust it."""

    event_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return str(self.event_id)


class AuditLink(TenantModel):
    """One link of a force's chain. Append-only like the events."""

    position = models.BigIntegerField()
    event_id = models.UUIDField(unique=True)
    previous_hash = models.BinaryField()
    link_hash = models.BinaryField()
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id", "position"], name="audit_link_position")]

    def __str__(self) -> str:
        return f"link {self.position}"
