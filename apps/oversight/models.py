"""What the oversight body put to the force, and its history. Both are a public body's record."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.oversight.data import Kind, QuestionState, RecommendationState


class Matter(TenantModel):
    """One question or recommendation. The application role changes its state and nothing that was written."""

    kind = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20)
    text = models.TextField()
    # Which deployment it is about, by id and by the reference that was written; null: none in particular.
    deployment_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=40, blank=True)
    # The days that a recommendation is about, in London, both included.
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    # Proposed by the body, a day in London.
    due_on = models.DateField()
    put_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-put_at",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "kind", "number"], name="oversight_number_once"),
            models.CheckConstraint(
                condition=Q(kind=Kind.QUESTION.value, state__in=[state.value for state in QuestionState])
                | Q(kind=Kind.RECOMMENDATION.value, state__in=[state.value for state in RecommendationState]),
                name="oversight_state_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(first__isnull=True, last__isnull=True) | Q(first__lte=models.F("last")),
                name="oversight_days_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["force_id", "kind", "put_at", "id"], name="oversight_by_kind"),
            models.Index(fields=["force_id", "deployment_id"], name="oversight_by_deployment"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.state}"


class Entry(TenantModel):
    """One step in the history of a matter: who, when, in which words. Only ever added."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="entries")
    # Counted within the matter from 1.
    number = models.PositiveIntegerField()
    step = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    actor_rank = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["matter", "number"], name="oversight_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.matter_id}"
