"""An old version of a notice as text."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.area import Area, area
from apps.core.wording import say_moment, say_window
from apps.notices.data import NoticeData, OldVersion
from apps.notices.languages import Choice, choices, public_path
from apps.notices.wording import CATEGORY_WORDS, REHEARSAL_WORDS, USE_CASE_WORDS


@dataclass(frozen=True)
class VersionPage:
    """`back` is the notice as it is now."""

    back: str
    number: int
    since: str
    until: str
    restarted: bool
    force_name: str
    reference: str
    place_name: str
    window: str
    area: Area
    alternatives: tuple[tuple[str, Area], ...]
    use_case: str
    purpose: str
    categories: tuple[str, ...]
    languages: tuple[Choice, ...]


def version_page(notice: NoticeData, version: OldVersion, *, languages: tuple[str, ...]) -> VersionPage:
    content = version.content
    names = (content.force_slug, notice.slug)
    return VersionPage(
        back=public_path("notice", *names),
        number=version.number,
        since=say_moment(version.since),
        until=say_moment(version.until),
        restarted=version.restarted,
        force_name=content.force_name,
        reference=content.reference,
        place_name=content.place_name,
        window=say_window(content.window_start, content.window_end),
        area=area(content.polygon),
        alternatives=tuple((name, area(outline)) for name, outline in content.alternatives),
        use_case=_(REHEARSAL_WORDS if content.rehearsal else USE_CASE_WORDS[content.use_case]),
        purpose=content.policing_purpose,
        categories=tuple(_(CATEGORY_WORDS[category]) for category in content.categories),
        languages=choices(languages, "version", *names, version.number),
    )
