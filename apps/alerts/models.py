"""Rows of the alerts app. No rules here: the database only refuses what can never be true."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.alerts.data import UNDECIDED, AlertState, EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.engagement_models import Engagement as Engagement
from apps.alerts.engagement_models import LooksErased as LooksErased
from apps.alerts.engagement_models import Receipt as Receipt
from apps.alerts.escalation_models import Escalation as Escalation
from apps.alerts.handover_models import HandOver as HandOver
from apps.alerts.handover_models import HandOverRecipient as HandOverRecipient
from apps.core.models import TenantModel


def _choices(*enums: type[AlertState] | type[Outcome] | type[Step]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for enum in enums for member in enum]


HAS_BLOBS = Q(probe_blob_id__isnull=False, template_blob_id__isnull=False)
HAS_NO_BLOB = Q(probe_blob_id__isnull=True, template_blob_id__isnull=True)
# A decoy shows a picture of a volunteer: nothing was measured, so that there is no template.
DECOY_HAS_BLOB = Q(decoy=True, probe_blob_id__isnull=False, template_blob_id__isnull=True)
# By type: no decision, rule or mistake of the code takes a decoy to DISPATCHED (domain.md §4).
DECOY_STATES = [AlertState.RAISED.value, AlertState.EXPIRED.value, AlertState.DECOY_ANSWERED.value]
A_DECOY = Q(decoy=True, decoy_subject_id__isnull=False, counted_apart=True, state__in=DECOY_STATES)
NO_DECOY = Q(decoy=False, decoy_subject_id__isnull=True) & ~Q(state=AlertState.DECOY_ANSWERED.value)
TO_DECIDE = Q(state__in=sorted(UNDECIDED))
CLAIMED = Q(claim_holder_id__isnull=False, claim_lapses_at__isnull=False) & ~Q(claim_step="")
NOT_CLAIMED = Q(claim_holder_id__isnull=True, claim_lapses_at__isnull=True, claim_step="")
DECISION_VALUES = [member.value for member in (*OperatorDecision, *EngagementDecision)]


class Counter(TenantModel):
    """One row a deployment. Taking a number locks it, so that commit order is number order (invariant 7)."""

    deployment_id = models.UUIDField(unique=True)
    last_number = models.PositiveIntegerField(default=0)
    last_revision = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"counter of {self.deployment_id}: {self.last_number}"


class Alert(TenantModel):
    """One person passing a camera whose face resembles a listed one: a question to an operator, no more."""

    deployment_id = models.UUIDField(db_index=True)
    number = models.PositiveIntegerField()
    revision = models.PositiveBigIntegerField()
    raised_revision = models.PositiveBigIntegerField()
    # Of the last change that asked somebody something. Rows from before this column ask nobody anew.
    asked_revision = models.PositiveBigIntegerField(default=0)
    camera_id = models.UUIDField()
    track_id = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    # About somebody of the Blue List on an operational day: in no count of what the day came to.
    counted_apart = models.BooleanField(default=False)
    # Shown to see whether operators look (decoys.py); and whose picture of the Blue List it shows as "seen".
    decoy = models.BooleanField(default=False)
    decoy_subject_id = models.UUIDField(null=True)
    captured_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=_choices(AlertState))
    cosine_similarity = models.FloatField()
    threshold = models.FloatField()
    key_id = models.UUIDField(unique=True)
    probe_blob_id = models.UUIDField(null=True)
    template_blob_id = models.UUIDField(null=True)
    purge_due_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True)
    first_shown_at = models.DateTimeField(null=True)
    identity_established_at = models.DateTimeField(null=True)
    identity_established_by = models.CharField(max_length=254, blank=True)
    # Who wrote it down for an officer who said it by radio.
    identity_entered_by = models.CharField(max_length=254, blank=True, default="")
    # Who works on the present step, until when: all four or none.
    claim_step = models.CharField(max_length=12, choices=_choices(Step), blank=True)
    claim_holder_id = models.UUIDField(null=True)
    claim_holder_label = models.CharField(max_length=254, blank=True)
    claim_lapses_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("deployment_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["deployment_id", "track_id"], name="alert_one_per_track"),
            models.UniqueConstraint(fields=["deployment_id", "number"], name="alert_number_once"),
            models.UniqueConstraint(fields=["deployment_id", "revision"], name="alert_revision_once"),
            models.CheckConstraint(
                condition=Q(cosine_similarity__gte=-1, cosine_similarity__lte=1, threshold__gte=-1)
                & Q(cosine_similarity__gte=F("threshold")),
                name="alert_at_or_over_threshold",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in AlertState]), name="alert_state_known"
            ),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) & (HAS_BLOBS | DECOY_HAS_BLOB)
                | Q(purged_at__isnull=False) & HAS_NO_BLOB,
                name="alert_purged_has_no_blobs",
            ),
            models.CheckConstraint(condition=A_DECOY | NO_DECOY, name="alert_decoy_never_dispatched"),
            models.CheckConstraint(condition=CLAIMED | NOT_CLAIMED, name="alert_claim_whole_or_none"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="alert_undecided", condition=TO_DECIDE),
            models.Index(fields=["purge_due_at"], name="alert_to_purge", condition=Q(purged_at__isnull=True)),
            models.Index(fields=["deployment_id", "subject_id", "raised_at"], name="alert_of_subject"),
        ]

    def __str__(self) -> str:
        return f"alert {self.number} of {self.deployment_id}: {self.state}"


class Decision(TenantModel):
    """What one person decided. Rows are added, never changed."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="decisions")
    step = models.CharField(max_length=12, choices=_choices(Step))
    value = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    decided_at = models.DateTimeField()
    # Who wrote it down for an officer who said it by radio; the decision stays the officer's.
    entered_by_id = models.UUIDField(null=True)
    entered_by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ("decided_at",)
        constraints = [
            # Two decisions are two people's (domain.md §1): the wall behind the policy.
            models.UniqueConstraint(fields=["alert", "actor_id"], name="alert_decision_one_per_person"),
            models.CheckConstraint(condition=Q(value__in=DECISION_VALUES), name="alert_decision_known"),
            # Nobody enters for another what they decided themselves, nor a first decision at all.
            models.CheckConstraint(
                condition=Q(entered_by_id__isnull=True)
                | Q(step=Step.ENGAGEMENT.value) & ~Q(entered_by_id=F("actor_id")),
                name="alert_decision_entered_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.value}"


class AlertOutcome(TenantModel):
    """One outcome of an alert; several may hold."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="outcomes")
    outcome = models.CharField(max_length=32, choices=_choices(Outcome))
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()
    entered_by_id = models.UUIDField(null=True)
    entered_by = models.CharField(max_length=254, blank=True)

    class Meta:
        db_table = "alerts_outcome"
        ordering = ("recorded_at",)
        constraints = [
            models.UniqueConstraint(fields=["alert", "outcome"], name="alert_outcome_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]), name="alert_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return self.outcome
