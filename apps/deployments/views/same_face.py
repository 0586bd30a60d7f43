"""One face under two identities: compare, decide, confirm as a second person, take back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.same_face import PairForm, SettleForm
from apps.deployments.pages import same_face as pages
from apps.deployments.views.doubts import AGAIN, DoubtsPage, Outcome, done, taken_back
from apps.deployments.views.steps import actor_of, step_page
from apps.deployments.views.watchlist import PICTURE_HEADERS
from apps.watchlists.data import Settlement, StagedPictureGone

READERS = (Role.PLANNER, Role.AUTHORISING_OFFICER)
ADDRESS = "deployments:same-face"


@step_page(*READERS)
def same_face(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    return PAGE.answer(request, deployment_id)


def _form(page: pages.FacePage, refused: Form | None) -> Form | None:
    if page.case is None:
        return None
    first, second = page.case.conflict.pair
    known = {"job": page.cases.job_id, "first": first, "second": second}
    if page.confirming:
        return PairForm(initial=known)
    form = refused if isinstance(refused, SettleForm) else SettleForm(initial=known)
    form.offer(page.case)
    return form


def _settle(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = SettleForm(request.POST)
    if not form.is_valid():
        return form
    sent = form.cleaned_data
    try:
        again = operations.settle_faces(
            deployment_id=deployment_id,
            job_id=sent["job"],
            pair=form.pair(),
            choice=Settlement(sent["choice"]),
            reason=sent["reason"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    words = "Your decision is recorded."
    if sent["choice"] == Settlement.TWO_PEOPLE:
        words += " A second person, a planner or an authorising officer, confirms it on this page."
    return done(request, ADDRESS, deployment_id, words, again=AGAIN if again else "")


def _confirm(request: HttpRequest, deployment_id: UUID, now: datetime, *, agrees: bool) -> Outcome:
    form = PairForm(request.POST)
    if not form.is_valid():
        raise RuleViolated(["This pair is not known. Go back and load the page again."])
    again = operations.confirm_faces(
        deployment_id=deployment_id,
        job_id=form.cleaned_data["job"],
        pair=form.pair(),
        agrees=agrees,
        actor=actor_of(request),
        now=now,
    )
    words = "You confirmed that they are two people." if agrees else "The pair is open again."
    return done(request, ADDRESS, deployment_id, words, again=AGAIN if again else "")


def _agree(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    return _confirm(request, deployment_id, now, agrees=True)


def _disagree(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    return _confirm(request, deployment_id, now, agrees=False)


def _take_back(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = PairForm(request.POST)
    if not form.is_valid():
        raise RuleViolated(["This pair is not known. Go back and load the page again."])
    again = operations.take_back_faces(
        deployment_id=deployment_id,
        job_id=form.cleaned_data["job"],
        pair=form.pair(),
        actor=actor_of(request),
        now=now,
    )
    return taken_back(request, ADDRESS, deployment_id, again=again)


PAGE = DoubtsPage(
    address=ADDRESS,
    template="deployments/same_face.html",
    load=pages.face_page,
    form=_form,
    steps={"settle": _settle, "agree": _agree, "disagree": _disagree, "take-back": _take_back},
)


@require_GET
@never_cache
@accounts.role_required(*READERS)
def same_face_picture(request: HttpRequest, deployment_id: UUID, line: int) -> HttpResponseBase:
    """The picture of one side of an open pair."""
    try:
        jpeg = operations.view_conflict_picture(
            deployment_id=deployment_id, line=line, actor=actor_of(request), now=utc_now()
        )
    except StagedPictureGone as gone:
        return HttpResponse(gone.message, status=410, content_type="text/plain; charset=utf-8")
    return HttpResponse(jpeg, content_type="image/jpeg", headers=PICTURE_HEADERS)
