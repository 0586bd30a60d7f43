"""Which time somebody asks about, on every page that sums one up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase

from apps.core.clock import london
from apps.core.plain_forms import PlainForm
from apps.scrutiny.exceptions import Period

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

    @property
    def period(self) -> Period:
        """Of a valid form."""
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])


class KindForm(PeriodForm):
    kind = forms.ChoiceField(
        label="Of which",
        choices=[("operations", "Operations"), ("rehearsals", "Rehearsals, with volunteers only")],
        error_messages={"invalid_choice": "Choose operations or rehearsals."},
    )

    @property
    def rehearsals(self) -> bool:
        return bool(self.cleaned_data["kind"] == "rehearsals")


def asked_period(request: HttpRequest, now: datetime) -> PeriodForm:
    """`?first=…&last=…`; the last year where neither is given."""
    today = london(now).date()
    asked: dict[str, date | str] = {"first": today - YEAR, "last": today}
    if "first" in request.GET or "last" in request.GET:
        asked = {name: request.GET.get(name, "") for name in asked}
    return PeriodForm(asked)


def asked_kind(request: HttpRequest, now: datetime) -> KindForm:
    """As `asked_period`, with `?kind=…`; operations where it is not given."""
    kind = request.GET.get("kind", "operations")
    return KindForm({**asked_period(request, now).data, "kind": kind})


def private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store, private"
    return response
