"""The public pages. No account, no JavaScript, no cookie; translation only."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.paging import Position
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import queries
from apps.notices.pages import entry, page

# How the address says where a part of the list goes on.
PAST, CALLED_OFF = "past", "called-off"


@require_safe
@cache_control(no_cache=True)
def notice_list(request: HttpRequest) -> HttpResponse:
    """Every notice of every force, or of the one in `?force=`; of one that is not there, none."""
    slug = request.GET.get("force", "")
    try:
        chosen = forces.get_force_by_slug(slug=slug) if slug else None
    except (NotFound, DataError):  # the latter for what cannot even be asked for, a NUL
        return render(request, "notices/unknown_force.html", {"all_forces": forces.all_forces()})
    return _listing(request, chosen, reverse("notices:list"))


@require_safe
@cache_control(no_cache=True)
def force_list(request: HttpRequest, force_slug: str) -> HttpResponseBase:
    """The notices of one force, and how to reach it, at a stable address."""
    if force_slug != force_slug.lower():
        return redirect("notices:force", force_slug.lower(), permanent=True)
    return _listing(request, _force(force_slug), reverse("notices:force", args=[force_slug]))


def _force(slug: str) -> ForceData:
    try:
        return forces.get_force_by_slug(slug=slug)
    except NotFound as missing:
        raise Http404(missing.message) from missing


def _listing(request: HttpRequest, chosen: ForceData | None, base: str) -> HttpResponse:
    now = utc_now()
    found = queries.public_listing(
        now=now,
        force_id=chosen.id if chosen else None,
        past_before=_position(request, PAST),
        called_off_before=_position(request, CALLED_OFF),
    )
    names = ("taking_place", "coming", "past", "called_off")
    parts = {name: [entry(notice, now=now) for notice in getattr(found, name)] for name in names}
    further = {name: name in request.GET for name in (PAST, CALLED_OFF)}
    return render(
        request,
        "notices/list.html",
        {
            **parts,
            "chosen": chosen,
            "all_forces": forces.all_forces(),
            # A further page of one part shows that part alone.
            "first_page": not any(further.values()),
            "further_past": further[PAST],
            "further_called_off": further[CALLED_OFF],
            "past_older": _further(request, base, PAST, found.more_past),
            "called_off_older": _further(request, base, CALLED_OFF, found.more_called_off),
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
def notice(request: HttpRequest, force_slug: str, slug: str) -> HttpResponseBase:
    """One notice at its stable address."""
    if (force_slug, slug) != (force_slug.lower(), slug.lower()):
        return redirect("notices:notice", force_slug.lower(), slug.lower(), permanent=True)
    try:
        found = queries.public_notice(force_slug=force_slug, slug=slug)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    return render(request, "notices/notice.html", {"page": page(found, now=utc_now())})
