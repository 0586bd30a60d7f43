"""What is left of a deployment whose years are over. No rules here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel


class DeletedDeployment(TenantModel):
    """That there was a deployment, so that its public address says what became of it, its reference is never
    used again, and sums over a time say what they lack. No place, no purpose, no person.

    `id` is the deployment's. `decided`: an officer had decided on it; `announced`: it had a public notice.
    Written by a function of the owner alone (migration 0012), in the transaction of the deletion.
    """

    reference = models.CharField(max_length=40)
    window_start = models.DateTimeField()
    state = models.CharField(max_length=20)
    rehearsal = models.BooleanField()
    decided = models.BooleanField()
    began = models.BooleanField()
    announced = models.BooleanField()
    closed_at = models.DateTimeField()
    deleted_at = models.DateTimeField()

    class Meta:
        ordering = ("window_start", "reference")
        constraints = [
            models.UniqueConstraint(fields=["force_id", "reference"], name="deployments_deleted_once"),
            models.CheckConstraint(
                condition=Q(deleted_at__gt=models.F("closed_at")), name="deployments_deleted_after_it_closed"
            ),
        ]
        indexes = [models.Index(fields=["force_id", "window_start"], name="deployments_deleted_window")]

    def __str__(self) -> str:
        return f"{self.reference}: deleted"
