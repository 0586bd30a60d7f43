"""That alerts waited and nobody who may decide was at a console."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.alerts.data import Step
from apps.core.models import TenantModel


class Escalation(TenantModel):
    """One time in which a step waited for nobody. Opened and ended by the sweep alone (escalation.py)."""

    deployment_id = models.UUIDField(db_index=True)
    step = models.CharField(max_length=12, choices=[(step.value, step.value) for step in Step])
    # Since when the alert that waited longest had waited, its number, and how many waited beside it.
    waits_since = models.DateTimeField()
    first_number = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("began_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["deployment_id", "step"],
                condition=Q(ended_at__isnull=True),
                name="alert_escalation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="alert_escalation_ends_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.deployment_id} since {self.began_at:%H:%M:%S}"
