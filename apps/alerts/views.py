"""Pages, pictures and endpoints of the console: each translates to one operation or query."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import api as accounts
from apps.alerts import claiming, operations, policies
from apps.alerts.console import at_work as note_at_work
from apps.alerts.console import console_news, earlier_alerts, open_consoles
from apps.alerts.data import (
    BY_THEMSELVES,
    OUTCOME_LABELS,
    AlertData,
    EngagementDecision,
    OperatorDecision,
    Outcome,
    PictureKind,
)
from apps.alerts.queries import EARLIER_SHOWN
from apps.alerts.rest import Viewer, alert_json, console_json
from apps.core.data import Role
from apps.core.database_clock import database_now
from apps.core.errors import DomainError, InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments

E = TypeVar("E", bound=StrEnum)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
View = Callable[..., HttpResponseBase]
# The order matters: the first class an error belongs to answers.
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (NotPermitted, 403),
    (NotFound, 404),
    (InvalidTransition, 409),
    (policies.AlertClaimed, 409),
    (policies.PictureGone, 410),
    (RuleViolated, 422),
)
# Nothing of the console may stay in a browser or on the way to it (domain.md §6).
PRIVATE = "no-store, private"


def console_view(*roles: Role) -> Callable[[View], View]:
    """For `roles` only, never stored by a browser, and a domain error becomes its status and words."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                response = view(request, *args, **kwargs)
            except DomainError as error:
                response = _refusal(error)
            response["Cache-Control"] = PRIVATE
            patch_vary_headers(response, ["Cookie"])
            return response

        return accounts.role_required(*roles)(answering)

    return decorate


def _refusal(error: DomainError) -> HttpResponse:
    for kind, status in STATUSES:
        if isinstance(error, kind):
            reasons = list(error.reasons) if isinstance(error, RuleViolated) else [error.message]
            body = {"error": error.message, "reasons": reasons, "code": error.code}
            return JsonResponse(body, status=status)
    raise error


def _is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def _fields(request: HttpRequest) -> dict[str, Any]:
    """The body, JSON or form. Raises RuleViolated for JSON that is no object."""
    if not _is_json(request):
        return {name: request.POST.getlist(name) for name in request.POST}
    try:
        fields = json.loads(request.body or b"{}")
    except ValueError as problem:
        raise RuleViolated(["the request is not valid JSON"]) from problem
    if not isinstance(fields, dict):
        raise RuleViolated(["the request must be a JSON object"])
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    value = value[-1] if isinstance(value, list) and value else value
    if not isinstance(value, str):
        raise RuleViolated([f"{name} must be text"])
    return value


def _member(kind: type[E], value: object) -> E:
    try:
        return kind(str(value))
    except ValueError as problem:
        raise RuleViolated([f"one of {', '.join(kind)} is wanted"]) from problem


def _members(kind: type[E], value: object) -> list[E]:
    values = value if isinstance(value, list) else [value]
    return [_member(kind, one) for one in values]


def _done(request: HttpRequest, alert: AlertData) -> HttpResponse:
    """A script asks for what changed by itself; a form goes back to the console."""
    if _is_json(request):
        return JsonResponse({"revision": alert.revision, "state": alert.state.value})
    return redirect("alerts:console", alert.deployment_id)


