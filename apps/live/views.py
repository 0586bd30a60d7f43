"""Whether cameras see and recognition runs, for consoles and boards; and the page of a day's cameras."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.core.data import Actor, Role
from apps.core.database_clock import database_now
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.live import cameras as one_by_one
from apps.live import health as reads
from apps.live.rest import health_json

# Everybody who works on the day, engineers too: they see no face and no name here, and mend what is broken.
HEALTH_ROLES = (
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SILVER_COMMANDER,
    Role.SYSTEM_ENGINEER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
)

# Everybody who works on the day, and who answers for it; what they may press is asked of the operation.
CAMERA_ROLES = HEALTH_ROLES


@require_GET
@accounts.role_required(*HEALTH_ROLES)
def health(request: HttpRequest, deployment_id: UUID) -> JsonResponse:
    try:
        found = reads.health(deployment_id=deployment_id, now=database_now())
        response = JsonResponse(health_json(found))
    except NotFound as missing:
        response = JsonResponse({"error": missing.message, "code": missing.code}, status=404)
    response["Cache-Control"] = "no-store, private"
    patch_vary_headers(response, ["Cookie"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(*CAMERA_ROLES)
def cameras(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Each camera, and the word of somebody on duty that one which fell silent may be looked at again."""
    now = database_now()
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    deployment = deployments.get(deployment_id=deployment_id)
    refused: tuple[str, ...] = ()
    if request.method == "POST":
        try:
            one_by_one.look_again(
                deployment_id=deployment_id, camera_id=_asked(request), actor=actor, now=now
            )
        except RuleViolated as silent:
            refused = tuple(silent.reasons)
        else:
            messages.success(request, "The camera is looked at again.")
            return redirect("live:cameras", deployment_id)
    context = {
        "deployment": deployment,
        "health": reads.health(deployment_id=deployment_id, now=now),
        "stops": deployments.camera_stops(deployment_id=deployment_id),
        "heard": one_by_one.heard_again(deployment_id=deployment_id, now=now),
        "silent_for": int(one_by_one.SILENT_FOR.total_seconds()),
        "refused": refused,
        **_may_release(deployment_id, actor),
    }
    return render(request, "live/cameras.html", context, status=422 if refused else 200)


def _asked(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("camera", ""))
    except ValueError as unknown:
        raise Http404("there is no such camera") from unknown


def _may_release(deployment_id: UUID, actor: Actor) -> dict[str, object]:
    try:
        deployments.check_may_release(actor, deployments.duties(deployment_id=deployment_id))
    except (NotPermitted, RuleViolated) as refused:
        return {"may_release": False, "cannot": refused.message}
    return {"may_release": True, "cannot": ""}
