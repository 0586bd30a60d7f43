"""The one page of live: whether cameras see and recognition runs, for consoles and boards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound
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


@require_GET
@accounts.role_required(*HEALTH_ROLES)
def health(request: HttpRequest, deployment_id: UUID) -> JsonResponse:
    try:
        found = reads.health(deployment_id=deployment_id, now=utc_now())
        response = JsonResponse(health_json(found))
    except NotFound as missing:
        response = JsonResponse({"error": missing.message, "code": missing.code}, status=404)
    response["Cache-Control"] = "no-store, private"
    patch_vary_headers(response, ["Cookie"])
    return response
