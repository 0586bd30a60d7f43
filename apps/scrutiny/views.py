"""The list of records, and the record of a deployment as a page and as files. Translation only."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, RuleViolated
from apps.deployments import api as deployments
from apps.scrutiny import pages, queries
from apps.scrutiny.exports import files
from apps.scrutiny.exports.of_record import report_of_record
from apps.scrutiny.exports.record_charts import charts_of_record

READERS = (
    Role.OVERSIGHT,
    Role.SILVER_COMMANDER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.PLANNER,
    Role.FORCE_ADMIN,
)


@require_GET
@accounts.role_required(*READERS)
def record_list(request: HttpRequest) -> HttpResponseBase:
    """What was decided and done, the latest first."""
    try:
        found = queries.record_list(before=request.GET.get("before"), after=request.GET.get("after"))
    except RuleViolated as broken:
        raise Http404("there is no such page of the list") from broken
    return _private(
        render(
            request,
            "scrutiny/list.html",
            {
                "rows": pages.list_rows(found.rows, now=utc_now()),
                "older": _address(before=found.older),
                "newer": _address(after=found.newer),
            },
        )
    )


def _address(**cursor: str | None) -> str:
    chosen = {name: value for name, value in cursor.items() if value is not None}
    return f"{reverse('scrutiny:list')}?{urlencode(chosen)}" if chosen else ""


@require_GET
@accounts.role_required()
def record(request: HttpRequest, reference: str) -> HttpResponseBase:
    """`?format=pdf`, `ods`, `csv` or `json` for a file."""
    actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    named = queries.sees_names(actor)
    try:
        found = queries.record_by_reference(reference=reference, named=named)
    except NotFound as missing:
        if deleted_at := deployments.was_deleted(reference=reference):
            context = {"reference": reference.upper(), "deleted_at": deleted_at}
            return _private(render(request, "scrutiny/gone.html", context, status=HTTPStatus.GONE))
        raise Http404(missing.message) from missing
    form, times = request.GET.get("format", ""), alerts.decision_times(deployment_id=found.deployment_id)
    if form in files.TYPES:
        answer = files.download(
            request,
            report_of_record(found, times),
            form=form,
            verb="scrutiny.record_exported",
            about={"deployment_id": str(found.deployment_id)},
            actor=actor,
            now=utc_now(),
        )
        return _private(answer)
    page = pages.record_page(found)
    context = {"record": found, "page": page, "named": named, "charts": charts_of_record(found, page, times)}
    return _private(render(request, "scrutiny/record.html", context))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store, private"
    return response
