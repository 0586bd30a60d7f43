"""A notice in Easy Read: what its sentences (easy_sections.py) depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.core.clock import london
from apps.core.languages import full_date
from apps.core.wording import say_time
from apps.notices.data import NoticeData, NoticeStatus
from apps.notices.languages import Choice, choices, public_path
from apps.notices.pages import Page, Tense, page, why_paused


@dataclass(frozen=True)
class EasyPage:
    """`notice` is the whole page, of which this one says the important things."""

    notice: Page
    day: str
    last_day: str
    start: str
    end: str
    called_off: bool
    over: bool
    # Its time has passed, whether it took place or not.
    past: bool
    # When it began and ended, where the results say so; otherwise empty.
    ran: Mapping[str, str]
    live: bool
    paused: bool
    # A sentence with the kind of reason; empty while it is not paused.
    why_paused: str
    stopped: bool
    languages: tuple[Choice, ...]
    back: str


def easy_page(notice: NoticeData, *, now: datetime, languages: tuple[str, ...] = ()) -> EasyPage:
    """Raises ValueError for a notice that is not published. `last_day` is empty when it ends the same day."""
    whole = page(notice, now=now, languages=languages)
    content = notice.content
    if content is None:
        raise ValueError("only a published notice has a page")
    first, last = london(content.window_start), london(content.window_end)
    names = (content.force_slug, notice.slug)
    return EasyPage(
        notice=whole,
        day=full_date(first),
        last_day="" if first.date() == last.date() else full_date(last),
        start=say_time(content.window_start),
        end=say_time(content.window_end),
        called_off=whole.tense is Tense.OFF,
        over=whole.tense is Tense.OVER,
        past=now >= content.window_end,
        ran=_ran(notice),
        live=whole.tense is Tense.AHEAD and notice.status is NoticeStatus.LIVE,
        paused=whole.tense is Tense.AHEAD and notice.status is NoticeStatus.SUSPENDED,
        why_paused=why_paused(notice) if notice.status is NoticeStatus.SUSPENDED else "",
        stopped=notice.status is NoticeStatus.REVOKED and whole.tense is Tense.OVER,
        languages=choices(languages, "easy-read", *names),
        back=public_path("notice", *names),
    )


def _ran(notice: NoticeData) -> Mapping[str, str]:
    found = notice.results
    if found is None or found.started_at is None or found.ended_at is None:
        return {}
    return {"start": say_time(found.started_at), "end": say_time(found.ended_at)}
