"""The public pages. No account, no JavaScript, no cookie; translation only."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.notices import queries
from apps.notices.pages import page


@require_safe
@cache_control(no_cache=True)
def notice_list(request: HttpRequest) -> HttpResponse:
    """Every notice of every force: what is still to come first."""
    now = utc_now()
    pages = [page(notice, now=now) for notice in queries.public_notices()]
    coming = [entry for entry in pages if not entry.is_over and not entry.is_called_off]
    past = [entry for entry in pages if entry.is_over or entry.is_called_off]
    return render(request, "notices/list.html", {"coming": coming[::-1], "past": past})


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
