from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.notices.data import NoticeStatus


class Notice(TenantModel):
    """The public page of one deployment. Once published all may read the row, only its force write it.

    `content` is a snapshot, so that an anonymous page needs no other table.
    """

    deployment_id = models.UUIDField(unique=True)
    slug = models.SlugField(max_length=40)
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in NoticeStatus])
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    history = models.JSONField(default=list)
    # None: nothing waits to be published.
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-published_at",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "slug"], name="notices_slug_once"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in NoticeStatus]),
                name="notices_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[NoticeStatus.PUBLISHED.value, NoticeStatus.ENDED.value])
                | Q(published_at__isnull=False),
                name="notices_published_when",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~Q(digest=""), name="notices_published_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.status}"
