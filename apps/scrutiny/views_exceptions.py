"""Urgent approvals over a time, as a page and as CSV. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny import operations
from apps.scrutiny.exceptions import Exceptions, as_csv, exceptions
from apps.scrutiny.period_form import asked_period, private

READERS = (Role.OVERSIGHT, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER)
REFUSED = 422


@require_GET
@accounts.role_required(*READERS)
def exception_list(request: HttpRequest) -> HttpResponse:
    """`?first=…&last=…`, by the day of the approval; the last year otherwise. `format=csv` for a table."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    form = asked_period(request, now)
    found = None
    if form.is_valid():
        try:
            found = exceptions(force=request.force, period=form.period, now=now)  # type: ignore[attr-defined]
        except RuleViolated as many:
            domain_errors_to_form(form, many)
    if found is not None and request.GET.get("format") == "csv":
        operations.note_exceptions(first=found.period.first, last=found.period.last, actor=actor, now=now)
        return private(_download(found))
    status = REFUSED if form.errors else 200
    context = {"form": form, "found": found}
    return private(render(request, "scrutiny/exceptions.html", context, status=status))


def _download(found: Exceptions) -> HttpResponse:
    name = f"urgent-exceptions-{found.period.first}-{found.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)
