"""The numbers of a time, as a page, as CSV and as JSON. Translation only."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny import operations
from apps.scrutiny.period import PeriodReport, as_csv, as_json, period_report
from apps.scrutiny.period_form import asked_kind, private
from apps.scrutiny.views_exceptions import READERS, REFUSED

FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@require_GET
@accounts.role_required(*READERS)
def period(request: HttpRequest) -> HttpResponse:
    """`?first=…&last=…`, by the day the window starts; the last year otherwise. `kind=rehearsals` for these
    in place of operations; `format=csv` or `json` for a file."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    form, found = asked_kind(request, now), None
    if form.is_valid():
        try:
            found = period_report(
                force=request.force,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
                period=form.period,
                rehearsals=form.rehearsals,
                now=now,
            )
        except RuleViolated as many:
            domain_errors_to_form(form, many)
    wanted = request.GET.get("format", "")
    if found is not None and wanted in FORMS:
        first, last = found.period.first, found.period.last
        operations.note_period(first=first, last=last, form=wanted, actor=actor, now=now)
        return private(_download(found, wanted))
    status = REFUSED if form.errors else 200
    return private(render(request, "scrutiny/period.html", {"form": form, "found": found}, status=status))


def _download(found: PeriodReport, form: str) -> HttpResponse:
    kind = "rehearsals" if found.rehearsals else "deployments"
    name = f"{kind}-{found.period.first}-{found.period.last}.{form}"
    content = as_csv(found) if form == "csv" else json.dumps(as_json(found), indent=2).encode()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=FORMS[form], headers=headers)
