"""That somebody asked whether the people on a list are still wanted: counts only, kept for the record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel


class StatusCheck(TenantModel):
    """One asking, from its beginning; without `finished_at` the answer is awaited, or the asker died.

    `unnamed` are people of whom a file says nothing and who stay as they are; `older` those of whom it says
    less than the list knows already. Names nobody: it outlives the list.
    """

    deployment_id = models.UUIDField(db_index=True)
    # Asked for an alert of one person: it says nothing of the others.
    one_person = models.BooleanField(default=False)
    source = models.CharField(max_length=8)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField()
    wanted = models.PositiveIntegerField(default=0)
    not_wanted = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    unnamed = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0)
    # Why there is no answer; empty where there is one.
    problem = models.CharField(max_length=300, blank=True, default="")
    by_id = models.UUIDField(null=True)
    by_label = models.CharField(max_length=200)

    class Meta:
        ordering = ("began_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=["file", "service", "people"]), name="watchlists_status_source"
            ),
        ]

    def __str__(self) -> str:
        return f"status check of {self.deployment_id}"
