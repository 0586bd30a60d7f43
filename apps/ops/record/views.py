"""The record of a force, searched and downloaded. Translation only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.audit.search import PAGE
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.streaming import stream
from apps.core.web import domain_errors_to_form
from apps.ops.record.forms import ExportForm, FilterForm
from apps.ops.record.words import details, verb_words

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "chain": "application/x-ndjson"}


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware


@require_GET
@never_cache
@accounts.role_required(*audit.READERS)
def search(request: HttpRequest) -> HttpResponse:
    actor = _actor(request)
    named = audit.sees_names(actor)
    form = FilterForm(request.GET, named=named)
    if not form.is_valid():
        return _page(request, form, [], older="", status=422)
    before = request.GET.get("before", "")
    if before and not (before.isdecimal() and len(before) < 19):
        form.add_error(None, "There is no such page of the record. Search again.")
        return _page(request, form, [], older="", status=422)
    rows = audit.search(filters=form.filters(), actor=actor, before=int(before) if before else None)
    older = ""
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        older = f"{reverse('audit:search')}?{urlencode(form.as_query() | {'before': rows[-1].ordinal})}"
    return _page(request, form, rows, older=older)


def _page(
    request: HttpRequest, form: FilterForm, rows: list[audit.RecordRow], *, older: str, status: int = 200
) -> HttpResponse:
    query = urlencode(form.as_query())
    context = {
        "form": form,
        "rows": rows,
        "said": [(row, verb_words(row.verb), details(row.payload)) for row in rows],
        "older": older,
        "first": f"{reverse('audit:search')}?{query}" if request.GET.get("before") else "",
        "export": f"{reverse('audit:export')}?{query}",
        "searched": bool(query),
        "named": audit.sees_names(_actor(request)),
        "record": audit.status(force_id=_actor(request).force_id),
    }
    return render(request, "audit/search.html", context, status=status)


@require_http_methods(["GET", "POST"])
@never_cache
@accounts.role_required(*audit.READERS)
def export(request: HttpRequest) -> HttpResponseBase:
    """Asks why, then streams. The search comes in the address, the reason in the form."""
    actor = _actor(request)
    filters = FilterForm(request.GET, named=audit.sees_names(actor))
    if not filters.is_valid():
        raise Http404("there is no such search")
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begun = audit.begin_export(
                kind=audit.ExportKind(form.cleaned_data["kind"]),
                filters=filters.filters(),
                reason=form.cleaned_data["export_reason"],
                actor=actor,
                now=utc_now(),
            )
        except RuleViolated as error:
            domain_errors_to_form(form, error)
        else:
            return _download(request, begun)
    context = {
        "form": form,
        "filters": [(filters[name].label, value) for name, value in filters.as_query().items()],
        "back": f"{reverse('audit:search')}?{urlencode(filters.as_query())}",
        "named": audit.sees_names(actor),
    }
    return render(request, "audit/export.html", context, status=422 if form.errors else 200)


def _download(request: HttpRequest, begun: audit.Export) -> StreamingHttpResponse:
    """The context of this request is gone before the first byte: `chunks` opens one for each."""
    found = audit.chunks(begun)
    slug = request.force.slug  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    answer = stream(request, found, content_type=TYPES[begun.kind])
    answer["Content-Disposition"] = f'attachment; filename="{audit.export_name(slug, begun)}"'
    answer["Cache-Control"] = "no-store, private"
    return answer
