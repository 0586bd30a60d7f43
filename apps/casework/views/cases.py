"""Complaints, breaches and requests: each is entered once and goes on in steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.casework import case_pages, operations
from apps.casework.data import About, Answer, BreachKind, How, RequestKind, Risk
from apps.casework.forms import (
    BreachForm,
    ComplaintForm,
    ComplaintStepForm,
    DoneForm,
    RequestForm,
    RequestStepForm,
    StepForm,
)
from apps.casework.page_data import BreachPage, CasePage
from apps.casework.views.shared import REFUSED, actor_of, asked_deployment, attempt, page, posted
from apps.core.clock import london, utc_now
from apps.core.data import Actor

# How a step reads as something to do.
DO = {
    "begin_review": "Begin or go on with the review",
    "uphold": "Upheld",
    "not_uphold": "Not upheld",
    "resolve": "Resolved otherwise",
    "withdraw": "It was withdrawn",
    "refer": "Refer it to the Independent Office for Police Conduct",
    "close": "Close it",
    "reopen": "Open it again",
    "answer": "It was answered",
}
Enter = Callable[[dict[str, Any], Actor, datetime], UUID]


def _new(request: HttpRequest, form: BaseForm, enter: Enter, name: str, title: str) -> HttpResponseBase:
    """The form of a new case; after it the page of the case."""
    made: list[UUID] = []
    if form.is_bound and form.is_valid():
        sent, actor, now = form.cleaned_data, actor_of(request), utc_now()
        if attempt(form, lambda: made.append(enter(sent, actor, now))):
            messages.success(request, "It is recorded.")
            return redirect(f"casework:{name}", made[0])
    context = {"form": form, "title": title, "name": name}
    return render(request, "casework/new.html", context, status=REFUSED if form.errors else 200)


def _begins(request: HttpRequest, **values: Any) -> dict[str, Any]:
    about = asked_deployment(request)
    return {"deployment": about.reference if about else "", **values}


@page
def new_complaint(request: HttpRequest) -> HttpResponseBase:
    form = ComplaintForm(posted(request), initial=_begins(request))

    def enter(sent: dict[str, Any], actor: Actor, now: datetime) -> UUID:
        entered = operations.NewComplaint(
            received_on=sent["received_on"],
            how=How(sent["how"]),
            about=About(sent["about"]),
            own_reference=sent["own_reference"],
            summary=sent["summary"],
            deployment_id=sent["deployment"],
            alert_number=sent["alert_number"],
        )
        return operations.enter_complaint(entered=entered, actor=actor, now=now)

    return _new(request, form, enter, "complaint", "Record a complaint")


@page
def new_breach(request: HttpRequest) -> HttpResponseBase:
    form = BreachForm(posted(request), initial=_begins(request))

    def enter(sent: dict[str, Any], actor: Actor, now: datetime) -> UUID:
        entered = operations.NewBreach(
            became_aware_at=sent["became_aware_at"],
            kind=BreachKind(sent["kind"]),
            risk=Risk(sent["risk"]),
            summary=sent["summary"],
            own_reference=sent["own_reference"],
            deployment_id=sent["deployment"],
        )
        return operations.enter_breach(entered=entered, actor=actor, now=now)

    return _new(request, form, enter, "breach", "Record a breach")


@page
def new_request(request: HttpRequest) -> HttpResponseBase:
    form = RequestForm(posted(request), initial=_begins(request))

    def enter(sent: dict[str, Any], actor: Actor, now: datetime) -> UUID:
        entered = operations.NewRequest(
            received_on=sent["received_on"],
            kind=RequestKind(sent["kind"]),
            own_reference=sent["own_reference"],
            summary=sent["summary"],
            deployment_id=sent["deployment"],
        )
        return operations.enter_request(entered=entered, actor=actor, now=now)

    return _new(request, form, enter, "request", "Record a request")


def _case(request: HttpRequest, found: CasePage, forms: dict[str, BaseForm], **more: Any) -> HttpResponseBase:
    errors = [form for form in forms.values() if form.errors]
    context = {"found": found, "row": found.row, "errors": errors, **forms, **more}
    return render(request, "casework/case.html", context, status=REFUSED if errors else 200)


def _steps(found: CasePage) -> list[tuple[str, str]]:
    return [(step, words) for step, words in DO.items() if step in found.can]


@page
def complaint(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    now, actor = utc_now(), actor_of(request)
    found = case_pages.complaint_page(case_id=case_id, actor=actor)
    form = ComplaintStepForm(posted(request), steps=_steps(found), asks_part=found.asks_part)
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        if attempt(
            form,
            lambda: operations.step_complaint(
                case_id=case_id,
                step=sent["step"],
                words=sent["words"],
                no_part=sent.get("no_part", False),
                actor=actor,
                now=now,
            ),
        ):
            return _taken(request, "complaint", case_id)
    return _case(request, found, {"step_form": form})


def _taken(request: HttpRequest, name: str, case_id: UUID) -> HttpResponseBase:
    messages.success(request, "It is recorded.")
    return redirect(f"casework:{name}", case_id)


@page
def breach(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Two forms: what was done so far, and closing it; `form` says which of them was sent."""
    now, actor = utc_now(), actor_of(request)
    found = case_pages.breach_page(case_id=case_id, actor=actor, now=now)
    is_done = request.POST.get("form") == "done"
    done = DoneForm(posted(request) if is_done else None, initial=_done(found))
    form = StepForm(None if is_done else posted(request), steps=_steps(found.page))
    if done.is_bound and done.is_valid() and _update(done, case_id, actor, now):
        return _taken(request, "breach", case_id)
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        if attempt(
            form,
            lambda: operations.step_breach(
                case_id=case_id, step=sent["step"], words=sent["words"], actor=actor, now=now
            ),
        ):
            return _taken(request, "breach", case_id)
    forms: dict[str, BaseForm] = {"step_form": form, "done_form": done}
    return _case(request, found.page, forms, breach=found)


def _done(found: BreachPage) -> dict[str, Any]:
    told = {None: "", True: "yes", False: "no"}[found.people_told]
    return {
        "risk": found.risk.value,
        "ico_told_at": found.ico_told_at,
        "ico_reason": found.ico_reason,
        "people_told": told,
        "people_reason": found.people_reason,
        "measures": found.measures,
    }


def _update(form: DoneForm, case_id: UUID, actor: Actor, now: datetime) -> bool:
    sent = form.cleaned_data
    done = operations.Done(
        risk=Risk(sent["risk"]),
        ico_told_at=sent["ico_told_at"],
        ico_reason=sent["ico_reason"].strip(),
        people_told={"": None, "yes": True, "no": False}[sent["people_told"]],
        people_reason=sent["people_reason"].strip(),
        measures=sent["measures"].strip(),
    )
    return attempt(form, lambda: operations.update_breach(case_id=case_id, done=done, actor=actor, now=now))


@page
def rights_request(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    now, actor = utc_now(), actor_of(request)
    found = case_pages.request_page(case_id=case_id, actor=actor, now=now)
    form = RequestStepForm(
        posted(request), steps=_steps(found.page), initial={"answered_on": london(now).date()}
    )
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        if attempt(
            form,
            lambda: operations.step_request(
                case_id=case_id,
                step=sent["step"],
                words=sent["words"],
                answered_on=sent["answered_on"],
                answer=Answer(sent["answer"]) if sent["answer"] else None,
                actor=actor,
                now=now,
            ),
        ):
            return _taken(request, "request", case_id)
    return _case(request, found.page, {"step_form": form})
