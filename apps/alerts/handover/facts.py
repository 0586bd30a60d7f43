"""What the platform knows of one alert, as the copy says it. Never a template, nor how somebody looked to an
officer: that is written down to count by (domain.md §5), not as evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from apps.alerts.engagement_data import EngagementData
from apps.alerts.engagement_queries import engagements_of
from apps.alerts.handover.bundle import FORMAT
from apps.alerts.handover.data import HandOverData, Kind
from apps.alerts.models import Alert, AlertOutcome
from apps.alerts.policies import Case
from apps.alerts.queries import case_of
from apps.watchlists import api as watchlists

NOT_IN_IT = ("template",)


def facts(alert: Alert, found: HandOverData, *, candidate: str, now: datetime) -> dict[str, Any]:
    """`candidate` says in words whether the listed picture is in the copy, or why it is not."""
    case = case_of(alert)
    engagement = engagements_of(alert_ids=[alert.id]).get(alert.id)
    return {
        "format": FORMAT,
        "request": _request(found),
        "deployment": _deployment(case),
        "alert": _alert(case),
        "decisions": _decisions(case),
        "outcomes": _outcomes(alert),
        "engagement": None if engagement is None else _engagement(engagement),
        "receipt": None
        if engagement is None or engagement.receipt_until is None
        else {"good_until": _at(engagement.receipt_until)},
        "listed": _listed(alert, now) if found.kind is Kind.EVIDENTIAL else None,
        "listed_picture": candidate,
        "never_in_a_copy": list(NOT_IN_IT),
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _request(found: HandOverData) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "kind": found.kind.value,
        "ground": found.ground.value if found.ground else None,
        "complaint_reference": found.complaint_reference,
        "reason": found.reason,
        "requested_by": found.requested_by,
        "requested_at": _at(found.requested_at),
        "approved_by": found.decided_by,
        "approved_at": _at(found.decided_at),
    }


def _deployment(case: Case) -> dict[str, Any]:
    found = case.deployment
    return {
        "reference": found.reference,
        "place": found.authority.place_name,
        "window_start": _at(found.authority.window_start),
        "window_end": _at(found.authority.window_end),
        "rehearsal": found.authority.rehearsal,
        "authority_sha256": found.approved_hash or found.authority_hash,
        "authorised_by": found.approver_label,
        "authorised_at": _at(found.approved_at),
        "model_pack": found.authority.pack_id,
        "list_sha256": found.watchlist_seal_hash,
    }


def _alert(case: Case) -> dict[str, Any]:
    found = case.alert
    cameras = {camera.id: camera.name for camera in case.deployment.authority.cameras}
    return {
        "id": str(found.id),
        "number": found.number,
        "camera_id": str(found.camera_id),
        "camera": cameras.get(found.camera_id),
        "track_id": found.track_id,
        "captured_at": _at(found.captured_at),
        "raised_at": _at(found.raised_at),
        "first_shown_at": _at(found.first_shown_at),
        "state": found.state.value,
        # In [-1, 1], compared with ">="; never a percentage (invariant 10).
        "cosine_similarity": found.cosine_similarity,
        "threshold": found.threshold,
        "identity_established_at": _at(found.identity_established_at),
        "identity_established_by": found.identity_established_by,
        "identity_entered_by": found.identity_entered_by,
        "picture_deleted_at_the_latest": _at(found.purge_due_at),
    }


def _decisions(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "step": past.step.value,
            "value": past.value,
            "reason": past.reason,
            "by": past.actor_label,
            "at": _at(past.decided_at),
            "entered_by": past.entered_by,
        }
        for past in case.decisions
    ]


def _outcomes(alert: Alert) -> list[dict[str, Any]]:
    return [
        {
            "outcome": row.outcome,
            "by": row.actor_label,
            "at": _at(row.recorded_at),
            "entered_by": row.entered_by,
        }
        for row in AlertOutcome.objects.filter(alert=alert).order_by("recorded_at", "outcome")
    ]


def _engagement(found: EngagementData) -> dict[str, Any]:
    record = found.record
    return {
        "engaged_at": _at(found.engaged_at),
        "finished_at": _at(found.finished_at),
        "power": record.power.value if record.power else None,
        "power_other": record.power_other,
        "stop_started_at": _at(record.started_at),
        "stop_ended_at": _at(record.ended_at),
        "searched": record.searched,
        "search_power": record.search_power.value if record.search_power else None,
        "search_other": record.search_other,
        "force_used": record.force_used,
        "force_kinds": [kind.value for kind in record.force_kinds],
        "force_other": record.force_other,
        "body_worn": record.body_worn,
        "looked_under_18_at": _at(found.child_at),
        "appropriate_adult": record.adult.value if record.adult else None,
        "recorded_at": _at(found.recorded_at),
        "recorded_by": found.recorded_by,
        "entered_by": found.entered_by,
    }


def _listed(alert: Alert, now: datetime) -> dict[str, Any] | None:
    """Of the entry that the alert was about: enough to find it in the source. None once it is deleted."""
    card = watchlists.subject_cards(subject_ids=[alert.subject_id], now=now).get(alert.subject_id)
    if card is None:
        return None
    return {
        "reference": card.reference,
        "category": card.category,
        "offence": card.offence,
        "picture_taken_on": _day(card.captured_date),
        "removed_at": _at(card.removed_at),
        "status_checked_at": _at(card.status_checked_at),
    }
