"""Rows that the day leaves behind. No rules here: the database only refuses what can never be true."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.deployments.data_day import EngagementKind

HASH_LENGTH = 64


class DeploymentRow(TenantModel):
    """What the rows below share: they belong to one deployment, and were written once."""

    deployment = models.ForeignKey("deployments.Deployment", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class SignCheck(DeploymentRow):
    """One look at the sign of one approach; the latest since the seal counts. The photograph holds no face:
    what the detector finds is blurred before it gets here; a picture that cannot be cleared is refused."""

    approach = models.CharField(max_length=300)
    passed = models.BooleanField()
    note = models.TextField(blank=True)
    photograph = models.BinaryField(null=True)
    photograph_sha256 = models.CharField(max_length=HASH_LENGTH, blank=True)
    faces_blurred = models.PositiveSmallIntegerField(default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("recorded_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=False)
                | Q(photograph__isnull=False, latitude__isnull=False, longitude__isnull=False),
                name="deployments_sign_with_evidence",
            )
        ]

    def __str__(self) -> str:
        return f"sign {self.approach}: {'stands' if self.passed else 'failed'}"


class KeptPhotograph(DeploymentRow):
    """A sign's photograph, faces blurred, that waits minutes for the rest of its form; then it is deleted."""

    approach = models.CharField(max_length=300)
    photograph = models.BinaryField()
    faces_blurred = models.PositiveSmallIntegerField(default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    actor_id = models.UUIDField()
    kept_at = models.DateTimeField()
    purge_due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["purge_due_at"], name="deployments_kept_until")]

    def __str__(self) -> str:
        return f"photograph of the sign at {self.approach} until {self.purge_due_at:%H:%M}"


class CameraStop(DeploymentRow):
    """That a camera fell silent, so that nothing of it is searched until it is heard again and somebody on
    duty says so (domain.md §2)."""

    camera = models.ForeignKey("deployments.Camera", on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    released_at = models.DateTimeField(null=True)
    released_by_id = models.UUIDField(null=True)
    released_by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ("stopped_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["deployment", "camera"],
                condition=Q(released_at__isnull=True),
                name="deployments_camera_stopped_once",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_by_id__isnull=False, released_by__gt=""),
                name="deployments_camera_released_by",
            ),
        ]

    def __str__(self) -> str:
        return f"camera {self.camera_id} stopped at {self.stopped_at:%H:%M:%S}"


class EngagementEntry(DeploymentRow):
    """What passers-by said and were told: no name, no description of anybody (domain.md §2)."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in EngagementKind])
    happened_at = models.DateTimeField()
    words = models.TextField()
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("happened_at", "recorded_at")

    def __str__(self) -> str:
        return f"{self.kind} at {self.happened_at:%H:%M}"


class ReviewNote(DeploymentRow):
    """What the force learnt and asks of the next deployment; the findings are the review's reasons."""

    lessons = models.TextField(blank=True)
    conditions = models.TextField(blank=True)
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment"], name="deployments_one_review_note")]

    def __str__(self) -> str:
        return f"review of {self.deployment_id}"
