"""Is everybody on the list still wanted? By file, by the force's service; who is not checked is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.status import StatusFileForm
from apps.deployments.pages.status import status_page
from apps.deployments.rules.policies import STATUS_CHECKERS
from apps.deployments.views.steps import REFUSED, actor_of, step_page

Outcome = HttpResponse | Form


@step_page(*STATUS_CHECKERS)
def status_check(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    now = utc_now()
    refused: Form | None = None
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            raise RuleViolated(["This button is not known. Go back and load the page again."])
        try:
            outcome = step(request, deployment_id, now)
        except InvalidTransition as past:
            messages.warning(request, f"Nothing was changed by this press. {past.message}")
            return _back(deployment_id)
        if not isinstance(outcome, Form):
            return outcome
        refused = outcome
    page = status_page(deployment_id=deployment_id, actor=actor_of(request), now=now)
    context = {
        "page": page,
        "deployment": page.deployment,
        "refused": refused,
        "form": refused if isinstance(refused, StatusFileForm) else StatusFileForm(),
    }
    return render(request, "deployments/status.html", context, status=REFUSED if refused else 200)


def _back(deployment_id: UUID) -> HttpResponse:
    return redirect("deployments:status-check", deployment_id)


def _file(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = StatusFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    try:
        found = operations.check_by_file(
            deployment_id=deployment_id,
            raw=form.cleaned_data["file"],
            whole=form.cleaned_data["whole"],
            at_most=form.cleaned_data["at_most"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(
        request,
        f"Still wanted: {found.wanted:,}. Off the list: {found.off:,}."
        f" Not in the file, or known better already: {found.unnamed + found.older:,}.",
    )
    return _back(deployment_id)


def _ask(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = Form(request.POST)
    try:
        operations.ask_service(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        return _wrong(form, wrong)
    messages.success(request, "The service is being asked. Load the page again in a moment.")
    return _back(deployment_id)


def _leave_out(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = Form(request.POST)
    try:
        number = operations.leave_out_overdue(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        return _wrong(form, wrong)
    messages.success(request, f"Off the list, for want of a check: {number:,}.")
    return _back(deployment_id)


def _wrong(form: Form, wrong: RuleViolated) -> Form:
    form.is_valid()
    domain_errors_to_form(form, wrong)
    return form


STEPS: Mapping[str, Callable[[HttpRequest, UUID, datetime], Outcome]] = {
    "file": _file,
    "ask": _ask,
    "leave-out": _leave_out,
}
