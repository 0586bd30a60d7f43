"""Questions and recommendations, for the oversight body and those who answer it. Translation only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import api as accounts
from apps.core.clock import london, utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError, NotFound
from apps.core.paging import Position
from apps.core.web import domain_errors_to_form
from apps.oversight import operations, policies, queries, states, texts
from apps.oversight.data import Kind, MatterData
from apps.oversight.forms import (
    AnswerForm,
    DoneForm,
    FindingForm,
    PublishForm,
    QuestionForm,
    RecommendationForm,
    ReplyForm,
    TextForm,
    WithdrawForm,
)

REFUSED = 422
FORMS: dict[Kind, type[QuestionForm]] = {Kind.QUESTION: QuestionForm, Kind.RECOMMENDATION: RecommendationForm}
PAGES = {Kind.QUESTION: "oversight:questions", Kind.RECOMMENDATION: "oversight:recommendations"}
TITLES = {Kind.QUESTION: "Questions", Kind.RECOMMENDATION: "Recommendations"}
# Each form of a page of one matter: the steps that it takes (the first one where it has no choice).
STEPS: dict[str, tuple[type[TextForm], tuple[str, ...]]] = {
    "answer": (AnswerForm, (states.ANSWER,)),
    "reply": (ReplyForm, (states.ACCEPT, states.ACCEPT_PARTLY, states.NOT_ACCEPT)),
    "done": (DoneForm, (states.REPORT_DONE,)),
    "finding": (FindingForm, (states.FIND_DONE, states.FIND_NOT_DONE)),
    "withdraw": (WithdrawForm, (states.WITHDRAW,)),
}


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(*policies.READERS)
def questions(request: HttpRequest) -> HttpResponseBase:
    return _listing(request, Kind.QUESTION)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(*policies.READERS)
def recommendations(request: HttpRequest) -> HttpResponseBase:
    return _listing(request, Kind.RECOMMENDATION)


def _listing(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    """What is open, then what is closed; the oversight body puts a new one here."""
    actor, now = _actor(request), utc_now()
    form = FORMS[kind](request.POST if request.method == "POST" else None)
    if request.method == "POST":
        policies.check_put(actor)
        if form.is_valid():
            try:
                matter_id = operations.put(kind=kind, actor=actor, now=now, **form.cleaned_data)
            except DomainError as refused:
                domain_errors_to_form(form, refused)
            else:
                messages.success(request, f"The {kind.value} is put to the force.")
                return redirect("oversight:matter", matter_id)
    named = policies.sees_names(actor)
    closed, more = queries.closed_page(kind=kind, before=_position(request), named=named)
    here = reverse(PAGES[kind])
    context: dict[str, Any] = {
        "kind": kind,
        "title": TITLES[kind],
        "other": next((TITLES[other].lower(), reverse(PAGES[other])) for other in Kind if other is not kind),
        "open_rows": _rows(queries.open_of(kind=kind, named=named), now=now),
        "closed_rows": _rows(closed, now=now),
        "older": f"{here}?before={more}" if more else "",
        "newer": here if "before" in request.GET else "",
        "form": form,
        "is_body": actor.has(*states.BODY),
    }
    return render(request, "oversight/list.html", context, status=REFUSED if form.errors else 200)


def _rows(found: tuple[MatterData, ...], *, now: Any) -> list[tuple[MatterData, bool]]:
    """Each with whether its answer is late."""
    return [(matter, matter.is_late(london(now).date())) for matter in found]


def _position(request: HttpRequest) -> Position | None:
    text = request.GET.get("before", "")
    try:
        return Position.parse(text) if text else None
    except ValueError as wrong:
        raise Http404("there is no such page of the list") from wrong


@require_GET
@never_cache
@accounts.role_required(*policies.READERS)
def matter(request: HttpRequest, matter_id: UUID) -> HttpResponse:
    """One question or recommendation with its history, and what this person may do with it."""
    return _matter(request, matter_id)


def _matter(request: HttpRequest, matter_id: UUID, **refused: Form) -> HttpResponse:
    actor, now = _actor(request), utc_now()
    found = queries.get(matter_id=matter_id, named=policies.sees_names(actor))
    forms: dict[str, Form] = {
        name: refused.get(name) or form(auto_id=f"{name}_%s")
        for name, (form, steps) in STEPS.items()
        if policies.can_take(found, steps[0], actor=actor)
    }
    if policies.can_publish(found, actor=actor):
        seen = PublishForm(initial={"seen": len(found.entries)}, auto_id="publish_%s")
        forms["publish"] = seen
    context: dict[str, Any] = {
        "matter": found,
        "late": found.is_late(london(now).date()),
        "listed": texts.listed_in(found.text, actor=actor) if "answer" in forms or "reply" in forms else (),
        "forms": forms,
        "refused": next(iter(refused.values()), None),
        "list_title": TITLES[found.kind],
        "list_url": reverse(PAGES[found.kind]),
    }
    return render(request, "oversight/matter.html", context, status=REFUSED if refused else 200)


def _take(request: HttpRequest, matter_id: UUID, name: str, said: str) -> HttpResponseBase:
    """One step: said and done, or the page again with everything that is wrong."""
    kind, steps = STEPS[name]
    form = kind(request.POST, auto_id=f"{name}_%s")
    if form.is_valid():
        try:
            operations.take(
                matter_id=matter_id,
                step=form.cleaned_data.get("step", steps[0]),
                text=form.cleaned_data["text"],
                actor=_actor(request),
                now=utc_now(),
            )
        except NotFound:
            raise
        except DomainError as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, said)
            return redirect("oversight:matter", matter_id)
    return _matter(request, matter_id, **{name: form})


@require_POST
@accounts.role_required(*states.FORCE)
def answer(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    return _take(request, matter_id, "answer", "The answer is with the oversight body.")


@require_POST
@accounts.role_required(*states.FORCE)
def reply(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    return _take(request, matter_id, "reply", "The reply is with the oversight body.")


@require_POST
@accounts.role_required(*states.FORCE)
def done(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    return _take(request, matter_id, "done", "The oversight body is asked to look.")


@require_POST
@accounts.role_required(*states.BODY)
def finding(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    return _take(request, matter_id, "finding", "What you found is recorded.")


@require_POST
@accounts.role_required(*states.BODY)
def withdraw(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    return _take(request, matter_id, "withdraw", "It is withdrawn.")


@require_POST
@accounts.role_required(*states.BODY)
def publish(request: HttpRequest, matter_id: UUID) -> HttpResponseBase:
    """After confirming who they are. What a rule refuses has a page of its own: nothing can be put right."""
    form = PublishForm(request.POST, auto_id="publish_%s")
    if not form.is_valid():
        return _matter(request, matter_id, publish=form)
    operations.publish(
        matter_id=matter_id, seen=form.cleaned_data["seen"], actor=_actor(request), now=utc_now()
    )
    messages.success(request, "It is on the public page of the force.")
    return redirect("oversight:matter", matter_id)
