from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class AuditEvent(TenantModel):
    """One thing that happened. The application role may INSERT and SELECT, nothing else. No foreign keys: the
    record must outlive what it is about.

    `actor_label`, `origin`, `reason`, `payload` and `salt` are emptied at the end of their retention, by a
    function of the owner alone, which sets `erased_at`; everything else stays as it was recorded.
    """

    ordinal = models.BigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    rank = models.CharField(max_length=60, blank=True)
    roles = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80)
    object_id = models.UUIDField()
    reason = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)
    salt = models.BinaryField()
    content_digest = models.BinaryField()
    digest = models.BinaryField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["force_id", "object_type", "object_id", "at"], name="audit_event_object"),
            models.Index(fields=["force_id", "at"], name="audit_event_at"),
            models.Index(fields=["force_id", "ordinal"], name="audit_event_ordinal_force"),
            models.Index(fields=["force_id", "actor_id", "ordinal"], name="audit_event_actor"),
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


class AuditAnchor(TenantModel):
    """A signed statement of where the chain stood; the same line stands in a file outside the database."""

    sequence = models.BigIntegerField()
    position = models.BigIntegerField()
    taken_at = models.DateTimeField()
    line = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id", "sequence"], name="audit_anchor_sequence")]

    def __str__(self) -> str:
        return f"anchor {self.sequence} at link {self.position}"
