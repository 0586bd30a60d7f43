"""The planner's page of the list: upload, progress, report, discard, seal. Officers read along.

The page can be closed at any time: the work goes on, and the page shows where it is when it is opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.lists import (
    Choice,
    DiscardListForm,
    MorePicturesForm,
    RemakeForm,
    ReportForm,
    SealForm,
    TakeBackForm,
    UploadForm,
)
from apps.deployments.pages import listing
from apps.deployments.views.steps import REFUSED, actor_of, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.data import StagedPictureGone

READERS = (Role.PLANNER, Role.AUTHORISING_OFFICER)
# With no-store (never_cache): nowhere but on the page that asked for it.
PICTURE_HEADERS = {
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
MORE_IDS = "id_more_%s"
# The form is for the page that shows why it was refused.
Outcome = HttpResponse | Form


@step_page(*READERS)
def watchlist(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    now = utc_now()
    refused: dict[str, Form] = {}
    if request.method == "POST":
        name = request.POST.get("step", "")
        if name not in STEPS:
            raise RuleViolated(["This button is not known. Go back and load the page again."])
        try:
            outcome = STEPS[name](request, deployment_id, now)
        except InvalidTransition as past:
            messages.warning(request, f"Nothing was changed by this press. {past.message}")
            return _back(deployment_id)
        if not isinstance(outcome, Form):
            return outcome
        refused[name] = outcome
    context = _context(request, deployment_id, refused, now)
    if request.GET.get("confirm") == "seal" and _may_seal(context["page"]):
        return render(request, "deployments/seal_confirm.html", context)
    return render(request, "deployments/list_import.html", context, status=REFUSED if refused else 200)


def _back(deployment_id: UUID) -> HttpResponse:
    return redirect("deployments:watchlist", deployment_id)


def _context(
    request: HttpRequest, deployment_id: UUID, refused: Mapping[str, Form], now: datetime
) -> dict[str, object]:
    page = listing.list_page(deployment_id=deployment_id, actor=actor_of(request), now=now)
    report_form = None
    if page.report_is_open and page.job is not None and page.job.report is not None:
        sent = refused.get("report")
        report_form = sent if isinstance(sent, ReportForm) else ReportForm(initial={"job": page.job.id})
        report_form.offer(page.job.report, is_too_long=page.is_too_long, may_look=page.may_look)
    return {
        "page": page,
        "deployment": page.deployment,
        "people": _people(request, page, now),
        "columns": listing.COLUMN_WORDS,
        "forms": list(refused.values()),
        "upload": refused.get("upload") or UploadForm(),
        "more": refused.get("more") or _more_form(page),
        "report": report_form,
        "discard": refused.get("discard-list") or DiscardListForm(),
        "take_back": refused.get("take-back") or TakeBackForm(),
    }


def _more_form(page: listing.ListPage) -> MorePicturesForm | None:
    if page.job is None or not page.report_is_open:
        return None
    # Beside the upload's and the report's fields, ids would be there twice.
    return MorePicturesForm(initial={"job": page.job.id}, auto_id=MORE_IDS)


def _may_seal(page: object) -> bool:
    return isinstance(page, listing.ListPage) and page.has_list and page.sealing.allowed


def _people(request: HttpRequest, page: listing.ListPage, now: datetime) -> object:
    """A page of names when it is asked for: that look is recorded."""
    number = request.GET.get("people", "")
    if page.watchlist is None or not page.has_list or not number.isdecimal():
        return None
    return watchlists.read_entries(
        watchlist_id=page.watchlist.id, number=int(number[:6]), actor=actor_of(request), now=now
    )


def _upload(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    try:
        job = operations.begin_import(
            deployment_id=deployment_id, upload=form.uploaded(), actor=actor_of(request), now=now
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(
        request, f"The upload has arrived: {job.rows:,} rows. You can close this page, the check goes on."
    )
    return _back(deployment_id)


def _from_blue_list(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = SealForm(request.POST)
    form.is_valid()
    try:
        job = operations.begin_from_blue_list(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    who = "1 person" if job.rows == 1 else f"{job.rows:,} people"
    messages.success(request, f"The Blue List is being checked: {who}. You can close this page.")
    return _back(deployment_id)


def _more(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = MorePicturesForm(request.POST, request.FILES, auto_id=MORE_IDS)
    if not form.is_valid():
        return form
    try:
        operations.add_pictures(
            deployment_id=deployment_id,
            job_id=form.cleaned_data["job"],
            upload=form.uploaded(),
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, "The pictures have arrived. The upload is checked again with them.")
    return _back(deployment_id)


def _report(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = ReportForm(request.POST)
    if not form.is_valid():
        return form
    sent, actor = form.cleaned_data, actor_of(request)
    job = watchlists.get_import(job_id=sent["job"])
    if job.deployment_id != deployment_id:
        raise NotFound("there is no such upload of this deployment")
    if sent["choice"] == Choice.DISCARD:
        operations.discard_import(job_id=job.id, actor=actor, now=now)
        messages.success(request, "The upload is deleted. Nobody of it is on a list.")
        return _back(deployment_id)
    try:
        operations.confirm_import(
            job_id=job.id,
            accept_refusals=sent["choice"] == Choice.WITHOUT,
            accept_warnings=sent["accept_warnings"],
            actor=actor,
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, "The list is being imported. You can close this page.")
    return _back(deployment_id)


def _discard_list(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = DiscardListForm(request.POST)
    if not form.is_valid():
        return form
    try:
        operations.discard_watchlist(
            deployment_id=deployment_id,
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, "The list is deleted. Another one can be imported.")
    return _back(deployment_id)


def _seal(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    """Asked about once more first: a seal cannot be taken back. What cannot be sealed is refused at once."""
    page = listing.list_page(deployment_id=deployment_id, actor=actor_of(request), now=now)
    if _may_seal(page) and "confirmed" not in request.POST:
        return redirect(f"{reverse('deployments:watchlist', args=[deployment_id])}?confirm=seal")
    form = SealForm(request.POST)
    form.is_valid()
    try:
        operations.seal_watchlist(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, "The list is sealed. It waits for an authorising officer to accept it.")
    return _back(deployment_id)


def _remake(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = RemakeForm(request.POST)
    form.is_valid()
    try:
        job = operations.remake_list(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(
        request, f"{job.rows:,} pictures are being measured again. You can close this page, it goes on."
    )
    return _back(deployment_id)


def _take_back(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return form
    try:
        operations.take_back_for_model(
            deployment_id=deployment_id,
            reason=form.cleaned_data["model_reason"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    messages.success(
        request, "The approval has ended. Submit the plan again; the list's pictures stay until then."
    )
    return redirect("deployments:page", deployment_id)


STEPS: Mapping[str, Callable[[HttpRequest, UUID, datetime], Outcome]] = {
    "upload": _upload,
    "blue-list": _from_blue_list,
    "more": _more,
    "report": _report,
    "discard-list": _discard_list,
    "seal": _seal,
    "remake": _remake,
    "take-back": _take_back,
}


@require_safe
@never_cache
@accounts.role_required(*READERS)
def list_progress(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Numbers only, for a page that asks every few seconds."""
    found = listing.progress(deployment_id=deployment_id)
    if found is None:
        raise NotFound("there is no upload")
    return JsonResponse(
        {
            "state": found.state,
            "done": found.done,
            "total": found.total,
            "words": found.words,
            "working": found.working,
        }
    )


@require_GET
@never_cache
@accounts.role_required(Role.PLANNER)
def list_picture(request: HttpRequest, deployment_id: UUID, line: int) -> HttpResponseBase:
    """The picture of a row with a warning, as the platform would use it."""
    try:
        jpeg = operations.view_staged_picture(
            deployment_id=deployment_id, line=line, actor=actor_of(request), now=utc_now()
        )
    except StagedPictureGone as gone:
        return HttpResponse(gone.message, status=410, content_type="text/plain; charset=utf-8")
    return HttpResponse(jpeg, content_type="image/jpeg", headers=PICTURE_HEADERS)
