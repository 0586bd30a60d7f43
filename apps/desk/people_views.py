"""Who could do what on a date: a page to read and print, and the same as a file."""

from __future__ import annotations

import datetime as calendar
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import LONDON, london, utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form
from apps.desk import people

REFUSED = 422
# Nobody was here before, and the day after the last one of the calendar does not exist.
FIRST_DAY, LAST_DAY = calendar.date(2000, 1, 1), calendar.date(2100, 12, 31)
YEARS = "Choose a day from 2000 to 2100."
reader = accounts.role_required(*people.READERS)


class MomentForm(PlainForm):
    date = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date", "min": str(FIRST_DAY), "max": str(LAST_DAY)}),
    )
    time = forms.TimeField(label="Time in London", widget=forms.TimeInput(attrs={"type": "time"}))

    def clean_date(self) -> calendar.date:
        day: calendar.date = self.cleaned_data["date"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(YEARS)
        return day

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if {"date", "time"} <= typed.keys():
            at = self.at
            if at.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != at.replace(tzinfo=None):
                self.add_error("time", "The clocks went forward over this time. Choose another one.")
        return typed

    @property
    def at(self) -> datetime:
        return datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"], tzinfo=LONDON)


class FileForm(MomentForm):
    reason = forms.CharField(
        label="Why you take a copy",
        help_text="A few words, kept in the audit record.",
        min_length=people.MIN_REASON,
        max_length=300,
    )


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]  # set by ForceContextMiddleware


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What was asked for; now, where nothing was."""
    here = london(utc_now())
    return {
        "date": request.GET.get("date") or here.date().isoformat(),
        "time": request.GET.get("time") or f"{here:%H:%M}",
    }


@require_GET
@never_cache
@reader
def people_on(request: HttpRequest) -> HttpResponse:
    form, actor = MomentForm(_asked(request)), _actor(request)
    good = form.is_valid()
    context = {
        "form": form,
        "at": form.at if good else None,
        "to_come": good and form.at > utc_now(),
        "people": people.people_on(at=form.at, actor=actor) if good else [],
        "named": actor.has(Role.FORCE_ADMIN),
        "deleted": people.deleted_since(form.at, now=utc_now()) if good else 0,
    }
    return render(request, "desk/people_on.html", context, status=200 if good else REFUSED)


@require_http_methods(["GET", "POST"])
@never_cache
@reader
def people_on_file(request: HttpRequest) -> HttpResponse:
    actor = _actor(request)
    # Asked before a reason is typed, so that it is not lost.
    check_reauthenticated(actor)
    form = FileForm(request.POST) if request.method == "POST" else FileForm(initial=_asked(request))
    if form.is_bound and form.is_valid():
        try:
            content = people.export(
                at=form.at, reason=form.cleaned_data["reason"], actor=actor, now=utc_now()
            )
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            response = HttpResponse(content, content_type="text/csv; charset=utf-8")
            response["Content-Disposition"] = f'attachment; filename="people-{form.at:%Y-%m-%d-%H%M}.csv"'
            return response
    return render(request, "desk/people_on_file.html", {"form": form}, status=REFUSED if form.errors else 200)
