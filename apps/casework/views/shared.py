"""What the pages of casework share. They are for people of the force: the oversight body reads the numbers in
the scrutiny report."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.api import role_required
from apps.casework.states import WORKERS
from apps.core.data import Actor
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData

View = Callable[..., HttpResponseBase]
# A form that was refused. 200 would tell a script, and a cache, that it went well.
REFUSED = 422


def page(view: View, *, methods: tuple[str, ...] = ("GET", "HEAD", "POST")) -> View:
    return require_http_methods(list(methods))(never_cache(role_required(*sorted(WORKERS))(view)))


def read_page(view: View) -> View:
    return page(view, methods=("GET", "HEAD"))


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent; None binds no form. An empty POST is still a POST."""
    return request.POST if request.method == "POST" else None


def asked_deployment(request: HttpRequest) -> DeploymentData | None:
    """The deployment that `?deployment=` names, by its id. Raises Http404 for what is none of this force."""
    asked = request.GET.get("deployment", "")
    if not asked:
        return None
    try:
        deployment_id = UUID(asked)
    except ValueError as wrong:
        raise Http404("there is no such deployment in this force") from wrong
    return deployments.get(deployment_id=deployment_id)


def attempt(form: BaseForm, operation: Callable[[], object]) -> bool:
    """Whether the operation went through; what a rule said stands on the form."""
    try:
        operation()
    except (RuleViolated, InvalidTransition) as refused:
        domain_errors_to_form(form, refused)
        return False
    return True
