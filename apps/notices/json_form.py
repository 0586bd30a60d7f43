"""A notice as JSON, by the schema in docs/reference/notice.schema.json. Instants are UTC, places GeoJSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from apps.notices.data import (
    DeletionStep,
    NoticeContent,
    NoticeData,
    OldVersion,
    ResultRate,
    ResultsData,
)
from apps.notices.languages import public_path
from apps.notices.outside import address
from apps.notices.wording import (
    CATEGORY_WORDS,
    DELETION_WORDS,
    REHEARSAL_WORDS,
    STATUS_WORDS,
    URGENT_WORDS,
    USE_CASE_WORDS,
)

FORMAT = 1


def as_json(notice: NoticeData) -> dict[str, Any]:
    """Raises ValueError for a notice that is not published."""
    content = notice.content
    if content is None or notice.published_at is None:
        raise ValueError("only a published notice is given away")
    names = (content.force_slug, notice.slug)
    return {
        "format": FORMAT,
        "address": address(notice),
        "easy_read": absolute(public_path("easy-read", *names)),
        "digest": notice.digest,
        "force": {"slug": content.force_slug, "name": content.force_name},
        "reference": content.reference,
        "status": {"code": str(notice.status), "words": STATUS_WORDS[notice.status]},
        "rehearsal": content.rehearsal,
        "urgent": _urgent(content),
        **_place_and_time(content),
        "use_case": {
            "code": content.use_case,
            "words": REHEARSAL_WORDS if content.rehearsal else USE_CASE_WORDS[content.use_case],
        },
        "purpose": content.policing_purpose,
        "legal_bases": list(content.legal_bases),
        "categories": [{"code": code, "words": CATEGORY_WORDS[code]} for code in content.categories],
        "kept_at_most_hours": {"alert": content.alert_keep_hours, "list": content.watchlist_keep_hours},
        "documents": [{"title": title, "address": link} for title, link in content.documents],
        "notice_minimum_days": content.notice_minimum_days,
        "published_at": utc(notice.published_at),
        "seen_from_outside_at": utc(notice.verified_at),
        "results_due_at": utc(content.results_due_at),
        "results": results_form(notice.results) if notice.results else None,
        "deletions": [_deletion(step) for step in notice.deletions],
        "history": [{"at": utc(change.at), "text": change.text} for change in notice.history],
        "old_versions": [_version(version, names) for version in notice.versions],
    }


def absolute(path: str) -> str:
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path


def utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _urgent(content: NoticeContent) -> dict[str, Any] | None:
    code = content.urgent_grounds
    if not code:
        return None
    return {
        "code": code,
        "words": URGENT_WORDS[code],
        "refused_afterwards": content.refused_afterwards,
    }


def _place_and_time(content: NoticeContent) -> dict[str, Any]:
    return {
        "place": _place(content.place_name, content.polygon),
        "alternative_places": [_place(name, outline) for name, outline in content.alternatives],
        "window": {"start": utc(content.window_start), "end": utc(content.window_end)},
    }


def _place(name: str, outline: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """GeoJSON has the longitude first, and closes a ring."""
    ring = [[longitude, latitude] for latitude, longitude in outline]
    return {"name": name, "area": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}


def _version(version: OldVersion, names: tuple[str, str]) -> dict[str, Any]:
    return {
        "number": version.number,
        "address": absolute(public_path("version", *names, version.number)),
        "since": utc(version.since),
        "until": utc(version.until),
        "notice_period_restarted": version.restarted,
        **_place_and_time(version.content),
    }


def _deletion(step: DeletionStep) -> dict[str, Any]:
    return {
        "what": DELETION_WORDS.get(step.data_class, step.title),
        "due_at": utc(step.due_at),
        "done_at": utc(step.done_at),
    }


def results_form(results: ResultsData) -> dict[str, Any]:
    """Null is "not recorded", and never zero; what the force withholds is null and named in `withheld`."""
    return {
        "started_at": utc(results.started_at),
        "ended_at": utc(results.ended_at),
        "alerts": results.alerts,
        "mismatches": results.false,
        "operator_rejected": results.operator_rejected,
        "confirmed_true": results.confirmed_true,
        "confirmed_false": results.confirmed_false,
        "unresolved": results.unresolved,
        "people_spoken_to": results.spoken_to,
        "arrests": results.arrests,
        "other_disposals": results.other_disposals,
        "no_action": results.no_action,
        "not_located": results.not_located,
        "faces_seen": results.tracks,
        "people_on_list": results.list_subjects,
        "threshold": results.threshold,
        "model": results.pack_id or None,
        "false_of_alerts": rate_form(results.false_of_alerts),
        "false_of_faces": rate_form(results.false_of_tracks),
        "true_recognition": rate_form(results.true_recognition),
        "withheld": list(results.withheld),
        "findings": results.findings,
        "stopped_reason": results.stopped_reason,
    }


def rate_form(rate: ResultRate | None) -> dict[str, Any] | None:
    return dict(vars(rate)) if rate else None
