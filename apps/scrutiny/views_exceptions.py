"""Urgent approvals over a time, as a page and as files. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny.exceptions import exceptions
from apps.scrutiny.exports import files
from apps.scrutiny.exports.of_exceptions import report_of_exceptions
from apps.scrutiny.period_form import asked_period, private

READERS = (Role.OVERSIGHT, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER)
REFUSED = 422
# Of a report by deployment or by approval. More are a second and a half of work and hundreds of MiB for pages
# that nobody reads.
MOST_IN_PDF = 500
TOO_MANY = f"A PDF holds {MOST_IN_PDF} of them. Choose a shorter time, or a spreadsheet."


@require_GET
@accounts.role_required(*READERS)
def exception_list(request: HttpRequest) -> HttpResponseBase:
    """`?first=…&last=…`, by the day of the approval; the last year otherwise. `format=pdf`, `ods`,
    `csv` or `json` for a file."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    form = asked_period(request, now)
    found = None
    if form.is_valid():
        try:
            found = exceptions(force=request.force, period=form.period, now=now)  # type: ignore[attr-defined]
        except RuleViolated as many:
            domain_errors_to_form(form, many)
    wanted = request.GET.get("format", "")
    if found is not None and wanted == "pdf" and len(found.rows) > MOST_IN_PDF:
        form.add_error("last", TOO_MANY)
    elif found is not None and wanted in files.TYPES:
        days: dict[str, object] = {"first": str(found.period.first), "last": str(found.period.last)}
        verb = "scrutiny.exceptions_exported"
        report = report_of_exceptions(found)
        return private(
            files.download(request, report, form=wanted, verb=verb, about=days, actor=actor, now=now)
        )
    status = REFUSED if form.errors else 200
    context = {"form": form, "found": found}
    return private(render(request, "scrutiny/exceptions.html", context, status=status))
