"""The 25 answers over a time, as a page and as files. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny.answers.report import answers_report
from apps.scrutiny.exports import files, pdf
from apps.scrutiny.exports.report import Report
from apps.scrutiny.period_form import asked_kind, private
from apps.scrutiny.views_exceptions import READERS, REFUSED


@require_GET
@accounts.role_required(*READERS)
def answers(request: HttpRequest) -> HttpResponseBase:
    """As the page of deployments over a time: `?first=…&last=…`, `kind=rehearsals`, `format=pdf`, `ods`,
    `csv` or `json`."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    form, report, period = asked_kind(request, now), None, None
    if form.is_valid():
        period = form.period
        try:
            report = answers_report(
                force=request.force,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
                period=period,
                rehearsals=form.rehearsals,
                now=now,
            )
        except RuleViolated as many:
            domain_errors_to_form(form, many)
    wanted = request.GET.get("format", "")
    if report is not None and wanted == "pdf" and not pdf.fits(report):
        form.add_error("last", pdf.TOO_LARGE)
    elif report is not None and period is not None and wanted in files.TYPES:
        about = period.as_asked() | {"rehearsals": form.rehearsals}
        verb = "scrutiny.answers_exported"
        return private(
            files.download(request, report, form=wanted, verb=verb, about=about, actor=actor, now=now)
        )
    sections = _shown(report) if report else ()
    context = {"form": form, "period": period, "report": report, "sections": sections}
    return private(render(request, "scrutiny/answers.html", context, status=REFUSED if form.errors else 200))


def _shown(report: Report) -> list[dict[str, object]]:
    """Each cell beside its column: a phone shows them one below the other."""
    return [
        {
            "title": section.title,
            "paragraphs": section.paragraphs,
            "notes": section.notes,
            "tables": [
                {
                    "caption": table.caption,
                    "columns": table.columns,
                    "rows": [list(zip(table.columns, row, strict=True)) for row in table.rows],
                }
                for table in section.tables
            ],
        }
        for section in report.sections
    ]
