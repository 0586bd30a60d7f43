from __future__ import annotations

import uuid

from django.db import models

from apps.forces.policies import check_documents, check_lines


def default_categories() -> list[str]:
    """Hertfordshire's trial: wanted for serious offences, court orders, and the Blue List for testing."""
    return ["court_warrant", "suspected", "court_order", "blue_list"]


class Force(models.Model):
    """A police force: the tenant, and the settings that docs/domain.md leaves to each force.

    The registry of forces is readable without a force context (sign-in and public pages need it).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    notice_minimum_days = models.PositiveSmallIntegerField(default=7)
    list_window_hours = models.PositiveSmallIntegerField(default=24)
    watchlist_keep_hours = models.PositiveSmallIntegerField(default=24)
    alert_keep_hours = models.PositiveSmallIntegerField(default=24)
    decision_expiry_s = models.PositiveSmallIntegerField(default=60)
    max_watchlist_size = models.PositiveIntegerField(default=10_000)
    minimum_staffing = models.PositiveSmallIntegerField(default=3)
    # From the end of a deployment to its published results (domain.md §3).
    results_deadline_days = models.PositiveSmallIntegerField(default=5)
    categories = models.JSONField(default=default_categories)
    contact_lines = models.JSONField(default=list, blank=True)
    # The oversight body, its next meeting, its webcast: lines of text for every notice (domain.md §3).
    oversight_lines = models.JSONField(default=list, blank=True, validators=[check_lines])
    # [title, address] of the assessments and the policy that every notice links to.
    documents = models.JSONField(default=list, blank=True, validators=[check_documents])

    class Meta:
        constraints = [
            # The promises made to the public are ceilings, whatever a force sets.
            models.CheckConstraint(
                condition=models.Q(alert_keep_hours__lte=24), name="forces_alert_keep_at_most_24_h"
            ),
            models.CheckConstraint(
                condition=models.Q(watchlist_keep_hours__lte=24), name="forces_watchlist_keep_at_most_24_h"
            ),
        ]

    def __str__(self) -> str:
        return self.name
