from __future__ import annotations

import uuid

from django.db import models

from apps.core.tenancy import current_force_id


class TenantModel(models.Model):
    """A row of one force; `force_id` fills itself from the context. Its table needs a `tenant_policy`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    force_id = models.UUIDField(default=current_force_id, editable=False, db_index=True)

    class Meta:
        abstract = True


class DomainEvent(TenantModel):
    """Something a lower app did that an upper one may react to; written in the lower one's transaction."""

    kind = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    # By the real clock, also in a simulation: the sweep waits until the commit had its chance.
    recorded_at = models.DateTimeField()
    # Set when every handler has run: the sweep reads only rows without it.
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["force_id", "created_at"],
                condition=models.Q(settled_at__isnull=True),
                name="core_event_unsettled",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"


class EventHandling(TenantModel):
    """That one handler has dealt with one event; the unique constraint makes a handler run once."""

    event = models.ForeignKey(DomainEvent, on_delete=models.CASCADE, related_name="handlings")
    handler = models.CharField(max_length=120)
    handled_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="core_handled_once")]

    def __str__(self) -> str:
        return f"{self.handler} of {self.event_id}"
