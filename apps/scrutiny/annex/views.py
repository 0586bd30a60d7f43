"""What is kept and for how long, as a page and as files. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.scrutiny.annex.report import annex_report
from apps.scrutiny.exports import files
from apps.scrutiny.period_form import private
from apps.scrutiny.views import READERS

VERB = "scrutiny.annex_exported"


@require_GET
@accounts.role_required(*READERS)
def annex(request: HttpRequest) -> HttpResponseBase:
    """`?format=pdf`, `ods`, `csv` or `json` for a file."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    force = request.force  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    report = annex_report(force=force, now=now)
    wanted = request.GET.get("format", "")
    if wanted in files.TYPES:
        about: dict[str, object] = {"settings_version": force.version}
        return private(
            files.download(request, report, form=wanted, verb=VERB, about=about, actor=actor, now=now)
        )
    return private(render(request, "scrutiny/annex.html", {"report": report}))
