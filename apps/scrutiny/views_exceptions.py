"""Urgent approvals over a time, as a page and as CSV. Translation only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.core.web import domain_errors_to_form
from apps.scrutiny import operations
from apps.scrutiny.exceptions import Exceptions, Period, as_csv, exceptions

READERS = (Role.OVERSIGHT, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER)
REFUSED = 422
YEAR = timedelta(days=365)
LONGEST = timedelta(days=10 * 366)


class PeriodForm(PlainForm):
    first = forms.DateField(
        label="From",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Give the first day.", "invalid": "Give the first day as a date."},
    )
    last = forms.DateField(
        label="To",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Give the last day.", "invalid": "Give the last day as a date."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not first <= last:
            self.add_error("last", "The last day comes before the first.")
        elif first and last and (last - first > LONGEST or last.year > date.max.year - 1):
            self.add_error("last", "Choose at most ten years, and none in the far future.")
        return cleaned


@require_GET
@accounts.role_required(*READERS)
def exception_list(request: HttpRequest) -> HttpResponse:
    """`?first=…&last=…`, by the day of the approval; the last year otherwise. `format=csv` for a table."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    today = london(now).date()
    asked: dict[str, date | str] = {"first": today - YEAR, "last": today}
    if "first" in request.GET or "last" in request.GET:
        asked = {name: request.GET.get(name, "") for name in asked}
    form = PeriodForm(asked)
    found = None
    if form.is_valid():
        try:
            period = Period(form.cleaned_data["first"], form.cleaned_data["last"])
            found = exceptions(force=request.force, period=period, now=now)  # type: ignore[attr-defined]
        except RuleViolated as many:
            domain_errors_to_form(form, many)
    if found is not None and request.GET.get("format") == "csv":
        operations.note_exceptions(first=found.period.first, last=found.period.last, actor=actor, now=now)
        return _private(_download(found))
    status = REFUSED if form.errors else 200
    context = {"form": form, "found": found}
    return _private(render(request, "scrutiny/exceptions.html", context, status=status))


def _download(found: Exceptions) -> HttpResponse:
    name = f"urgent-exceptions-{found.period.first}-{found.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    return response
