from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from apps.ops.health import health


@require_GET
def show_health(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503. For anybody: no names, and nothing of a force."""
    found = health()
    response = JsonResponse(found.as_json(), status=200 if found.ok else 503)
    response["Cache-Control"] = "no-store"
    return response
