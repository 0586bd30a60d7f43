"""What the notices app gives to others and to its pages: frozen values (domain.md §3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class NoticeStatus(StrEnum):
    """What the page says of the deployment. Once published a notice stays visible, whatever happens."""

    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True)
class HistoryEntry:
    at: datetime
    text: str


@dataclass(frozen=True)
class NoticeContent:
    """What is shown, as it was when it was written: no names, no counts, no cameras.

    `polygon` holds (latitude, longitude) pairs in degrees; `categories` and `use_case` are codes.
    `deletion` holds (what, how long) of the retention table.
    """

    force_name: str
    force_slug: str
    contact_lines: tuple[str, ...]
    notice_minimum_days: int
    reference: str
    place_name: str
    polygon: tuple[tuple[float, float], ...]
    window_start: datetime
    window_end: datetime
    use_case: str
    policing_purpose: str
    categories: tuple[str, ...]
    legal_bases: tuple[str, ...]
    rehearsal: bool
    evidence_grade: str
    alert_keep_hours: int
    watchlist_keep_hours: int
    deletion: tuple[tuple[str, str], ...]

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        values: dict[str, Any] = json.loads(json.dumps(vars(self), default=_iso))
        return values

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> NoticeContent:
        return cls(
            **{
                **values,
                "contact_lines": tuple(values["contact_lines"]),
                "polygon": tuple((point[0], point[1]) for point in values["polygon"]),
                "window_start": datetime.fromisoformat(values["window_start"]),
                "window_end": datetime.fromisoformat(values["window_end"]),
                "categories": tuple(values["categories"]),
                "legal_bases": tuple(values["legal_bases"]),
                "deletion": tuple((row[0], row[1]) for row in values["deletion"]),
            }
        )


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be part of a notice")


@dataclass(frozen=True)
class NoticeData:
    """One notice. `content` is None until it is published; `digest` is what a public page must carry."""

    id: UUID
    force_id: UUID
    deployment_id: UUID
    slug: str
    status: NoticeStatus
    content: NoticeContent | None
    digest: str
    publish_at: datetime | None
    published_at: datetime | None
    verified_at: datetime | None
    history: tuple[HistoryEntry, ...]


@dataclass(frozen=True)
class Verification:
    """The outcome of one look at the public page from outside; `reason` says what was wrong."""

    verified: bool
    status: int
    reason: str


def digest_of(*, content: Mapping[str, Any], status: str, history: Sequence[Mapping[str, str]]) -> str:
    """SHA-256 (hexadecimal) of everything the page says; the page carries it as `lfr-notice-digest`."""
    everything = {"content": dict(content), "status": status, "history": [dict(entry) for entry in history]}
    text = json.dumps(everything, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
