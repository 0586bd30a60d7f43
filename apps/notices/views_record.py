"""The public record of a force, and what results said before a correction. No account, no JavaScript, no
cookie; translation only."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from apps.core.errors import NotFound
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import corrections, record_form
from apps.notices.feeds import for_any_page
from apps.notices.gone import says_gone
from apps.notices.languages import check_offered, public_path
from apps.notices.record import public_record
from apps.notices.record_page import old_results_page, record_page
from apps.notices.views_reading import found


def _force(slug: str) -> ForceData:
    """Raises Http404, also where the force does not offer the language that is spoken."""
    try:
        force = forces.get_force_by_slug(slug=slug)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    check_offered(force.languages)
    return force


@require_safe
@cache_control(no_cache=True)
def record(request: HttpRequest, force_slug: str) -> HttpResponseBase:
    """What came of all deployments since the first, each year, and the deployments of the newest year."""
    if force_slug != force_slug.lower():
        return redirect(public_path("record", force_slug.lower()), permanent=True)
    force = _force(force_slug)
    page = record_page(public_record(force_id=force.id), force=force)
    return render(request, "notices/record.html", {"page": page, "force": force})


@require_safe
@cache_control(no_cache=True)
def record_year(request: HttpRequest, force_slug: str, year: int) -> HttpResponseBase:
    """The deployments of one year, by the day on which their window starts."""
    if force_slug != force_slug.lower():
        return redirect(public_path("record-year", force_slug.lower(), year), permanent=True)
    force = _force(force_slug)
    try:
        shown = public_record(force_id=force.id, year=year)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    page = record_page(shown, force=force)
    return render(request, "notices/record.html", {"page": page, "force": force})


@require_safe
@cache_control(no_cache=True)
@conditional_page
def record_csv(request: HttpRequest, force_slug: str) -> HttpResponseBase:
    """The whole record as a table."""
    force = _force(force_slug)
    body = record_form.as_csv(public_record(force_id=force.id), force)
    return for_any_page(HttpResponse(body, content_type="text/csv; charset=utf-8"))


@require_safe
@cache_control(no_cache=True)
@conditional_page
def record_json(request: HttpRequest, force_slug: str) -> HttpResponseBase:
    """The whole record for a program."""
    force = _force(force_slug)
    value = record_form.as_json(public_record(force_id=force.id), force)
    return for_any_page(JsonResponse(value, json_dumps_params={"ensure_ascii": False}))


@require_safe
@cache_control(no_cache=True)
@says_gone
def old_results(request: HttpRequest, force_slug: str, slug: str, number: int) -> HttpResponse:
    """What the results of one deployment said before they were corrected."""
    force, notice = found(force_slug, slug)
    try:
        old = corrections.old_results(notice, number)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    page = old_results_page(notice, old, languages=force.languages)
    return render(request, "notices/old_results.html", {"old": page})
