"""Rows of engagements: what an officer records of one, and the receipt that the person was given."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from apps.alerts.engagement_data import Adult, AgeBand, Ethnicity, Power, SearchPower, Sex
from apps.core.models import TenantModel

TEXT = 120


def _choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


class Engagement(TenantModel):
    """One alert that an officer engaged on. The clock is set when they do; the record is written after it.

    Free texts are of "other which" only, and go at `texts_due_at`.
    """

    alert = models.ForeignKey("alerts.Alert", on_delete=models.PROTECT, related_name="engagements")
    deployment_id = models.UUIDField(db_index=True)
    engaged_at = models.DateTimeField()
    escalates_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    power = models.CharField(max_length=24, choices=_choices(Power), blank=True)
    power_other = models.CharField(max_length=TEXT, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    searched = models.BooleanField(null=True)
    search_power = models.CharField(max_length=24, choices=_choices(SearchPower), blank=True)
    search_other = models.CharField(max_length=TEXT, blank=True)
    force_used = models.BooleanField(null=True)
    force_kinds = models.JSONField(default=list, blank=True)
    force_other = models.CharField(max_length=TEXT, blank=True)
    body_worn = models.CharField(max_length=TEXT, blank=True)
    avoided = models.BooleanField(null=True)
    child_at = models.DateTimeField(null=True)
    adult = models.CharField(max_length=12, choices=_choices(Adult), blank=True)
    ethnicity = models.CharField(max_length=16, choices=_choices(Ethnicity), blank=True)
    sex = models.CharField(max_length=16, choices=_choices(Sex), blank=True)
    age_band = models.CharField(max_length=12, choices=_choices(AgeBand), blank=True)
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=254, blank=True)
    # Who wrote it down for an officer who said it by radio.
    entered_by = models.CharField(max_length=254, blank=True)
    examined_at = models.DateTimeField(null=True)
    examined_by = models.CharField(max_length=254, blank=True)
    examined_words = models.TextField(blank=True)
    # When the sweep told that an hour after an arrest nobody had asked for the evidential copy.
    handover_late_at = models.DateTimeField(null=True)
    # That an arrest needs no such copy: why (handover.data.NoCopy), and who said so.
    no_copy = models.CharField(max_length=24, blank=True, default="", db_default="")
    no_copy_by_id = models.UUIDField(null=True)
    no_copy_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    no_copy_at = models.DateTimeField(null=True)
    texts_due_at = models.DateTimeField()
    texts_erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("engaged_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(no_copy="", no_copy_by_id__isnull=True, no_copy_at__isnull=True)
                | Q(no_copy__gt="", no_copy_by_id__isnull=False, no_copy_at__isnull=False),
                name="engagement_no_copy_has_who_and_when",
            ),
            models.UniqueConstraint(fields=["alert"], name="engagement_one_an_alert"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True)
                | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
                name="engagement_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(force_used__isnull=True)
                | Q(force_used=False, force_kinds=[])
                | Q(force_used=True) & ~Q(force_kinds=[]),
                name="engagement_force_has_its_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["escalates_at"],
                name="engagement_to_escalate",
                condition=Q(escalated_at__isnull=True, finished_at__isnull=True, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"engagement on {self.alert_id}"


class Receipt(TenantModel):
    """An address that the person was given. It holds nothing but when it dies: the page is read from the
    engagement, and has no name and no face. Its row is deleted when its time is over."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="receipts")
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engagement"], name="receipt_one_an_engagement")]

    def __str__(self) -> str:
        return f"receipt until {self.expires_at}"


class LooksErased(TenantModel):
    """What the erased looks of a force add up to, so that sums over all its deployments never shrink because
    a record grew old. One row a force: `people` by attribute and value, `deployments` by attribute."""

    people = models.JSONField(default=dict)
    deployments = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id"], name="alerts_looks_erased_once")]

    def __str__(self) -> str:
        return "sums of erased looks"
