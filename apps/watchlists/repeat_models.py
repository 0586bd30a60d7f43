"""The table of decisions about pictures that are there twice."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.core.models import TenantModel
from apps.watchlists.data import Keep

CHOICES = [choice.value for choice in Keep]


class PictureDecision(TenantModel):
    """Which of two rows of one identity with one picture stays. It goes by lines and is deleted with its job;
    that it was made, by whom and why is in the audit."""

    job = models.ForeignKey(
        "watchlists.ImportJob", on_delete=models.PROTECT, related_name="picture_decisions"
    )
    first_line = models.PositiveIntegerField()
    second_line = models.PositiveIntegerField()
    choice = models.CharField(max_length=16)
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by_id = models.UUIDField()
    decided_by_label = models.CharField(max_length=200)

    class Meta:
        ordering = ("decided_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["job", "first_line", "second_line"], name="watchlists_picture_decided_once"
            ),
            models.CheckConstraint(condition=Q(choice__in=CHOICES), name="watchlists_keep_known"),
            models.CheckConstraint(
                condition=Q(first_line__lt=F("second_line")), name="watchlists_lines_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.id} ({self.choice})"
