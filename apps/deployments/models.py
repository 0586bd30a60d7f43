"""Rows of the deployments app. No rules here: the database only refuses what can never be true."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from apps.core.models import TenantModel
from apps.deployments.assessment_models import Assessment as Assessment
from apps.deployments.assessment_models import AssessmentFile as AssessmentFile
from apps.deployments.assessment_models import AuthorityDocument as AuthorityDocument
from apps.deployments.data import CheckKind, DeploymentState, Duty
from apps.deployments.day_models import CameraStop as CameraStop
from apps.deployments.day_models import DeploymentRow
from apps.deployments.day_models import EngagementEntry as EngagementEntry
from apps.deployments.day_models import KeptPhotograph as KeptPhotograph
from apps.deployments.day_models import ReviewNote as ReviewNote
from apps.deployments.day_models import SignCheck as SignCheck
from apps.deployments.rules.states import APPROVED_STATES, RUNNING
from apps.deployments.rules.suspensions import Cause
from apps.deployments.schedule_models import DeletedDeployment as DeletedDeployment

HASH_LENGTH = 64
APPROVED_VALUES = sorted(state.value for state in APPROVED_STATES)
RUNNING_VALUES = sorted(state.value for state in RUNNING)


class Camera(TenantModel):
    """A camera of the force, whichever relay carries its frames on the day."""

    name = models.CharField(max_length=80)
    registered_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["force_id", "name"], name="deployments_camera_once")]

    def __str__(self) -> str:
        return self.name


class Deployment(TenantModel):
    """One window with its own authority, list, checks, purge and record (domain.md §2).

    `authority` is the canonical content; `window_start` and `window_end` repeat it so that sweeps can ask.
    People are ids and labels, as in the audit: a record outlives an account.
    """

    reference = models.CharField(max_length=40)
    # The days of one operation share it; a name may be that of another one too.
    operation_id = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in DeploymentState])
    authority = models.JSONField()
    authority_hash = models.CharField(max_length=HASH_LENGTH)
    approved_hash = models.CharField(max_length=HASH_LENGTH, null=True)  # noqa: DJ001 - null is "no approval"
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    # When the approval lapses if recognition has not begun: `starts_by` of the content, or the window's end.
    lapses_at = models.DateTimeField()
    # Whether the content gives grounds for an exception from the notice.
    urgent = models.BooleanField(default=False)
    planner_id = models.UUIDField()
    planner_label = models.CharField(max_length=254)
    approver_id = models.UUIDField(null=True)
    approver_label = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True)
    # An urgent approval by an officer below superintendent: confirmed by then, or nothing runs.
    confirm_by = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmer_id = models.UUIDField(null=True)
    confirmer_label = models.CharField(max_length=254, blank=True, default="")
    refused_afterwards_at = models.DateTimeField(null=True)
    cancel_done = models.TextField(blank=True, default="")
    cancel_collected = models.TextField(blank=True, default="")
    publish_at = models.DateTimeField(null=True)
    notice_published_at = models.DateTimeField(null=True)
    notice_verified_at = models.DateTimeField(null=True)
    watchlist_id = models.UUIDField(null=True)
    watchlist_seal_hash = models.CharField(max_length=HASH_LENGTH, null=True)  # noqa: DJ001 - null is "no seal"
    accepted_seal_hash = models.CharField(max_length=HASH_LENGTH, null=True)  # noqa: DJ001 - null is "not accepted"
    sealed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    # The version of the force's settings when it was drafted: what it is judged by, whatever changes later.
    settings_version = models.PositiveIntegerField(default=1)
    # Why it is suspended (suspensions.Cause); empty while it is not, and for suspensions before this column.
    suspended_for = models.CharField(
        max_length=20, blank=True, default="", choices=[(cause.value, cause.value) for cause in Cause]
    )
    # False alerts until then were looked into by the officer who resumed it; null: none were.
    accuracy_from = models.DateTimeField(null=True)
    # When people were reminded that the results are due; null before.
    results_reminded_at = models.DateTimeField(null=True)
    # When its decision log was deleted by the schedule: its numbers of alerts are not 0, they are not here.
    log_deleted_at = models.DateTimeField(null=True)
    # Null for rows older than this column.
    state_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ("window_start", "reference")
        constraints = [
            models.UniqueConstraint(fields=["force_id", "reference"], name="deployments_reference_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in DeploymentState]),
                name="deployments_state_known",
            ),
            models.CheckConstraint(
                condition=Q(approver_id__isnull=True) | ~Q(approver_id=F("planner_id")),
                name="deployments_planner_never_approves",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=APPROVED_VALUES)
                | Q(approved_hash__isnull=False, approved_hash=F("authority_hash")),
                name="deployments_approval_of_content",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=RUNNING_VALUES)
                | Q(accepted_seal_hash__isnull=False, accepted_seal_hash=F("watchlist_seal_hash")),
                name="deployments_runs_on_accepted_list",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=RUNNING_VALUES)
                | Q(notice_verified_at__isnull=False)
                | Q(urgent=True, notice_published_at__isnull=False),
                name="deployments_runs_after_notice",
            ),
            models.CheckConstraint(
                condition=Q(confirm_by__isnull=True) | Q(urgent=True),
                name="deployments_only_urgent_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmer_id__isnull=True)
                | (~Q(confirmer_id=F("approver_id")) & ~Q(confirmer_id=F("planner_id"))),
                name="deployments_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(refused_afterwards_at__isnull=True)
                | (Q(confirmed_at__isnull=True) & ~Q(state__in=APPROVED_VALUES)),
                name="deployments_refused_is_over",
            ),
        ]
        indexes = [
            models.Index(fields=["force_id", "state", "window_end"], name="deployments_by_state"),
            models.Index(fields=["force_id", "window_start", "id"], name="deployments_by_window"),
            models.Index(fields=["force_id", "operation_id"], name="deployments_by_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.state}"


class AuthorityRevision(DeploymentRow):
    """The chain of authority hashes: each version names the one it replaced, what changed, and why."""

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    content = models.JSONField()
    content_hash = models.CharField(max_length=HASH_LENGTH)
    previous_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    changes = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["deployment", "number"], name="deployments_revision_number_once")
        ]

    def __str__(self) -> str:
        return f"authority {self.number} of {self.deployment_id}: {self.kind}"


class DeploymentDecision(DeploymentRow):
    """The decision log: who, in which role, what, why, of which content."""

    kind = models.CharField(max_length=30)
    role = models.CharField(max_length=40)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    reasons = models.TextField(blank=True)
    content_hash = models.CharField(max_length=HASH_LENGTH)
    # Of an officer, as they were when they decided; the account may say something else today.
    rank = models.CharField(max_length=60, blank=True, default="")
    collar_number = models.CharField(max_length=20, blank=True, default="")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ("decided_at",)
        # Anybody may ask about a fingerprint (public_checks.py): that must not read every decision there was.
        indexes = [models.Index(fields=["content_hash"], name="deployments_decided_content")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor_label}"


class ApprovalCondition(DeploymentRow):
    """What an officer made an approval depend on; open until somebody says when and how it was met. It lapses
    with the approval."""

    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    set_by = models.CharField(max_length=254)
    set_at = models.DateTimeField()
    met_by_id = models.UUIDField(null=True)
    met_by = models.CharField(max_length=254, blank=True)
    met_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("set_at", "number")
        constraints = [
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(met_by_id__isnull=False, note__gt=""),
                name="deployments_condition_met_how",
            )
        ]

    def __str__(self) -> str:
        return f"condition {self.number} of {self.deployment_id}"


class DeploymentDuty(DeploymentRow):
    """That somebody acted in a duty on this deployment; what separation of duties looks at."""

    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    duty = models.CharField(max_length=20, choices=[(duty.value, duty.value) for duty in Duty])
    first_at = models.DateTimeField()
    # Off duty since: counts for separation still, for staffing no more. Null while on duty.
    laid_down_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "actor_id", "duty"], name="deployments_duty_once")
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.duty}"


class CheckRecord(DeploymentRow):
    """One recording of one checklist item; the latest since the seal counts."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in CheckKind])
    passed = models.BooleanField()
    note = models.TextField(blank=True)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return f"{self.kind}: {'passed' if self.passed else 'failed'}"


class RecognitionGap(DeploymentRow):
    """A time in which recognition should have run and did not. No camera: all of them."""

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ("started_at",)
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="deployments_gap_onward")
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%H:%M:%S} to {self.ended_at:%H:%M:%S}: {self.reason}"
