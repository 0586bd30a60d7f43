"""Rows of the assessments, and of the documents that were issued.

A file is a published or disclosable document and no biometric: it stands in the database, behind the wall and
in its backups, because it must outlive any key of the vault.
"""

from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel
from apps.deployments.data import AssessmentKind

HASH_LENGTH = 64
MAX_TITLE, MAX_VERSION, MAX_REASON = 120, 20, 500


class Assessment(TenantModel):
    """One version of an assessment. Both days are of the London calendar and both included.

    `in_force_until` only ever comes nearer: an end before the planned one has a reason.
    """

    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in AssessmentKind])
    title = models.CharField(max_length=MAX_TITLE)
    version = models.CharField(max_length=MAX_VERSION)
    in_force_from = models.DateField()
    in_force_until = models.DateField()
    # Of bias evidence: the model pack that it was measured with. Empty for the others.
    pack_id = models.CharField(max_length=80, blank=True)
    # Whether anybody may read it without an account; then public notices link it.
    is_public = models.BooleanField()
    sha256 = models.CharField(max_length=HASH_LENGTH)
    size = models.PositiveIntegerField()
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    uploaded_by_id = models.UUIDField()
    uploaded_by = models.CharField(max_length=254)
    uploaded_at = models.DateTimeField()
    ended_by = models.CharField(max_length=254, blank=True)
    end_reason = models.CharField(max_length=MAX_REASON, blank=True)

    class Meta:
        ordering = ("kind", "-in_force_from", "title")
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "kind", "title", "version"], name="deployments_assessment_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in AssessmentKind]),
                name="deployments_assessment_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title} {self.version}"


class AssessmentFile(TenantModel):
    """The PDF itself, apart, so that no list reads it. Written once."""

    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.assessment_id}"


class AuthorityDocument(TenantModel):
    """That an approved authority was issued as the file with this hash; its bytes are made when asked."""

    deployment = models.ForeignKey("deployments.Deployment", on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=HASH_LENGTH)
    file_sha256 = models.CharField(max_length=HASH_LENGTH, db_index=True)
    issued_to_id = models.UUIDField(null=True)
    issued_to = models.CharField(max_length=254)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "file_sha256"], name="deployments_document_once")
        ]

    def __str__(self) -> str:
        return f"document of {self.deployment_id}: {self.file_sha256[:12]}"
