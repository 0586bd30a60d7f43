"""What the public pages show, in words: a notice turned into text, nothing decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.notices.data import NoticeContent, NoticeData, NoticeStatus
from apps.notices.outside import path
from apps.notices.wording import (
    CATEGORY_WORDS,
    STATUS_BANNERS,
    STATUS_WORDS,
    USE_CASE_WORDS,
    say_moment,
    say_window,
)


@dataclass(frozen=True)
class Page:
    """One notice as text. `digest` is the mark that the look from outside compares."""

    path: str
    force_name: str
    reference: str
    place_name: str
    area: tuple[str, ...]
    window: str
    status: str
    banner: str
    is_called_off: bool
    is_over: bool
    rehearsal: bool
    purpose: str
    use_case: str
    legal_bases: tuple[str, ...]
    categories: tuple[str, ...]
    alert_keep_hours: int
    watchlist_keep_hours: int
    deletion: tuple[tuple[str, str], ...]
    contact_lines: tuple[str, ...]
    published: str
    history: tuple[tuple[str, str], ...]
    digest: str


CALLED_OFF = frozenset(
    {NoticeStatus.WITHDRAWN, NoticeStatus.CANCELLED, NoticeStatus.REVOKED, NoticeStatus.EXPIRED}
)


def page(notice: NoticeData, *, now: datetime) -> Page:
    """The page of a published notice. Raises ValueError for one that is not."""
    content = notice.content
    if content is None or notice.published_at is None:
        raise ValueError("only a published notice has a page")
    return Page(
        path=path(notice),
        force_name=content.force_name,
        reference=content.reference,
        place_name=content.place_name,
        area=_area(content),
        window=say_window(content.window_start, content.window_end),
        status=_status(notice, content, now),
        banner=STATUS_BANNERS.get(notice.status, ""),
        is_called_off=notice.status in CALLED_OFF,
        is_over=notice.status is NoticeStatus.ENDED or now >= content.window_end,
        rehearsal=content.rehearsal,
        purpose=content.policing_purpose,
        use_case=USE_CASE_WORDS[content.use_case],
        legal_bases=content.legal_bases,
        categories=tuple(CATEGORY_WORDS[category] for category in content.categories),
        alert_keep_hours=content.alert_keep_hours,
        watchlist_keep_hours=content.watchlist_keep_hours,
        deletion=content.deletion,
        contact_lines=content.contact_lines,
        published=say_moment(notice.published_at),
        history=tuple((say_moment(entry.at), entry.text) for entry in reversed(notice.history)),
        digest=notice.digest,
    )


def _status(notice: NoticeData, content: NoticeContent, now: datetime) -> str:
    """ "Planned" only while it still can be: a page may be read before the sweep has noticed."""
    if notice.status is NoticeStatus.PUBLISHED and now >= content.window_end:
        return "Time over"
    if notice.status is NoticeStatus.PUBLISHED and now >= content.window_start:
        return "Due now"
    return STATUS_WORDS[notice.status]


def _area(content: NoticeContent) -> tuple[str, ...]:
    return tuple(
        f"{abs(lat):.5f}° {'south' if lat < 0 else 'north'}, {abs(lon):.5f}° {'west' if lon < 0 else 'east'}"
        for lat, lon in content.polygon
    )
