"""The deployment record as a page and as JSON, for anybody with a role in the force, oversight among them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.errors import NotFound
from apps.scrutiny.data import as_json
from apps.scrutiny.queries import record_by_reference


@require_GET
@accounts.role_required()
def record(request: HttpRequest, reference: str) -> HttpResponse:
    """`?format=json` for a program."""
    try:
        found = record_by_reference(reference=reference)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    if request.GET.get("format") == "json":
        response: HttpResponse = JsonResponse(as_json(found))
    else:
        response = render(request, "scrutiny/record.html", {"record": found})
    response["Cache-Control"] = "no-store, private"
    return response
