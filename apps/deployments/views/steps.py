"""What the pages of a step share: who may see them, and what happens to a step that was taken already.

A step taken twice (a double press, the back button, a colleague who was faster) changes nothing and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import api as accounts
from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.core.wording import say_moment
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentData, Step
from apps.deployments.pages import actions as gated
from apps.deployments.pages.labels import DECISION_LABELS
from apps.deployments.rules import gate_tables
from apps.deployments.rules.words import IN_STATE
from apps.forces.data import ForceData

View = Callable[..., HttpResponseBase]
Operation = Callable[..., DeploymentData]
# What a step returns.
Done = TypeVar("Done")
# A form that was refused. 200 would tell a script, and a cache, that it went well.
REFUSED = 422
# It was right when the page was opened, and somebody was faster.
PAST = 409


class StepIsPast(Exception):
    """The step cannot be taken any more, because it or another one was taken meanwhile."""

    def __init__(self, deployment_id: UUID) -> None:
        super().__init__(str(deployment_id))
        self.deployment_id = deployment_id


def step_page(*roles: Role, past: str = "page") -> Callable[[View], View]:
    """A page for `roles` that no browser keeps; a step that is past leads to the page named `past`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except StepIsPast as step:
                return _nothing_changed(request, step.deployment_id, past)

        return require_http_methods(["GET", "HEAD", "POST"])(
            never_cache(accounts.role_required(*roles)(answering))
        )

    return decorate


def _nothing_changed(request: HttpRequest, deployment_id: UUID, page: str) -> HttpResponseBase:
    """Say who did what meanwhile, in place of a step that is not there any more; reasons are shown again."""
    deployment = queries.get(deployment_id=deployment_id)
    happened = _last_step(deployment_id, actor_of(request))
    words = f"Nothing was changed by this press: {IN_STATE[deployment.state]}."
    reasons = request.POST.get("reasons", "").strip()
    if not reasons:
        messages.warning(request, f"{words} {happened}".strip())
        return redirect(f"deployments:{page}", deployment_id)
    context = {"deployment": deployment, "words": words, "happened": happened, "reasons": reasons}
    return render(request, "deployments/step_past.html", context, status=PAST)


def _last_step(deployment_id: UUID, actor: Actor) -> str:
    """ "Approved by you on Monday 1 June 2026 at 5pm."; nothing when no person took a step yet."""
    # What the platform did by itself afterwards explains nothing.
    log = [one for one in queries.decisions(deployment_id=deployment_id) if one.actor_id is not None]
    if not log:
        return ""
    last = log[-1]
    who = "you" if last.actor_id == actor.id else last.actor_label
    return f"{DECISION_LABELS[last.kind]} by {who} on {say_moment(last.decided_at)}."


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


def force_of(request: HttpRequest) -> ForceData:
    force: ForceData = request.force  # type: ignore[attr-defined]  # as above
    return force


def rules_of(request: HttpRequest, deployment: DeploymentData) -> ForceData:
    """The force with the settings that bind this deployment, which may be older than those in force."""
    return facts.rules_of(deployment, force=force_of(request))


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent; None binds no form. An empty POST is still a POST."""
    return request.POST if request.method == "POST" else None


def attempt(
    operation: Callable[..., Done],
    step: Step,
    *,
    form: Form,
    deployment_id: UUID,
    actor: Actor,
    now: datetime,
    **typed: Any,
) -> Done | None:
    """Take the step; None, with the reasons on the form, when a rule refuses it. NotPermitted passes through.

    Raises StepIsPast when it cannot be taken any more: asked before, and again for whoever lost a race.
    """
    _check_not_past(step, deployment_id, actor, now)
    try:
        return operation(deployment_id=deployment_id, actor=actor, now=now, **typed)
    except (RuleViolated, InvalidTransition) as refused:
        _check_not_past(step, deployment_id, actor, now)
        domain_errors_to_form(form, refused)
        return None


def _check_not_past(step: Step, deployment_id: UUID, actor: Actor, now: datetime) -> None:
    # Whoever has no role for it hears that from the operation.
    if not actor.has(*gate_tables.roles_of(step)):
        return
    if not gated.actions(deployment_id=deployment_id, actor=actor, now=now)[step].shown:
        raise StepIsPast(deployment_id)
