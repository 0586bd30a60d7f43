"""What was in force at 14:03, as a page and as files. Translation only."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.scrutiny.exports import files
from apps.scrutiny.lawful import records
from apps.scrutiny.lawful.form import MomentForm
from apps.scrutiny.lawful.instant import days_of, windows_of
from apps.scrutiny.lawful.report import WORDS, report_of_moment
from apps.scrutiny.lawful.rules import NOT_A_VERDICT, rebuild
from apps.scrutiny.period_form import private
from apps.scrutiny.queries import sees_names

READERS = (
    Role.OVERSIGHT,
    Role.SILVER_COMMANDER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.PLANNER,
)
FORMS = ("pdf", "json")
REFUSED = 422


@require_GET
@accounts.role_required(*READERS)
def in_force(request: HttpRequest, reference: str) -> HttpResponseBase:
    """`?time=14:03`, with `day` where the window lies on two days and `clock` (bst, gmt) where the clocks
    went back; `format=pdf` or `json` for the exhibit."""
    now, actor = utc_now(), request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    deployment = records.find(reference=reference)
    revisions = deployments.revision_contents(deployment_id=deployment.id)
    days = days_of(windows_of(deployment.authority, revisions))
    form = MomentForm(request.GET if "time" in request.GET else None, days=days, now=now)
    context = {"form": form, "deployment": deployment, "verdict": NOT_A_VERDICT}
    if not form.is_valid():
        status = REFUSED if form.is_bound else 200
        return private(render(request, "scrutiny/in_force.html", context, status=status))
    found = records.read(deployment, at=form.instant, named=sees_names(actor))
    moment = rebuild(found, form.instant)
    wanted = request.GET.get("format", "")
    if wanted in FORMS:
        about: dict[str, object] = {"deployment_id": str(deployment.id), "at": form.instant.isoformat()}
        return private(
            files.download(
                request,
                report_of_moment(found, moment),
                form=wanted,
                verb="scrutiny.in_force_exported",
                about=about,
                actor=actor,
                now=now,
            )
        )
    context |= {
        "moment": moment,
        "rows": [(line, WORDS[line.standing]) for line in moment.lines],
        "query": urlencode({key: value for key, value in form.cleaned_data.items() if value}),
    }
    return private(render(request, "scrutiny/in_force.html", context))
