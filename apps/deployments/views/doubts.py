"""What the two pages share on which people decide about doubts of an upload: faces, and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import InvalidTransition, RuleViolated
from apps.deployments.views.steps import REFUSED, actor_of
from apps.watchlists.data import StagedPictureGone

AGAIN = "That was the last one. The upload is checked again; its new report comes in a moment."
TAKEN_BACK = "The decision is taken back."

Outcome = HttpResponse | Form


@dataclass(frozen=True)
class DoubtsPage:
    """`load` takes what `pages` take, `form` the page and the form that was refused."""

    address: str
    template: str
    load: Callable[..., Any]
    form: Callable[[Any, Any], Form | None]
    steps: Mapping[str, Callable[[HttpRequest, UUID, datetime], Outcome]]

    def answer(self, request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
        now, refused = utc_now(), None
        try:
            if request.method == "POST":
                outcome = self._press(request, deployment_id, now)
                if not isinstance(outcome, Form):
                    return outcome
                refused = outcome
            actor: Actor = actor_of(request)
            page = self.load(deployment_id=deployment_id, actor=actor, now=now)
        except InvalidTransition as past:
            messages.warning(request, f"Nothing was changed by this press. {past.message}")
            return redirect(self.address, deployment_id)
        except StagedPictureGone as gone:
            messages.warning(request, gone.message)
            return redirect("deployments:watchlist", deployment_id)
        shown = {"page": page, "deployment": page.deployment, "refused": refused}
        shown["form"] = self.form(page, refused)
        return render(request, self.template, shown, status=REFUSED if refused else 200)

    def _press(self, request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
        step = self.steps.get(request.POST.get("step", ""))
        if step is None:
            raise RuleViolated(["This button is not known. Go back and load the page again."])
        return step(request, deployment_id, now)


def done(request: HttpRequest, address: str, deployment_id: UUID, words: str, *, again: str) -> HttpResponse:
    """To the next doubt with `words`; with `again`, when the upload is checked again, to its report."""
    messages.success(request, again or words)
    return redirect("deployments:watchlist" if again else address, deployment_id)


def taken_back(request: HttpRequest, address: str, deployment_id: UUID, *, again: bool) -> HttpResponse:
    checked = f"{TAKEN_BACK} The upload is checked again." if again else ""
    return done(request, address, deployment_id, TAKEN_BACK, again=checked)