@require_GET
@console_view(*policies.CONSOLE_ROLES)
def deployment_list(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/deployments.html", {"deployments": open_consoles(now=database_now())})


@require_GET
@console_view(*policies.CONSOLE_ROLES)
def console(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """The shell of the page: nothing of an alert is in it, the script fetches what this person may see."""
    try:
        deployment = deployments.get(deployment_id=deployment_id)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    outcomes = [(o.value, label) for o, label in OUTCOME_LABELS.items() if o not in BY_THEMSELVES]
    return render(
        request,
        "alerts/console.html",
        {
            "deployment": deployment,
            "outcomes": outcomes,
            "arrest": Outcome.ARREST.value,
            "earlier_shown": EARLIER_SHOWN,
        },
    )


@require_GET
@console_view(*policies.CONSOLE_ROLES)
def earlier(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """All alerts that are over, page by page: a console shows the latest ones only."""
    viewer = Viewer(
        actor=request.actor,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
        now=database_now(),
        initial=True,
    )
    try:
        page, found = earlier_alerts(
            deployment_id=deployment_id, page=request.GET.get("page", ""), now=viewer.now
        )
    except NotFound as missing:
        raise Http404(missing.message) from missing
    context = {
        "deployment": found.deployment,
        "page": page,
        "rows": [(alert, alert_json(alert, found, viewer)) for alert in found.news.alerts],
        "older": f"?page={page.next_page_number()}" if page.has_next() else "",
        "newer": f"?page={page.previous_page_number()}" if page.has_previous() else "",
    }
    return render(request, "alerts/earlier.html", context)


# Compressed for dull connections. Django pads it at random, and no secret stands beside anything that an
# outsider could have put there: its length tells nothing.
@require_GET
@gzip_page
@console_view(*policies.CONSOLE_ROLES)
def news(request: HttpRequest, deployment_id: UUID) -> JsonResponse:
    """What changed since `after`. `initial=1`, or no `after`, marks all of it as history. `open` is an alert
    that is wanted with the first news although it is over for long."""
    after = request.GET.get("after", "")
    if after and not (after.isdecimal() and len(after) <= 15):
        raise RuleViolated(["after must be a whole number"])
    opened = request.GET.get("open", "")
    if opened and not UUID_TEXT.fullmatch(opened):
        raise RuleViolated(["open must be the id of an alert"])
    viewer = Viewer(
        actor=request.actor,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
        now=database_now(),
        initial=not after or request.GET.get("initial") == "1",
        after=int(after or 0),
    )
    found = console_news(
        deployment_id=deployment_id,
        after=viewer.after,
        actor=viewer.actor,
        now=viewer.now,
        away=request.GET.get("away") == "1",
        opened=UUID(opened) if opened else None,
    )
    return JsonResponse(console_json(found, viewer))


@require_GET
@console_view(*policies.CONSOLE_ROLES)
def at_work(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """Asked by a page of an alert while somebody fills it in: they count as at the console."""
    note_at_work(
        deployment_id=deployment_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return HttpResponse(status=204)


@require_GET
@console_view(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
def picture(request: HttpRequest, alert_id: UUID, which: str) -> HttpResponse:
    jpeg = operations.view_picture(
        alert_id=alert_id,
        which=PictureKind(which),
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return HttpResponse(jpeg, content_type="image/jpeg", headers={"Content-Disposition": "inline"})


@require_POST
@console_view(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
def claim(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = claiming.claim(
        alert_id=alert_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
def release_claim(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = claiming.release_claim(
        alert_id=alert_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.OPERATOR)
def operator(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = operations.operator_decide(
        alert_id=alert_id,
        decision=_member(OperatorDecision, _text(_fields(request), "decision")),
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.ENGAGEMENT_OFFICER)
def engagement(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    fields = _fields(request)
    alert = operations.engagement_decide(
        alert_id=alert_id,
        decision=_member(EngagementDecision, _text(fields, "decision")),
        reason=_text(fields, "reason"),
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.ENGAGEMENT_OFFICER)
def outcome(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    fields = _fields(request)
    confirmed = fields.get("status_confirmed") in (True, ["1"], ["on"], ["true"])
    alert = operations.record_outcome(
        alert_id=alert_id,
        outcomes=_members(Outcome, fields.get("outcomes", [])),
        status_confirmed=confirmed,
        status_asked=_text(fields, "status_asked"),
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.ENGAGEMENT_OFFICER)
def contradicted(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = operations.identity_contradicted(
        alert_id=alert_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.ENGAGEMENT_OFFICER)
def identified(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = operations.establish_identity(
        alert_id=alert_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)


@require_POST
@console_view(Role.OPERATOR)
def shown(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    alert = operations.mark_shown(
        alert_id=alert_id,
        actor=request.actor,  # type: ignore[attr-defined]  # as above
        now=database_now(),
    )
    return _done(request, alert)
