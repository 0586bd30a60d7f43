"""The numbers of a time, as a page and as files. Translation only."""

from __future__ import annotations

from itertools import islice

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny.exports import files
from apps.scrutiny.exports.of_period import report_of_period
from apps.scrutiny.exports.period_charts import charts_of
from apps.scrutiny.period import period_report
from apps.scrutiny.period_form import asked_kind, private
from apps.scrutiny.views_exceptions import MOST_IN_PDF, READERS, REFUSED, TOO_MANY

# Of the rows, the newest: who wants more reads a spreadsheet.
ON_PAGE = 500


@require_GET
@accounts.role_required(*READERS)
def period(request: HttpRequest) -> HttpResponseBase:
    """`?first=…&last=…`, by the day the window starts; the last year otherwise. `kind=rehearsals` for these
    in place of operations; `format=pdf`, `ods`, `csv` or `json` for a file."""
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
    if found is not None and wanted == "pdf" and len(found.rows) > MOST_IN_PDF:
        form.add_error("last", TOO_MANY)
    elif found is not None and wanted in files.TYPES:
        answer = files.download(
            request,
            report_of_period(found),
            form=wanted,
            verb="scrutiny.period_exported",
            about=found.period.as_asked() | {"rehearsals": found.rehearsals},
            actor=actor,
            now=now,
        )
        return private(answer)
    status = REFUSED if form.errors else 200
    rows = list(islice(found.rows, ON_PAGE)) if found else []
    context = {
        "form": form,
        "found": found,
        "charts": charts_of(found) if found else (),
        "rows": rows,
        "unlisted": len(found.rows) - len(rows) if found else 0,
    }
    return private(render(request, "scrutiny/period.html", context, status=status))
