"""The only rows of scrutiny: tables by group that were told. What was told cannot be taken back (ADR 21)."""

from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class ToldTable(TenantModel):
    """One table as it was told. `level` counts the groupings of its attribute from the coarsest, 0.

    `deployments` is how many with anybody in them it covers; `cells` the people by group.
    """

    attribute = models.CharField(max_length=16)
    level = models.PositiveSmallIntegerField()
    deployments = models.PositiveIntegerField()
    cells = models.JSONField()
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("told_at", "attribute", "level")
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "attribute", "level", "deployments"], name="scrutiny_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.deployments} deployments"
