from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.notices.answer_models import PublicAnswer as PublicAnswer
from apps.notices.data import NoticeStatus
from apps.notices.people_models import NoticeOutage as NoticeOutage
from apps.notices.people_models import OutgoingMail as OutgoingMail
from apps.notices.people_models import Reminder as Reminder
from apps.notices.people_models import Subscription as Subscription
from apps.notices.states import OVER, UNDER_WAY

ANNOUNCED = sorted(status.value for status in UNDER_WAY | OVER)


class Notice(TenantModel):
    """The public page of one deployment. Once published all may read the row, only its force write it.

    `content` is a snapshot, so that an anonymous page needs no other table.
    """

    deployment_id = models.UUIDField(unique=True)
    slug = models.SlugField(max_length=40)
    status = models.CharField(max_length=20, choices=[(s.value, s.value) for s in NoticeStatus])
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    history = models.JSONField(default=list)
    results = models.JSONField(null=True)
    # What the results said before each correction (data.OldResults), the first one first.
    old_results = models.JSONField(default=list)
    deletions = models.JSONField(default=list)
    # What it said before a change of place or time (data.OldVersion), the first one first.
    versions = models.JSONField(default=list)
    # What the oversight body has attached, and the force has replied (oversight.Attached).
    attached = models.JSONField(default=dict)
    # Repeated from `content`, so that the list can be cut into pages without reading every notice there was.
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)
    # None: nothing waits to be published.
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    # From when the notice counts: later than it was first seen by the outages that stopped its clock.
    verified_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(null=True)
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
                condition=~Q(status__in=ANNOUNCED) | Q(published_at__isnull=False),
                name="notices_published_when",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~Q(digest=""), name="notices_published_digest"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(window_start__isnull=False, window_end__isnull=False),
                name="notices_published_window",
            ),
            models.CheckConstraint(
                condition=~Q(status=NoticeStatus.RESULTS_PUBLISHED.value) | Q(results__isnull=False),
                name="notices_results_there",
            ),
        ]
        indexes = [
            models.Index(fields=["window_start", "id"], name="notices_by_window"),
            models.Index(fields=["force_id", "window_start", "id"], name="notices_by_force_and_window"),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.status}"
