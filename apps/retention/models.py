from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel


class DeletionCertificate(TenantModel):
    """One purge of one data class for one subject, usually a deployment (domain.md §6).

    Written with the deletion, in its transaction; finished once a later transaction has looked again. The
    database refuses to change or delete a finished one (migration 0002).
    """

    data_class = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    subject_id = models.UUIDField(db_index=True)
    counts = models.JSONField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    verified_how = models.TextField()
    problems = models.JSONField(default=list)
    simulated = models.BooleanField()
    sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("started_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "data_class", "subject_id", "due_at"],
                condition=Q(finished_at__isnull=True),
                name="retention_one_unfinished",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, sha256="")
                | Q(finished_at__isnull=False, sha256__regex="^[0-9a-f]{64}$"),
                name="retention_finished_has_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_class} of {self.subject_id}"


class PurgeAlarm(TenantModel):
    """That the purge of one data class would fail, or that its deadline has passed without it.

    Nobody and no deployment is named. Deleted when the purge would go through again; the audit keeps both.
    """

    data_class = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    # How many things; null where they cannot even be counted.
    count = models.PositiveIntegerField(null=True)
    # The first of their deadlines; null where nobody foresaw it.
    due_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    overdue_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ("due_at", "data_class")
        constraints = [
            models.UniqueConstraint(fields=["force_id", "data_class"], name="retention_one_alarm_a_class")
        ]

    def __str__(self) -> str:
        return f"alarm of {self.data_class}"
