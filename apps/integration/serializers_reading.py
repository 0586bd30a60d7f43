"""Notices and records as JSON: what their own apps write, described for the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.alerts.api import Rate
from apps.integration import shapes
from apps.integration.fields import InstantField, StrictSerializer
from apps.integration.serializers_deployments import MAX_PAGE, PAGE
from apps.integration.shapes import shape_of
from apps.notices import api as notices
from apps.notices.data import DeletionStep, NoticeContent, NoticeData, NoticeStatus, ResultsData
from apps.scrutiny.data import OF_LOG, DeploymentRecord, RecordRow

STATUSES = [status.value for status in NoticeStatus]


class RateSerializer(serializers.Serializer):
    """Both numbers, the share between 0 and 1, and its exact 95 % interval (Clopper-Pearson); the last two
    null without a count."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval95 = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True
    )


shapes.SHAPES[Rate] = lambda _: RateSerializer
RecordShape: Any = shape_of(DeploymentRecord, or_null=OF_LOG)


class RecordSerializer(RecordShape):
    """The deployment record: counts, times, rates and what officers wrote, without a face. Names that the
    platform knows are taken out of it; a name that it does not know may have been typed. Once the schedule
    has deleted the log of alerts, at `log_deleted_at`, what it said is null."""

    notice_hours = serializers.FloatField(allow_null=True)


class PageQuery(StrictSerializer):
    """Filters by the window, and the place in a list. `cursor` is the `next` of the page before."""

    starts_from = InstantField(required=False)
    starts_before = InstantField(required=False)
    cursor = serializers.CharField(max_length=120, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=PAGE)


class ExportQuery(StrictSerializer):
    reason = serializers.CharField(max_length=500, help_text="It stays in the audit record. Name nobody.")


class NoticeQuery(PageQuery):
    status = serializers.ChoiceField(STATUSES, required=False)


class HistorySerializer(serializers.Serializer):
    at = InstantField()
    text = serializers.CharField()


class NoticeSerializer(serializers.Serializer):
    """A public notice. `content` is null until it is published; `digest` is what its page carries."""

    deployment_id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    address = serializers.CharField(allow_null=True)
    digest = serializers.CharField(allow_blank=True)
    publish_at = InstantField(allow_null=True)
    published_at = InstantField(allow_null=True)
    verified_at = InstantField(allow_null=True)
    content = shape_of(NoticeContent)(allow_null=True)
    history = HistorySerializer(many=True)
    results = shape_of(ResultsData)(allow_null=True)
    deletions = shape_of(DeletionStep)(many=True)


class NoticeListSerializer(serializers.Serializer):
    """The latest window first. `next` is the cursor of the next page, null on the last one."""

    items = NoticeSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RecordListSerializer(serializers.Serializer):
    """What an officer decided on, the latest window first."""

    items = shape_of(RecordRow)(many=True)
    next = serializers.CharField(allow_null=True)


def notice_json(notice: NoticeData) -> dict[str, Any]:
    """JSON values, as NoticeSerializer says."""
    return {
        "deployment_id": str(notice.deployment_id),
        "status": notice.status.value,
        "address": notices.address(notice) if notice.content else None,
        "digest": notice.digest,
        **{name: _iso(getattr(notice, name)) for name in ("publish_at", "published_at", "verified_at")},
        "content": notice.content.snapshot() if notice.content else None,
        "history": [{"at": entry.at.isoformat(), "text": entry.text} for entry in notice.history],
        "results": notice.results.snapshot() if notice.results else None,
        "deletions": [step.snapshot() for step in notice.deletions],
    }


def _iso(instant: Any) -> str | None:
    return instant.isoformat() if instant else None


def record_row_json(row: RecordRow) -> dict[str, Any]:
    """JSON values, as RecordListSerializer says."""
    same = ("reference", "place", "state", "rehearsal", "alerts", "false", "log_deleted")
    return {
        **{name: getattr(row, name) for name in same},
        "date": row.date.isoformat(),
        "deletions": [step.snapshot() for step in row.deletions],
    }
