"""What the public pages show, in words: a notice turned into text, nothing decided here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.area import Area, area
from apps.notices.attached import Attached
from apps.notices.data import NoticeContent, NoticeData, NoticeStatus, OldVersion
from apps.notices.languages import Choice, choices, public_path, say_history
from apps.notices.links import is_link
from apps.notices.outside import address
from apps.notices.record_page import Correction, corrections_of
from apps.notices.results import ClockRow, ResultsPage, clock_rows, results_page, say_alerts
from apps.notices.states import CALLED_OFF, OVER, SUSPEND, UNDER_WAY
from apps.notices.wording import (
    CATEGORY_WORDS,
    OVER_BANNERS,
    PAUSE_HISTORY,
    REHEARSAL_WORDS,
    STATUS_BANNERS,
    STATUS_WORDS,
    STEP_HISTORY,
    STOPPED_BANNER,
    URGENT_WORDS,
    USE_CASE_WORDS,
    say_countdown,
    say_date,
    say_moment,
    say_time,
    say_window,
)

# A status that is only true by the clock: the sweep has not moved the notice yet.
TIME_OVER = gettext_noop("Time over")
NOT_STARTED = gettext_noop("Not started yet")


class Tense(StrEnum):
    """How the page speaks of the deployment: it is coming or taking place, took place, or was called off."""

    AHEAD = "ahead"
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class Entry:
    """One notice on the list. `lead` is the one sentence that matters now, empty when there is none."""

    path: str
    force_name: str
    reference: str
    place_name: str
    window: str
    status: str
    status_code: str
    lead: str
    rehearsal: bool
    urgent: bool


@dataclass(frozen=True)
class VersionLine:
    """One old version on the page of its notice: where it can be read, until when it held."""

    path: str
    words: str


@dataclass(frozen=True)
class Page(Entry):
    """One notice as text. `digest` is the mark that the look from outside compares.

    `verified` is empty until somebody without an account could be shown the page.
    """

    address: str
    force_path: str
    area: Area
    banner: str
    tense: Tense
    urgent_words: str
    refused_afterwards: bool
    alternatives: tuple[tuple[str, Area], ...]
    approved_rank: str
    purpose: str
    use_case: str
    legal_bases: tuple[str, ...]
    categories: tuple[str, ...]
    alert_keep_hours: int
    watchlist_keep_hours: int
    deletion: tuple[tuple[str, str], ...]
    clock: tuple[ClockRow, ...]
    results: ResultsPage | None
    corrections: tuple[Correction, ...]
    results_due: str
    contact_lines: tuple[str, ...]
    contacts: dict[str, str]
    paragraphs: tuple[str, ...]
    withheld: tuple[str, ...]
    oversight_lines: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]
    notice_minimum_days: int
    published: str
    verified: str
    # When the notice counts from, where outages have moved that.
    counts_from: str
    attached: Attached
    history: tuple[tuple[str, str], ...]
    digest: str
    versions: tuple[VersionLine, ...]
    easy_read_path: str
    calendar_path: str
    json_path: str
    languages: tuple[Choice, ...]


def entry(notice: NoticeData, *, now: datetime) -> Entry:
    """A published notice on the list. Raises ValueError for one that is not published."""
    content, _ = _published(notice)
    return Entry(**_common(notice, content, now))


def page(notice: NoticeData, *, now: datetime, languages: Iterable[str] = ()) -> Page:
    """The page of a published notice. Raises ValueError for one that is not.

    `languages` are those that the force offers besides English.
    """
    content, published_at = _published(notice)
    names = (content.force_slug, notice.slug)
    return Page(
        **_common(notice, content, now),
        address=address(notice),
        area=area(content.polygon),
        banner=_banner(notice, content, now),
        tense=_tense(notice, content, now),
        urgent_words=_(URGENT_WORDS[content.urgent_grounds]) if content.urgent_grounds else "",
        refused_afterwards=content.refused_afterwards,
        alternatives=tuple((name, area(outline)) for name, outline in content.alternatives),
        approved_rank=content.approved_rank,
        purpose=content.policing_purpose,
        use_case=_(REHEARSAL_WORDS if content.rehearsal else USE_CASE_WORDS[content.use_case]),
        legal_bases=content.legal_bases,
        categories=tuple(_(CATEGORY_WORDS[category]) for category in content.categories),
        alert_keep_hours=content.alert_keep_hours,
        watchlist_keep_hours=content.watchlist_keep_hours,
        deletion=content.deletion,
        clock=clock_rows(notice.deletions, now=now),
        results=results_page(notice.results) if notice.results else None,
        corrections=corrections_of(notice),
        results_due=_results_due(notice, content, now),
        **_of_the_force(content),
        notice_minimum_days=content.notice_minimum_days,
        published=say_moment(published_at),
        **_seen(notice),
        attached=notice.attached,
        history=tuple((say_moment(change.at), change.text) for change in reversed(notice.history)),
        digest=notice.digest,
        versions=tuple(_version_line(version, *names) for version in reversed(notice.versions)),
        **_paths(names),
        languages=choices(languages, "notice", *names),
    )


def _paths(names: tuple[str, str]) -> dict[str, Any]:
    kinds = {"easy_read_path": "easy-read", "calendar_path": "notice-calendar", "json_path": "notice-json"}
    return {name: public_path(kind, *names) for name, kind in kinds.items()}


def _of_the_force(content: NoticeContent) -> dict[str, Any]:
    """What the force says of itself: whom to write to, its own words and documents, who oversees it."""
    return {
        "force_path": public_path("force", content.force_slug),
        "contact_lines": content.contact_lines,
        "contacts": {route: words for route, words in content.contacts if words},
        "paragraphs": content.paragraphs,
        "withheld": content.withheld,
        "oversight_lines": content.oversight_lines,
        "documents": tuple((title, link if is_link(link) else "") for title, link in content.documents),
    }


def _version_line(version: OldVersion, force_slug: str, slug: str) -> VersionLine:
    content = version.content
    return VersionLine(
        path=public_path("version", force_slug, slug, version.number),
        words=_("Until %(until)s: %(place)s, %(window)s")
        % {
            "until": say_moment(version.until),
            "place": content.place_name,
            "window": say_window(content.window_start, content.window_end),
        },
    )


def _seen(notice: NoticeData) -> dict[str, Any]:
    """When a stranger could first be shown the page, and from when it counts if outages stopped its clock."""
    first, counts = notice.first_seen_at or notice.verified_at, notice.verified_at
    if first is None or counts is None:
        return {"verified": "", "counts_from": ""}
    return {"verified": say_moment(first), "counts_from": say_moment(counts) if counts != first else ""}


def _published(notice: NoticeData) -> tuple[NoticeContent, datetime]:
    if notice.content is None or notice.published_at is None:
        raise ValueError("only a published notice has a page")
    return notice.content, notice.published_at


def _common(notice: NoticeData, content: NoticeContent, now: datetime) -> dict[str, Any]:
    return {
        "path": public_path("notice", content.force_slug, notice.slug),
        "force_name": content.force_name,
        "reference": content.reference,
        "place_name": content.place_name,
        "window": say_window(content.window_start, content.window_end),
        "status": _(_status(notice, content, now)),
        "status_code": str(notice.status),
        "lead": _lead(notice, content, now),
        "rehearsal": content.rehearsal,
        "urgent": bool(content.urgent_grounds),
    }


def _tense(notice: NoticeData, content: NoticeContent, now: datetime) -> Tense:
    if notice.status in CALLED_OFF and notice.results is None:
        return Tense.OFF
    if notice.status in OVER | CALLED_OFF or (notice.status in UNDER_WAY and now >= content.window_end):
        return Tense.OVER
    return Tense.AHEAD


def _banner(notice: NoticeData, content: NoticeContent, now: datetime) -> str:
    if _tense(notice, content, now) is not Tense.OFF:
        return _(STOPPED_BANNER) if notice.status is NoticeStatus.REVOKED else ""
    return _((OVER_BANNERS if now >= content.window_end else STATUS_BANNERS)[notice.status])


def _status(notice: NoticeData, content: NoticeContent, now: datetime) -> str:
    """ "Planned" or "Taking place now" only while it can be: a page may be read before the sweep noticed."""
    if notice.status in (NoticeStatus.PUBLISHED, NoticeStatus.LIVE, NoticeStatus.SUSPENDED):
        if now >= content.window_end:
            return TIME_OVER
        if notice.status is NoticeStatus.PUBLISHED and now >= content.window_start:
            return NOT_STARTED
    return STATUS_WORDS[notice.status]


def _lead(notice: NoticeData, content: NoticeContent, now: datetime) -> str:
    status = _status(notice, content, now)
    until = {"until": say_time(content.window_end)}
    if status == NOT_STARTED:
        return _("It may start at any time until %(until)s.") % until
    if status == STATUS_WORDS[NoticeStatus.PUBLISHED]:
        return _("Starts %(countdown)s.") % {"countdown": say_countdown(content.window_start, now)}
    if status == STATUS_WORDS[NoticeStatus.LIVE]:
        return _("It ends at %(until)s at the latest.") % until
    if status == STATUS_WORDS[NoticeStatus.SUSPENDED]:
        paused = _("No faces are compared at the moment. It may go on until %(until)s.") % until
        return f"{why_paused(notice)} {paused}".strip()
    if notice.results is not None:
        return say_alerts(notice.results)
    if notice.status is NoticeStatus.ENDED:
        ended = _("This deployment has ended.")
        return f"{ended} {_results_due(notice, content, now)}".strip()
    return ""


def why_paused(notice: NoticeData) -> str:
    """The kind of reason, never what an officer typed; empty for a pause from before kinds were kept."""
    pauses = {STEP_HISTORY[SUSPEND], *PAUSE_HISTORY.values()}
    # The last pause: meanwhile the oversight body may have asked a question, or the plan been narrowed.
    last = next((change.text for change in reversed(notice.history) if change.text in pauses), "")
    return "" if last == STEP_HISTORY[SUSPEND] else say_history(last)


def _results_due(notice: NoticeData, content: NoticeContent, now: datetime) -> str:
    """When the results of what has ended are due, or were; before that, the force's rule."""
    due = content.results_due_at
    if notice.results is not None or notice.status in CALLED_OFF or content.results_deadline_days is None:
        return ""
    if notice.status is not NoticeStatus.ENDED or due is None:
        days = content.results_deadline_days
        return ngettext(
            "Results are published on this page within %(days)d day after the end.",
            "Results are published on this page within %(days)d days after the end.",
            days,
        ) % {"days": days}
    said = {"date": say_date(due)}
    if now > due:
        return _("The results were due by %(date)s and are late. They will stand on this page.") % said
    return _("The results are due by %(date)s. They will stand on this page.") % said
