"""Rows of casework. No rules here: the database only refuses what can never be true.

Hours and results of arrests are added to and never changed. A case is what came in, which stays as it was
entered, and where it stands; each step is a row of its own. People are ids and labels, as in the audit.
Deployments are ids, which the database ties to rows of the same force (migration 0002).
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from apps.casework.data import (
    About,
    Answer,
    BreachKind,
    BreachState,
    CaseKind,
    ComplaintState,
    HoursRole,
    How,
    Offence,
    RequestKind,
    RequestState,
    Result,
    Risk,
)
from apps.core.models import TenantModel


def _closed(kind: type[StrEnum], **options: object) -> models.CharField[str, str]:
    return models.CharField(max_length=24, choices=[(each.value, each.value) for each in kind], **options)  # type: ignore[arg-type]


class Recorded(TenantModel):
    """Who entered it, and when."""

    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True


class HoursVersion(Recorded):
    """The hours of one deployment as somebody entered them; a correction is another version, with why."""

    deployment_id = models.UUIDField()
    number = models.PositiveIntegerField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["deployment_id", "number"], name="casework_hours_once"),
            models.CheckConstraint(condition=Q(number=1) | Q(reason__gt=""), name="casework_hours_why"),
        ]

    def __str__(self) -> str:
        return f"hours of {self.deployment_id}, version {self.number}"


class HoursLine(TenantModel):
    version = models.ForeignKey(HoursVersion, on_delete=models.PROTECT, related_name="lines")
    role = _closed(HoursRole)
    people = models.PositiveSmallIntegerField()
    hours = models.DecimalField(max_digits=8, decimal_places=2)
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "role"], name="casework_line_once"),
            models.CheckConstraint(
                condition=Q(people__gt=0, hours__gt=0) & (Q(cost__isnull=True) | Q(cost__gte=0)),
                name="casework_line_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.people} people, {self.hours} hours"


class ArrestResult(Recorded):
    """What came of the arrest that an alert led to; a correction is another version, with why."""

    deployment_id = models.UUIDField()
    alert_number = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    result = _closed(Result)
    decided_on = models.DateField()
    offence = _closed(Offence)
    on_purpose = models.BooleanField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("alert_number", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["deployment_id", "alert_number", "number"], name="casework_result_once"
            ),
            models.CheckConstraint(condition=Q(number=1) | Q(reason__gt=""), name="casework_result_why"),
        ]

    def __str__(self) -> str:
        return f"arrest of alert {self.alert_number} of {self.deployment_id}: {self.result}"


class Case(Recorded):
    """What complaints, breaches and requests share. `closed_at`: from then its years are counted."""

    number = models.PositiveIntegerField()
    deployment_id = models.UUIDField(null=True, db_index=True)
    # As it was called when this was entered; references of deployments do not change.
    deployment_reference = models.CharField(max_length=40, blank=True)
    own_reference = models.CharField(max_length=40, blank=True)
    summary = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Complaint(Case):
    """Never who complained: the force's own system knows that, under its own reference."""

    received_on = models.DateField()
    how = _closed(How)
    about = _closed(About)
    alert_number = models.PositiveIntegerField(null=True)
    state = _closed(ComplaintState)

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "number"], name="casework_complaint_once"),
            models.CheckConstraint(
                condition=Q(alert_number__isnull=True) | Q(deployment_id__isnull=False),
                name="casework_alert_of_deployment",
            ),
        ]
        indexes = [models.Index(fields=["force_id", "received_on"], name="casework_complaint_day")]

    def __str__(self) -> str:
        return f"complaint {self.number}: {self.state}"


class DataBreach(Case):
    became_aware_at = models.DateTimeField()
    kind = _closed(BreachKind)
    risk = _closed(Risk)
    # Until when the Information Commissioner is told; null where it is no breach of personal data.
    tell_by = models.DateTimeField(null=True)
    ico_told_at = models.DateTimeField(null=True)
    # Why not, or why late.
    ico_reason = models.TextField(blank=True)
    people_told = models.BooleanField(null=True)
    people_reason = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    # When its risk was lowered while it was overdue; it never goes again.
    was_overdue_at = models.DateTimeField(null=True)
    state = _closed(BreachState)

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "number"], name="casework_breach_once"),
            models.CheckConstraint(
                condition=Q(ico_told_at__isnull=True) | Q(ico_told_at__gte=F("became_aware_at")),
                name="casework_told_after_aware",
            ),
        ]
        indexes = [models.Index(fields=["force_id", "became_aware_at"], name="casework_breach_day")]

    def __str__(self) -> str:
        return f"breach {self.number}: {self.state}"


class RightsRequest(Case):
    """Never who asked. The last day for an answer is stored when it is entered."""

    received_on = models.DateField()
    kind = _closed(RequestKind)
    due_on = models.DateField()
    answered_on = models.DateField(null=True)
    answer = _closed(Answer, blank=True)
    state = _closed(RequestState)

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "number"], name="casework_request_once"),
            models.CheckConstraint(
                condition=Q(state="answered", answered_on__gte=F("received_on"), answer__gt="")
                | (~Q(state="answered") & Q(answered_on__isnull=True, answer="")),
                name="casework_answered_whole",
            ),
        ]
        indexes = [models.Index(fields=["force_id", "received_on"], name="casework_request_day")]

    def __str__(self) -> str:
        return f"request {self.number}: {self.state}"


class CaseStep(Recorded):
    """One step of a case, the entry included. Rows are added, never changed."""

    kind = _closed(CaseKind)
    case_id = models.UUIDField(db_index=True)
    step = models.CharField(max_length=24)
    words = models.TextField(blank=True)
    # Of a complaint about no deployment: that whoever ended it said to have had no part. Null: not asked.
    no_part = models.BooleanField(null=True)

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return f"{self.step} of {self.kind} {self.case_id}"


class NoneStatement(Recorded):
    """That there was none of a class so far, of a deployment or of a period: nought is somebody's word."""

    kind = _closed(CaseKind)
    deployment_id = models.UUIDField(null=True, db_index=True)
    first = models.DateField(null=True)
    last = models.DateField(null=True)

    class Meta:
        ordering = ("recorded_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(deployment_id__isnull=False, first__isnull=True, last__isnull=True)
                | Q(deployment_id__isnull=True, first__isnull=False, last__gte=F("first")),
                name="casework_none_of_what",
            )
        ]

    def __str__(self) -> str:
        return f"no {self.kind} of {self.deployment_id or f'{self.first} to {self.last}'}"


class CaseCounter(TenantModel):
    """The last number given in a class: no number is given twice, whatever is deleted."""

    kind = _closed(CaseKind)
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id", "kind"], name="casework_counter_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.last_number}"
