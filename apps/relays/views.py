"""The engineer's pages: each translates to one operation or query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.database_clock import database_now
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.core.web import domain_errors_to_form, reasons_of
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData
from apps.relays import enrolment, operations, policies, queries
from apps.relays.door import read_claim
from apps.relays.equipment import equipment
from apps.relays.forms import CameraForm, EnrolForm, RevokeForm

CAMERA_ROLES = (Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN)
PROBLEMS = {400: "The request cannot be understood", 403: "This is not allowed", 409: "A rule refuses this"}
SEES = (*CAMERA_ROLES, Role.SILVER_COMMANDER)


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware


@require_GET
@never_cache
@accounts.role_required(*SEES)
def show(request: HttpRequest) -> HttpResponse:
    now, actor = database_now(), _actor(request)
    context = {
        "page": equipment(now=now),
        "now": now,
        "may_register": actor.has(*CAMERA_ROLES),
        "may_enrol": actor.has(*policies.ENROL),
        "may_revoke": policies.can_revoke(actor=actor),
        "may_withdraw": policies.can_withdraw(actor=actor),
    }
    return render(request, "relays/equipment.html", context)


@require_http_methods(["GET", "POST"])
@accounts.role_required(*CAMERA_ROLES)
def register_camera(request: HttpRequest) -> HttpResponse:
    form = CameraForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            camera = deployments.register_camera(
                name=form.cleaned_data["name"], actor=_actor(request), now=utc_now()
            )
        except DomainError as error:
            domain_errors_to_form(form, error)
        else:
            messages.success(request, f"{camera.name} is registered. Planners can now choose it.")
            return redirect("relays:equipment")
    return render(request, "relays/camera.html", {"form": form})


@require_http_methods(["GET", "POST"])
@never_cache
@accounts.role_required(*policies.ENROL)
def enrol(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """The code, or for a rehearsal the key, is on the page after the form, once, and nowhere afterwards."""
    deployment = deployments.get(deployment_id=deployment_id)
    if secret := accounts.shown_now(request):
        return _shown(request, deployment, secret)
    form = EnrolForm(request.POST or None, cameras=deployment.authority.cameras)
    if request.method == "POST" and form.is_valid():
        try:
            return _enrolled(request, deployment, form)
        except NotPermitted:
            raise
        except DomainError as error:
            domain_errors_to_form(form, error)
    return render(request, "relays/enrol.html", {"form": form, "deployment": deployment})


def _enrolled(request: HttpRequest, deployment: DeploymentData, form: EnrolForm) -> HttpResponse:
    wish = {
        "name": form.cleaned_data["name"],
        "deployment_id": deployment.id,
        "camera_ids": form.camera_ids(),
        "actor": _actor(request),
        "now": utc_now(),
    }
    if "by_hand" in request.POST:
        relay, key = operations.enrol_by_hand(**wish)
        return accounts.show_next(request, relay=str(relay.id), key=key)
    code, text = enrolment.give_code(**wish)
    return accounts.show_next(request, code=str(code.id), text=text)


def _shown(request: HttpRequest, deployment: DeploymentData, secret: Mapping[str, str]) -> HttpResponse:
    context = {"deployment": deployment, **_addresses(request), **secret}
    if "key" in secret:
        context["relay"] = queries.get_relay(relay_id=UUID(secret["relay"]))
        return render(request, "relays/key.html", context)
    context["code"] = enrolment.get_code(code_id=UUID(secret["code"]))
    return render(request, "relays/code.html", context)


def _addresses(request: HttpRequest) -> dict[str, str]:
    host, secure = request.get_host(), "s" if request.is_secure() else ""
    return {"server": f"http{secure}://{host}", "socket": f"ws{secure}://{host}/ws/relay/"}


@require_POST
@accounts.role_required(*sorted(policies.REVOKE))
def withdraw_code(request: HttpRequest, code_id: UUID) -> HttpResponse:
    enrolment.withdraw_code(code_id=code_id, actor=_actor(request), now=utc_now())
    messages.success(request, "The code is withdrawn. It enrols nothing any more.")
    return redirect("relays:equipment")


@csrf_exempt  # a box has no session and no cookie; whoever has one is refused
@require_POST
@never_cache
def claim(request: HttpRequest) -> HttpResponse:
    """A box turns its one-time code into a key."""
    if request.user.is_authenticated:
        return _problem(403, "not_permitted", ("this address is for relays: no person enrols one here",))
    try:
        enrolled = enrolment.redeem(
            claim=read_claim(request.body), origin=request.META.get("REMOTE_ADDR") or "", now=utc_now()
        )
    except NotPermitted as error:
        return _problem(403, error.code, (error.message,))
    except RuleViolated as error:
        return _problem(400 if error.code == "malformed" else 409, error.code, reasons_of(error))
    answer = {
        "key": enrolled.key,
        "name": enrolled.relay.name,
        "deployment": enrolled.reference,
        "cameras": [{"id": str(camera.id), "name": camera.name} for camera in enrolled.cameras],
        "socket": _addresses(request)["socket"],
    }
    return JsonResponse(answer)


def _problem(status: int, code: str, reasons: tuple[str, ...]) -> HttpResponse:
    """A problem detail (RFC 9457), as the API answers with."""
    body = {
        "type": f"urn:lfr:problem:{code.replace('_', '-')}",
        "title": PROBLEMS[status],
        "status": status,
        "detail": "; ".join(reasons),
        "reasons": list(reasons),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


@require_http_methods(["GET", "POST"])
@accounts.role_required(*sorted(policies.REVOKE))
def revoke(request: HttpRequest, relay_id: UUID) -> HttpResponse:
    relay = queries.get_relay(relay_id=relay_id)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.revoke_relay(
            relay_id=relay_id, reason=form.cleaned_data["reason"], actor=_actor(request), now=utc_now()
        )
        messages.success(request, f"The key of {relay.name} is revoked. Its link closes within seconds.")
        return redirect("relays:equipment")
    return render(request, "relays/revoke.html", {"form": form, "relay": relay})
