"""Notices for programs: Atom, iCalendar and JSON (docs/reference/notices-for-programs.md). No cookie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe
from icalendar import Calendar, Event, vGeo

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.languages import page_language
from apps.core.paging import Position
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import queries, search
from apps.notices.data import Listing, NoticeContent, NoticeData
from apps.notices.gone import missing, says_gone_to_programs
from apps.notices.json_form import as_json
from apps.notices.languages import check_offered, public_path, say_history
from apps.notices.outside import address
from apps.notices.pages import entry
from apps.notices.states import CALLED_OFF

PAGE = 50
# What XML cannot hold; a planner's text cannot have it, and a feed must not fail if one ever did.
NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def _force(slug: str) -> ForceData | None:
    """None for no slug: all forces. Raises Http404, also where the language that is spoken is not offered."""
    if not slug:
        check_offered([code for force in forces.all_forces() for code in force.languages])
        return None
    try:
        found = forces.get_force_by_slug(slug=slug)
    except NotFound as unknown:
        raise Http404(unknown.message) from unknown
    check_offered(found.languages)
    return found


def _title(force: ForceData | None) -> str:
    if force is None:
        return _("Where and when Live Facial Recognition is used")
    return _("Where and when %(force)s uses Live Facial Recognition") % {"force": force.name}


def _absolute(path: str) -> str:
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path


def changed_at(notice: NoticeData) -> datetime:
    """When the page last changed. Raises ValueError for a notice that is not published."""
    if notice.published_at is None:
        raise ValueError("only a published notice has a page")
    return max([notice.published_at, *(change.at for change in notice.history)])


def _content(notice: NoticeData) -> NoticeContent:
    if notice.content is None:
        raise ValueError("only a published notice has a page")
    return notice.content


def _listed(listing: Listing) -> list[NoticeData]:
    """What the first page of the list shows: all that is to come, and the newest of the rest."""
    return [*listing.taking_place, *listing.coming, *listing.past, *listing.called_off]


@require_safe
@cache_control(no_cache=True)
@conditional_page
def atom(request: HttpRequest, force_slug: str = "") -> HttpResponseBase:
    """What the list shows, the latest change first: an entry is updated by each change of its notice."""
    force, now = _force(force_slug), utc_now()
    listing = queries.public_listing(now=now, force_id=force.id if force else None)
    found = sorted(_listed(listing), key=changed_at, reverse=True)
    here = public_path("force", force.slug) if force else public_path("list")
    feed = Atom1Feed(
        title=_title(force),
        link=_absolute(here),
        description="",
        language=page_language(),
        feed_url=_absolute(request.path),
        feed_guid=_absolute(here),
        author_name=force.name if force else _("Live Facial Recognition: public notices"),
    )
    for notice in found:
        _add(feed, notice, now)
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _add(feed: Atom1Feed, notice: NoticeData, now: datetime) -> None:
    shown = entry(notice, now=now)
    newest = say_history(notice.history[-1].text) if notice.history else ""
    urgent = _("Urgent: announced with less notice than usual.") if shown.urgent else ""
    last = _("Last change: %(change)s") % {"change": newest}
    sentences = (f"{shown.window}.", f"{shown.status}.", shown.lead, urgent, last)
    words = " ".join(sentence for sentence in sentences if sentence)
    feed.add_item(
        title=NOT_XML.sub("", f"{shown.status}: {shown.place_name}, {shown.window}"),
        link=_absolute(shown.path),
        description=NOT_XML.sub("", words),
        unique_id=address(notice),
        pubdate=notice.published_at,
        updateddate=changed_at(notice),
        author_name=shown.force_name,
        categories=[shown.status_code],
    )


@require_safe
@cache_control(no_cache=True)
@conditional_page
def calendar(request: HttpRequest, force_slug: str = "") -> HttpResponseBase:
    """A calendar to subscribe to; what is called off stays in it, as called off."""
    force = _force(force_slug)
    listing = queries.public_listing(now=utc_now(), force_id=force.id if force else None)
    return _calendar(_title(force), _listed(listing))


@require_safe
@cache_control(no_cache=True)
@conditional_page
@says_gone_to_programs
def notice_calendar(request: HttpRequest, force_slug: str, slug: str) -> HttpResponseBase:
    """One notice as an entry for a calendar."""
    return _calendar(_title(None), [_notice(force_slug, slug)])


def _notice(force_slug: str, slug: str) -> NoticeData:
    force = _force(force_slug)
    if force is None:
        raise AssertionError("the address of a notice names its force")
    try:
        return queries.public_notice_of(force=force, slug=slug)
    except NotFound as unknown:
        raise missing(force, slug) from unknown


def _calendar(name: str, notices: Sequence[NoticeData]) -> HttpResponse:
    made = Calendar()
    made.add("prodid", "-//Live Facial Recognition//Public notices//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", timedelta(hours=1))
    now = utc_now()
    for notice in notices:
        made.add_component(_event(notice, now))
    return HttpResponse(made.to_ical(), content_type="text/calendar; charset=utf-8")


def _event(notice: NoticeData, now: datetime) -> Event:
    content, shown = _content(notice), entry(notice, now=now)
    said = {"force": content.force_name, "reference": content.reference}
    event = Event()
    event.add("uid", f"{notice.id}@lfr-notice")
    event.add("dtstamp", changed_at(notice).astimezone(UTC))
    event.add("last-modified", changed_at(notice).astimezone(UTC))
    event.add("sequence", len(notice.history))
    event.add("dtstart", content.window_start.astimezone(UTC))
    event.add("dtend", content.window_end.astimezone(UTC))
    off = notice.status in CALLED_OFF
    title = _("Live Facial Recognition at %(place)s") % {"place": content.place_name}
    event.add("summary", f"{shown.status}: {title}" if off else title)
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("location", content.place_name)
    latitudes, longitudes = zip(*content.polygon, strict=True)
    event.add("geo", vGeo((sum(latitudes) / len(latitudes), sum(longitudes) / len(longitudes))))
    event.add("url", _absolute(shown.path))
    event.add(
        "description",
        _("%(force)s, reference %(reference)s.") % said + f" {shown.status}. {shown.lead}\n"
        f"{_('You may avoid the area. That is no ground for stopping you.')}\n{_absolute(shown.path)}",
    )
    event.add("transp", "TRANSPARENT")
    return event


@require_safe
@cache_control(no_cache=True)
@conditional_page
def notices_json(request: HttpRequest, force_slug: str = "") -> HttpResponseBase:
    """Every published notice, the latest window first, a page at a time: `next` is where it goes on."""
    force = _force(force_slug)
    position = request.GET.get("before", "")
    try:
        before = Position.parse(position) if position else None
    except ValueError as wrong:
        raise Http404("there is no such page of the list") from wrong
    found, more = search.find(search.Criteria(force_id=force.id if force else None), before=before, size=PAGE)
    following = _absolute(f"{request.path}?{urlencode({'before': str(more)})}") if more else None
    return _json({"notices": [as_json(notice) for notice in found], "next": following})


@require_safe
@cache_control(no_cache=True)
@conditional_page
@says_gone_to_programs
def notice_json(request: HttpRequest, force_slug: str, slug: str) -> HttpResponseBase:
    """One notice."""
    return _json(as_json(_notice(force_slug, slug)))


def _json(value: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(value, json_dumps_params={"ensure_ascii": False})
    for_any_page(answer)
    return answer


def for_any_page(answer: HttpResponse) -> HttpResponse:
    """Anybody's page may read what is public; nothing here depends on who asks."""
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
