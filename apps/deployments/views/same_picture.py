"""One picture twice under one identity: look, decide, take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.same_picture import KeepForm, LinesForm
from apps.deployments.pages import same_picture as pages
from apps.deployments.views.steps import REFUSED, actor_of, step_page
from apps.watchlists.data import Keep, StagedPictureGone

AGAIN = "That was the last one. The upload is checked again; its new report comes in a moment."
UNKNOWN = "These rows are not known. Go back and load the page again."
Outcome = HttpResponse | KeepForm


@step_page(Role.PLANNER)
def same_picture(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    now, refused = utc_now(), None
    try:
        if request.method == "POST":
            step = STEPS.get(request.POST.get("step", ""))
            if step is None:
                raise RuleViolated(["This button is not known. Go back and load the page again."])
            outcome = step(request, deployment_id, now)
            if not isinstance(outcome, Form):
                return outcome
            refused = outcome
        page = pages.picture_page(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except InvalidTransition as past:
        messages.warning(request, f"Nothing was changed by this press. {past.message}")
        return _back(deployment_id)
    except StagedPictureGone as gone:
        messages.warning(request, gone.message)
        return redirect("deployments:watchlist", deployment_id)
    context = {"page": page, "deployment": page.deployment, "form": _form(page, refused), "refused": refused}
    return render(request, "deployments/same_picture.html", context, status=REFUSED if refused else 200)


def _form(page: pages.PicturePage, refused: KeepForm | None) -> KeepForm | None:
    if page.case is None:
        return None
    first, second = page.case.repeat.lines
    form = refused or KeepForm(initial={"job": page.cases.job_id, "first": first, "second": second})
    form.offer(page.case.repeat)
    return form


def _back(deployment_id: UUID) -> HttpResponse:
    return redirect("deployments:same-picture", deployment_id)


def _settle(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = KeepForm(request.POST)
    if not form.is_valid():
        return form
    sent = form.cleaned_data
    try:
        again = operations.settle_picture(
            deployment_id=deployment_id,
            job_id=sent["job"],
            lines=form.lines(),
            choice=Keep(sent["choice"]),
            reason=sent["reason"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, AGAIN if again else "Your decision is recorded.")
    return redirect("deployments:watchlist", deployment_id) if again else _back(deployment_id)


def _take_back(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = LinesForm(request.POST)
    if not form.is_valid():
        raise RuleViolated([UNKNOWN])
    again = operations.take_back_picture(
        deployment_id=deployment_id,
        job_id=form.cleaned_data["job"],
        lines=form.lines(),
        actor=actor_of(request),
        now=now,
    )
    if again:
        messages.success(request, "The decision is taken back. The upload is checked again.")
        return redirect("deployments:watchlist", deployment_id)
    messages.success(request, "The decision is taken back.")
    return _back(deployment_id)


STEPS: Mapping[str, Callable[[HttpRequest, UUID, datetime], Outcome]] = {
    "settle": _settle,
    "take-back": _take_back,
}
