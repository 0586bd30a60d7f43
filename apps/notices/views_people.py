"""The notice for those who work with it: availability, oversight, printing. Translation only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotFound
from apps.core.languages import ENGLISH, PAGE_LANGUAGES, current
from apps.core.web import domain_errors_to_form
from apps.forces import api as forces
from apps.notices import oversight, people_page, printing, queries
from apps.notices.attached import Question
from apps.notices.forms_people import MeetingForm, QuestionForm, ReplyForm
from apps.notices.languages import check_offered

REFUSED = 422


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


@require_GET
@accounts.role_required()
def people(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """Whether the page stayed up, what the oversight body attached, and what can be printed."""
    return _people(request, deployment_id)


def _people(request: HttpRequest, deployment_id: UUID, **refused: Form) -> HttpResponse:
    actor = _actor(request)
    page = people_page.people_page(deployment_id=deployment_id, now=utc_now())
    bound = next(iter(refused.values()), None)
    replying = request.resolver_match.kwargs.get("number") if request.resolver_match else None
    may_reply = actor.has(*oversight.REPLIES)
    context: dict[str, Any] = {
        "page": page,
        "questions": [
            (one, _reply_form(one, refused, replying) if may_reply and not one.reply else None)
            for one in page.attached.questions
        ],
        "refused": bound,
        "meeting_form": refused.get("meeting") or MeetingForm(initial=people_page.initial(page.attached)),
        "question_form": refused.get("question") or QuestionForm(auto_id="question_%s"),
        "is_oversight": actor.has(Role.OVERSIGHT),
    }
    return render(request, "notices/people.html", context, status=REFUSED if bound else 200)


def _reply_form(question: Question, refused: Mapping[str, Form], replying: int | None) -> Form:
    """An empty one for each open question; the one that was refused as it was typed."""
    if question.number == replying and "reply" in refused:
        return refused["reply"]
    return ReplyForm(auto_id=f"reply_{question.number}_%s")


def _attempt(
    request: HttpRequest, deployment_id: UUID, name: str, form: Form, write: Callable[[Any], None], said: str
) -> HttpResponseBase:
    """One write of a form on the page: said and done, or the page again with everything that is wrong."""
    if form.is_valid():
        try:
            write(form)
        except NotFound:
            raise
        except DomainError as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, said)
            return redirect("notices:people", deployment_id)
    return _people(request, deployment_id, **{name: form})


@require_POST
@accounts.role_required(Role.OVERSIGHT)
def meeting(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    def write(form: MeetingForm) -> None:
        oversight.announce_meeting(
            deployment_id=deployment_id,
            at=form.at,
            place=form.cleaned_data["place"],
            webcast=form.cleaned_data["webcast"],
            actor=_actor(request),
            now=utc_now(),
        )

    return _attempt(
        request, deployment_id, "meeting", MeetingForm(request.POST), write, "The meeting is on the notice."
    )


@require_POST
@accounts.role_required(Role.OVERSIGHT)
def question(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    def write(form: QuestionForm) -> None:
        oversight.ask(
            deployment_id=deployment_id,
            text=form.cleaned_data["text"],
            actor=_actor(request),
            now=utc_now(),
        )

    form = QuestionForm(request.POST, auto_id="question_%s")
    return _attempt(request, deployment_id, "question", form, write, "The question is on the notice.")


@require_POST
@accounts.role_required(*oversight.REPLIES)
def reply(request: HttpRequest, deployment_id: UUID, number: int) -> HttpResponseBase:
    def write(form: ReplyForm) -> None:
        oversight.reply(
            deployment_id=deployment_id,
            number=number,
            text=form.cleaned_data["text"],
            actor=_actor(request),
            now=utc_now(),
        )

    form = ReplyForm(request.POST, auto_id=f"reply_{number}_%s")
    return _attempt(request, deployment_id, "reply", form, write, "The reply is on the notice.")


@require_GET
@accounts.role_required()
def sign(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """A sign for the ways to the area, A4."""
    return _printed(request, deployment_id, printing.sign, "sign")


@require_GET
@accounts.role_required()
def leaflet(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """A leaflet to hand out, A5."""
    return _printed(request, deployment_id, printing.leaflet, "leaflet")


@require_GET
@accounts.role_required()
def easy_read_pdf(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """The notice in Easy Read on paper, A4."""
    return _printed(request, deployment_id, printing.easy_read, "easy-read")


def _printed(
    request: HttpRequest, deployment_id: UUID, make: Callable[..., bytes], name: str
) -> HttpResponse:
    """In the language that is asked for, English without one. 404 for one that the force does not offer."""
    notice = queries.get_for_deployment(deployment_id=deployment_id)
    language = request.GET.get("language", ENGLISH)
    with override(language if language in PAGE_LANGUAGES else ENGLISH):
        if language != current():
            raise Http404("there is no such language")
        check_offered(forces.get_force(force_id=notice.force_id).languages)
        written = make(notice, now=utc_now())
    suffix = "" if language == ENGLISH else f"-{language}"
    return HttpResponse(
        written,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{notice.slug}{suffix}.pdf"',
            "Cache-Control": "no-store, private",
        },
    )
