"""Imports of lists as JSON: counts and reasons, no name, no picture and no file name."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.integration.fields import BooleanField, StrictSerializer
from apps.watchlists.data import ImportJobData, ImportReport, ImportState

MOST_PICTURES = 2_000
STATES = [state.value for state in ImportState]


class UploadSerializer(StrictSerializer):
    """One ZIP (watchlist.csv and a folder pictures), or a CSV with its pictures."""

    archive = serializers.FileField(required=False, allow_empty_file=True)
    csv = serializers.FileField(required=False, allow_empty_file=True)
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=255),
        required=False,
        default=list,
        max_length=MOST_PICTURES,
    )


class MoreSerializer(StrictSerializer):
    """One ZIP with a folder pictures and no list, or the pictures."""

    archive = serializers.FileField(required=False, allow_empty_file=True)
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=255),
        required=False,
        default=list,
        max_length=MOST_PICTURES,
    )


class ConfirmSerializer(StrictSerializer):
    """`without_refused` imports what was accepted and leaves out what was refused, and every picture with a
    warning: a person has to look at those, on the pages. Without it one refusal or warning stops it all."""

    without_refused = BooleanField(default=False)


class NothingSerializer(StrictSerializer):
    """No fields."""


class RefusedRowSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Of watchlist.csv; the header is line 1.")
    reference = serializers.CharField(allow_blank=True, help_text="As it was sent.")
    code = serializers.CharField()
    reason = serializers.CharField()


class WarningSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    reference = serializers.CharField(allow_blank=True)
    warning = serializers.CharField()


class ReportSerializer(serializers.Serializer):
    """What an import would do. Nothing is on a list before it is confirmed."""

    accepted_subjects = serializers.IntegerField()
    accepted_pictures = serializers.IntegerField()
    refused = RefusedRowSerializer(many=True)
    warnings = WarningSerializer(many=True)
    waits_for_person = serializers.BooleanField(
        help_text="Whether somebody has to decide on the conflicts, on a page, before it can be confirmed."
    )


class ImportSerializer(serializers.Serializer):
    """How far an upload is. `report` is there in the state checked and null in every other."""

    id = serializers.UUIDField()
    deployment_id = serializers.UUIDField()
    state = serializers.ChoiceField(STATES)
    rows = serializers.IntegerField()
    unused_pictures = serializers.IntegerField(help_text="Sent, named in no row, and not kept.")
    done = serializers.IntegerField(help_text="Pictures that were looked at.")
    total = serializers.IntegerField()
    problem = serializers.CharField(allow_blank=True)
    started_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    report = ReportSerializer(allow_null=True)


def import_json(job: ImportJobData) -> dict[str, Any]:
    """For ImportSerializer."""
    same = ("id", "deployment_id", "state", "rows", "unused_pictures", "done", "total", "problem")
    return {
        **{name: getattr(job, name) for name in (*same, "started_at", "updated_at")},
        "report": None if job.report is None else _report(job.report),
    }


def _report(report: ImportReport) -> dict[str, Any]:
    return {
        "accepted_subjects": report.accepted_subjects,
        "accepted_pictures": report.accepted_pictures,
        "refused": [
            {"line": row.line, "reference": row.reference, "code": row.code, "reason": _without_name(row)}
            for row in report.refused
        ],
        "warnings": [
            {"line": row.line, "reference": row.reference, "warning": row.warning} for row in report.warnings
        ],
        "waits_for_person": report.waits_for_person,
    }


def _without_name(row: Any) -> str:
    """A file is often called as the person is."""
    reason: str = row.reason
    return reason.replace(row.picture_name, "(file name)") if row.picture_name else reason
