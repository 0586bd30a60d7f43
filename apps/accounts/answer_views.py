"""The second administrator's answer to what the first one asked for."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts import answers
from apps.accounts.data import AnsweredData, WaitingData
from apps.accounts.people_forms import ReasonForm
from apps.accounts.people_views import acting, administrators_form, ask, submit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound
from apps.core.reauthentication import check_reauthenticated
from apps.core.wording import say_moment, say_role

# For a press that came too late; whoever only looks has asked for nothing.
TOO_LATE = 409
WHAT = {answers.ROLE: "the role", answers.CERTIFICATE: "a training certificate as"}


@administrators_form
def confirm(request: HttpRequest, waiting_id: UUID) -> HttpResponse:
    return _answer(
        request,
        waiting_id,
        answers.confirm,
        said="Confirmed. It takes effect at once.",
        heading="Confirm",
        effect="It takes effect at once. Make sure that you know the person, and why.",
        button="Confirm it",
    )


@administrators_form
def refuse(request: HttpRequest, waiting_id: UUID) -> HttpResponse:
    """For whoever asked the same is to take it back."""
    waits = _waiting(waiting_id)
    if waits is not None and waits.asked_by_id == acting(request).id:
        return _answer(
            request,
            waiting_id,
            answers.refuse,
            said="Taken back. It never took effect.",
            heading="Take it back",
            effect="It never takes effect. You can ask again.",
            button="Take it back",
            stop=True,
        )
    return _answer(
        request,
        waiting_id,
        answers.refuse,
        said="Refused. It never took effect. Whoever asked reads it on their page of people.",
        heading="Refuse",
        effect="It never takes effect. Whoever asked can ask again.",
        button="Refuse it",
        stop=True,
    )


def _waiting(waiting_id: UUID) -> WaitingData | None:
    """None when it was answered. Raises NotFound for what never waited in this force."""
    try:
        return answers.get_waiting(waiting_id=waiting_id)
    except NotFound:
        answers.how_answered(waiting_id=waiting_id)
        return None


def _answer(
    request: HttpRequest, waiting_id: UUID, operation: Any, *, said: str, effect: str, **words: Any
) -> HttpResponse:
    found = _waiting(waiting_id)
    if found is None:
        return _too_late(request, waiting_id)
    check_reauthenticated(acting(request))
    form = ReasonForm(request.POST or None)
    done, _ = submit(request, form, partial(operation, waiting_id=waiting_id))
    if done:
        messages.success(request, said)
        return redirect("people")
    if _waiting(waiting_id) is None:
        # Between the two: somebody else was faster.
        return _too_late(request, waiting_id)
    if operation is answers.confirm and request.method == "GET":
        words["over"] = _why_not(found, acting(request))
    return ask(request, form, text=f"{_say(found)} {effect}", **words)


def _why_not(found: WaitingData, actor: Actor) -> str:
    """Before a reason is typed; the operation has the last word."""
    if actor.id == found.asked_by_id:
        return "You asked for this yourself: it waits for another administrator."
    if actor.id == found.user_id:
        return "This concerns you: it waits for another administrator."
    return answers.MADE_THE_LINK if actor.id in found.opened_by_ids else ""


def _too_late(request: HttpRequest, waiting_id: UUID) -> HttpResponse:
    """Not an error of the address: what waited was answered, by somebody, at some time."""
    found = answers.how_answered(waiting_id=waiting_id)
    status = TOO_LATE if request.method == "POST" else 200
    context = {"answered": found, "what": _say_what(found.kind, found.role), "said": _say_answer(found)}
    return render(request, "people/answered.html", context, status=status)


def _say_answer(found: AnsweredData) -> list[str]:
    said = []
    if found.confirmed_at is not None:
        said.append(f"{found.confirmed_by} confirmed it on {say_moment(found.confirmed_at)}.")
    if found.ended_at is not None:
        verb = "took it back" if found.taken_back else "refused it"
        if found.confirmed_at is not None:
            verb = "took it away" if found.kind == answers.ROLE else "withdrew it"
        because = f": {found.ended_because}" if found.ended_because else "."
        said.append(f"{found.ended_by or 'The platform'} {verb} on {say_moment(found.ended_at)}{because}")
    elif found.confirmed_at is not None:
        said.append("It is in force." if found.kind == answers.ROLE else "It counts.")
    return said or ["It needed nobody's answer: it took effect at once."]


def _say_what(kind: str, role: Role | None) -> str:
    return "a collar number" if role is None else f"{WHAT[kind]} {say_role(role)}"


def _say(found: WaitingData) -> str:
    because = f" ({found.words})" if found.words else ""
    opened = f" {found.opened}. Speak with the person before you confirm." if found.opened else ""
    what = _say_what(found.kind, found.role)
    return f"{found.asked_by} asked for {what} for {found.name}{because}.{opened}"
