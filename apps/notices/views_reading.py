"""A notice in Easy Read, and its old versions. No account, no JavaScript, no cookie; translation only."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import queries
from apps.notices.data import NoticeData
from apps.notices.easy_read import easy_page
from apps.notices.easy_sections import sections
from apps.notices.gone import missing, says_gone
from apps.notices.languages import check_offered, public_path
from apps.notices.version_page import version_page
from apps.notices.versions import old_version


def found(force_slug: str, slug: str) -> tuple[ForceData, NoticeData]:
    """Raises Http404, also where the force does not offer the language that is spoken; gone.Gone of what was
    deleted."""
    try:
        force = forces.get_force_by_slug(slug=force_slug)
    except NotFound as unknown:
        raise Http404(unknown.message) from unknown
    try:
        notice = queries.public_notice_of(force=force, slug=slug)
    except NotFound as unknown:
        raise missing(force, slug) from unknown
    check_offered(force.languages)
    return force, notice


def lower_case(name: str, force_slug: str, slug: str, *rest: Any) -> HttpResponseBase | None:
    """An address typed in capitals leads to the page; None where it is in small letters already."""
    if (force_slug, slug) == (force_slug.lower(), slug.lower()):
        return None
    return redirect(public_path(name, force_slug.lower(), slug.lower(), *rest), permanent=True)


@require_safe
@cache_control(no_cache=True)
@says_gone
def easy_read(request: HttpRequest, force_slug: str, slug: str) -> HttpResponseBase:
    """The notice in short sentences."""
    if elsewhere := lower_case("easy-read", force_slug, slug):
        return elsewhere
    force, notice = found(force_slug, slug)
    easy = easy_page(notice, now=utc_now(), languages=force.languages)
    return render(
        request, "notices/easy_read.html", {"easy": easy, "page": easy.notice, "sections": sections(easy)}
    )


@require_safe
@cache_control(no_cache=True)
@says_gone
def version(request: HttpRequest, force_slug: str, slug: str, number: int) -> HttpResponseBase:
    """What the notice said before its place or time changed."""
    force, notice = found(force_slug, slug)
    try:
        old = old_version(notice, number)
    except NotFound as unknown:
        raise Http404(unknown.message) from unknown
    return render(
        request, "notices/version.html", {"old": version_page(notice, old, languages=force.languages)}
    )
