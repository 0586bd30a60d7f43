"""Answering a freedom-of-information request. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny.answers.report import answers_report
from apps.scrutiny.exports import files, pdf
from apps.scrutiny.exports.report import Report
from apps.scrutiny.foi.forms import FoiForm
from apps.scrutiny.foi.withholding import withhold
from apps.scrutiny.period_form import KindForm, asked_kind, private

WRITERS = (Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER, Role.FORCE_ADMIN)
REFUSED = 422
VERB = "scrutiny.foi_exported"


@require_http_methods(["GET", "POST"])
@accounts.role_required(*WRITERS)
def foi(request: HttpRequest) -> HttpResponseBase:
    """`?first=…&last=…&kind=…` say of which time; the answer itself comes as the file to a POST."""
    now = utc_now()
    time, report = asked_kind(request, now), None
    if time.is_valid():
        try:
            report = answers_report(
                force=request.force,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
                period=time.period,
                rehearsals=time.rehearsals,
                now=now,
                published=True,
            )
        except RuleViolated as many:
            domain_errors_to_form(time, many)
    form = None
    if report is not None:
        form = FoiForm(report, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            if form.cleaned_data["form"] != "pdf" or pdf.fits(report):
                return _given(request, report, form, time)
            form.add_error("form", pdf.TOO_LARGE)
    errors = bool(time.errors or (form is not None and form.errors))
    context = {"time": time, "form": form, "shown": _shown(report, form) if report and form else ()}
    return private(render(request, "scrutiny/foi.html", context, status=REFUSED if errors else 200))


def _given(request: HttpRequest, report: Report, form: FoiForm, time: KindForm) -> HttpResponseBase:
    about = {
        "first": time.period.first.isoformat(),
        "last": time.period.last.isoformat(),
        "rehearsals": time.rehearsals,
        "request": form.cleaned_data["reference"],
        "withheld": [f"{each.field}={each.section}" for each in form.withheld],
    }
    return private(
        files.download(
            request,
            withhold(report, form.withheld),
            form=form.cleaned_data["form"],
            verb=VERB,
            about=about,
            actor=request.actor,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
            now=utc_now(),
        )
    )


def _shown(report: Report, form: FoiForm) -> list[tuple[str, object]]:
    """The title of each answer with its choices."""
    return [(report.sections[number - 1].title, fields) for number, fields in form.groups]
