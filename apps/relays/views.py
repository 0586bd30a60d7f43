"""The engineer's pages: each translates to one operation or query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import DomainError, NotPermitted
from apps.core.web import domain_errors_to_form
from apps.deployments import api as deployments
from apps.relays import operations, policies, queries
from apps.relays.equipment import equipment
from apps.relays.forms import CameraForm, EnrolForm, RevokeForm

CAMERA_ROLES = (Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN)
SEES = (*CAMERA_ROLES, Role.SILVER_COMMANDER)


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware


@require_GET
@never_cache
@accounts.role_required(*SEES)
def show(request: HttpRequest) -> HttpResponse:
    now, actor = utc_now(), _actor(request)
    context = {
        "page": equipment(now=now),
        "now": now,
        "may_register": actor.has(*CAMERA_ROLES),
        "may_enrol": actor.has(*policies.ENROL),
        "may_revoke": policies.can_revoke(actor=actor),
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
    """The key is in the answer to this one request and nowhere afterwards."""
    deployment = deployments.get(deployment_id=deployment_id)
    form = EnrolForm(request.POST or None, cameras=deployment.authority.cameras)
    if request.method == "POST" and form.is_valid():
        try:
            relay, key = operations.enrol_relay(
                name=form.cleaned_data["name"],
                deployment_id=deployment_id,
                camera_ids=form.camera_ids(),
                actor=_actor(request),
                now=utc_now(),
            )
        except NotPermitted:
            raise
        except DomainError as error:
            domain_errors_to_form(form, error)
        else:
            context = {"deployment": deployment, "relay": relay, "key": key, "socket": _socket(request)}
            return render(request, "relays/key.html", context)
    return render(request, "relays/enrol.html", {"form": form, "deployment": deployment})


def _socket(request: HttpRequest) -> str:
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{request.get_host()}/ws/relay/"


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
