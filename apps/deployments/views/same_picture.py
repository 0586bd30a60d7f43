"""One picture twice under one identity: look, decide, take back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.same_picture import KeepForm, LinesForm
from apps.deployments.pages import same_picture as pages
from apps.deployments.views.doubts import AGAIN, DoubtsPage, Outcome, done, taken_back
from apps.deployments.views.steps import actor_of, step_page
from apps.watchlists.data import Keep

ADDRESS = "deployments:same-picture"
UNKNOWN = "These rows are not known. Go back and load the page again."


@step_page(Role.PLANNER)
def same_picture(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    return PAGE.answer(request, deployment_id)


def _form(page: pages.PicturePage, refused: KeepForm | None) -> KeepForm | None:
    if page.case is None:
        return None
    first, second = page.case.repeat.lines
    form = refused or KeepForm(initial={"job": page.cases.job_id, "first": first, "second": second})
    form.offer(page.case.repeat)
    return form


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
    words = "Your decision is recorded."
    return done(request, ADDRESS, deployment_id, words, again=AGAIN if again else "")


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
    return taken_back(request, ADDRESS, deployment_id, again=again)


PAGE = DoubtsPage(
    address=ADDRESS,
    template="deployments/same_picture.html",
    load=pages.picture_page,
    form=_form,
    steps={"settle": _settle, "take-back": _take_back},
)
