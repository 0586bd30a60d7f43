"""The public pages. No account, no JavaScript, no cookie; translation only."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.paging import Position
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import answers, queries, statistics
from apps.notices.gone import says_gone
from apps.notices.languages import Choice, check_offered, choices, is_offered, public_path
from apps.notices.pages import entry, page
from apps.notices.search import SearchForm, find
from apps.notices.views_reading import found, lower_case

# How the address says where a part of the list goes on.
PAST, CALLED_OFF, BEFORE = "past", "called-off", "before"


@require_safe
@cache_control(no_cache=True)
def notice_list(request: HttpRequest) -> HttpResponse:
    """Every notice of every force, or of the one in `?force=`; of one that is not there, none. With a place
    or a day in the address, what is found for it."""
    slug = request.GET.get("force", "")
    if any(request.GET.get(name, "").strip() for name in ("place", "since", "until")):
        return _found(request)
    try:
        chosen = forces.get_force_by_slug(slug=slug) if slug else None
    except (NotFound, DataError):  # the latter for what cannot even be asked for, a NUL
        all_forces = forces.all_forces()
        _check_language(None, all_forces)
        return render(request, "notices/unknown_force.html", {"all_forces": all_forces})
    return _listing(request, chosen, public_path("list"))


def _found(request: HttpRequest) -> HttpResponse:
    """What a search finds; 422 when a date cannot be read."""
    all_forces = forces.all_forces()
    _check_language(None, all_forces)
    form = SearchForm(request.GET, all_forces=all_forces)
    context: dict[str, Any] = {"form": form, "languages": _switch(None, all_forces)}
    if not form.is_valid():
        return render(request, "notices/found.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    now = utc_now()
    notices, more = find(form.criteria, before=_position(request, BEFORE), size=queries.PAGE)
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    here = public_path("list")
    context |= {
        "entries": [entry(notice, now=now) for notice in notices],
        "beginning": f"{here}?{urlencode(asked)}" if BEFORE in request.GET else "",
        "older": f"{here}?{urlencode(asked | {BEFORE: str(more)})}" if more else "",
    }
    return render(request, "notices/found.html", context)


def _check_language(chosen: ForceData | None, all_forces: Sequence[ForceData]) -> None:
    """Raises Http404 where nobody concerned offers the language that is spoken."""
    check_offered(_languages(chosen, all_forces))


def _languages(chosen: ForceData | None, all_forces: Sequence[ForceData]) -> tuple[str, ...]:
    of = [chosen] if chosen else all_forces
    return tuple(code for force in of for code in force.languages)


def _switch(chosen: ForceData | None, all_forces: Sequence[ForceData]) -> tuple[Choice, ...]:
    names = ("force", chosen.slug) if chosen else ("list",)
    return choices(_languages(chosen, all_forces), *names)


@require_safe
@cache_control(no_cache=True)
def force_list(request: HttpRequest, force_slug: str) -> HttpResponseBase:
    """The notices of one force, and how to reach it, at a stable address."""
    if force_slug != force_slug.lower():
        return redirect(public_path("force", force_slug.lower()), permanent=True)
    return _listing(request, _force(force_slug), public_path("force", force_slug))


def _force(slug: str) -> ForceData:
    try:
        return forces.get_force_by_slug(slug=slug)
    except NotFound as missing:
        raise Http404(missing.message) from missing


def _listing(request: HttpRequest, chosen: ForceData | None, base: str) -> HttpResponse:
    now = utc_now()
    all_forces = forces.all_forces()
    _check_language(chosen, all_forces)
    listed = queries.public_listing(
        now=now,
        force_id=chosen.id if chosen else None,
        past_before=_position(request, PAST),
        called_off_before=_position(request, CALLED_OFF),
    )
    names = ("taking_place", "coming", "past", "called_off")
    parts = {name: [entry(notice, now=now) for notice in getattr(listed, name)] for name in names}
    further = {name: name in request.GET for name in (PAST, CALLED_OFF)}
    return render(
        request,
        "notices/list.html",
        {
            **parts,
            "chosen": chosen,
            # Each with whether its pages are there in the language that is spoken.
            "all_forces": [] if chosen else [(each, is_offered(each.languages)) for each in all_forces],
            "about": statistics.about(chosen) if chosen and not any(further.values()) else None,
            "answers": answers.on_page(chosen.id) if chosen and not any(further.values()) else None,
            "form": SearchForm({"force": chosen.slug if chosen else ""}, all_forces=all_forces),
            "languages": _switch(chosen, all_forces),
            # A further page of one part shows that part alone.
            "first_page": not any(further.values()),
            "further_past": further[PAST],
            "further_called_off": further[CALLED_OFF],
            "past_older": _further(request, base, PAST, listed.more_past),
            "called_off_older": _further(request, base, CALLED_OFF, listed.more_called_off),
            "beginning": _further(request, base),
        },
    )


def _position(request: HttpRequest, name: str) -> Position | None:
    text = request.GET.get(name, "")
    try:
        return Position.parse(text) if text else None
    except ValueError as wrong:
        raise Http404("there is no such page of the list") from wrong


def _further(request: HttpRequest, base: str, part: str = "", position: Position | None = None) -> str:
    """Where a part of the list goes on, empty when it does not; without a part, where the list begins."""
    if part and position is None:
        return ""
    chosen = {"force": request.GET["force"]} if request.GET.get("force") else {}
    query = urlencode(chosen | ({part: str(position)} if part else {}))
    return f"{base}?{query}" if query else base


@require_safe
@cache_control(no_cache=True)
@says_gone
def notice(request: HttpRequest, force_slug: str, slug: str) -> HttpResponseBase:
    """One notice at its stable address."""
    if elsewhere := lower_case("notice", force_slug, slug):
        return elsewhere
    force, shown = found(force_slug, slug)
    whole = page(shown, now=utc_now(), languages=force.languages)
    return render(request, "notices/notice.html", {"page": whole})
