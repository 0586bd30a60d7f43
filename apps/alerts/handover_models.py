"""Rows of hand-overs: whose certificates a copy is sealed for, and who asked for, approved and collected one.

No row holds a picture, a template, or the copy itself.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from apps.alerts.handover.data import Ground, Kind, To
from apps.core.models import TenantModel

LABEL = 254
REFERENCE = 80


def _choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


class HandOverRecipient(TenantModel):
    """A certificate that one administrator recorded. In force once another one confirmed it, until it ends:
    replaced, refused or withdrawn. Rows are kept: they say for whom each copy was sealed."""

    to = models.CharField(max_length=24, choices=_choices(To))
    name = models.CharField(max_length=120)
    pem = models.TextField()
    subject = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    not_after = models.DateTimeField()
    asked_by_id = models.UUIDField()
    asked_by = models.CharField(max_length=LABEL)
    asked_at = models.DateTimeField()
    confirmed_by_id = models.UUIDField(null=True)
    confirmed_by = models.CharField(max_length=LABEL, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=LABEL, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alerts_handover_recipient"
        ordering = ("asked_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "to"],
                condition=Q(confirmed_at__isnull=False, ended_at__isnull=True),
                name="handover_recipient_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["force_id", "to"],
                condition=Q(confirmed_at__isnull=True, ended_at__isnull=True),
                name="handover_recipient_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by_id__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by_id__isnull=False, confirmed_at__isnull=False)
                & ~Q(confirmed_by_id=F("asked_by_id")),
                name="handover_recipient_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.fingerprint[:16]}"


NOBODY_DECIDED = Q(decided_by_id__isnull=True, decided_at__isnull=True, approved__isnull=True)
ANOTHER_DECIDED = Q(decided_by_id__isnull=False, decided_at__isnull=False, approved__isnull=False) & ~Q(
    decided_by_id=F("requested_by_id")
)


class HandOver(TenantModel):
    """One request for a copy of one alert. Free words go at `texts_due_at`, with the words of a stop."""

    alert = models.ForeignKey("alerts.Alert", on_delete=models.PROTECT, related_name="hand_overs")
    deployment_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    ground = models.CharField(max_length=16, choices=_choices(Ground), blank=True)
    complaint_reference = models.CharField(max_length=REFERENCE, blank=True)
    reason = models.TextField()
    requested_by_id = models.UUIDField()
    requested_by = models.CharField(max_length=LABEL)
    requested_at = models.DateTimeField()
    decided_by_id = models.UUIDField(null=True)
    decided_by = models.CharField(max_length=LABEL, blank=True)
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)
    refusal = models.TextField(blank=True)
    collections = models.PositiveIntegerField(default=0)
    collected_at = models.DateTimeField(null=True)
    collected_sha256 = models.CharField(max_length=64, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=LABEL, blank=True)
    their_reference = models.CharField(max_length=REFERENCE, blank=True)
    texts_due_at = models.DateTimeField()
    texts_erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alerts_handover"
        ordering = ("requested_at",)
        constraints = [
            # One that was refused may be asked for again.
            models.UniqueConstraint(
                fields=["alert", "kind"],
                condition=Q(approved__isnull=True) | Q(approved=True),
                name="handover_one_of_a_kind",
            ),
            models.CheckConstraint(
                condition=NOBODY_DECIDED | ANOTHER_DECIDED, name="handover_decided_by_another"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.EVIDENTIAL.value, ground="")
                | Q(kind=Kind.RESTRICTION.value) & ~Q(ground=""),
                name="handover_restriction_has_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(collections=0, collected_at__isnull=True)
                | Q(collections__gt=0, collected_at__isnull=False, approved=True),
                name="handover_collected_once_approved",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(collections__gt=0),
                name="handover_acknowledged_once_collected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} copy of {self.alert_id}"
