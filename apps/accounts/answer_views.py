"""The second administrator's answer to what the first one asked for."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts import answers
from apps.accounts.data import WaitingData
from apps.accounts.people_forms import ReasonForm
from apps.accounts.people_views import acting, administrators_form, ask, submit
from apps.core.reauthentication import check_reauthenticated
from apps.core.wording import say_role


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
    return _answer(
        request,
        waiting_id,
        answers.refuse,
        said="Refused. It never took effect.",
        heading="Refuse",
        effect="It never takes effect. Whoever asked can ask again.",
        button="Refuse it",
        stop=True,
    )


def _answer(
    request: HttpRequest, waiting_id: UUID, operation: Any, *, said: str, effect: str, **words: Any
) -> HttpResponse:
    check_reauthenticated(acting(request))
    found = answers.get_waiting(waiting_id=waiting_id)
    form = ReasonForm(request.POST or None)
    done, _ = submit(request, form, partial(operation, waiting_id=waiting_id))
    if done:
        messages.success(request, said)
        return redirect("people")
    return ask(request, form, text=f"{_say(found)} {effect}", **words)


def _say(found: WaitingData) -> str:
    what = "the role" if found.kind == answers.ROLE else "a training certificate as"
    because = f" ({found.words})" if found.words else ""
    return f"{found.asked_by} asked for {what} {say_role(found.role)} for {found.name}{because}."
