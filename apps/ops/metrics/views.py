from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.core.tenancy import maybe_force_id
from apps.ops.metrics.door import may_read
from apps.ops.metrics.exposing import CONTENT_TYPE, as_text
from apps.ops.metrics.reading import read


@require_GET
def show_metrics(request: HttpRequest) -> HttpResponse:
    """For the monitoring system, by its token. Everybody else, and everybody where no token is set, gets what
    an address gets that does not exist. So does a browser that is signed in, whatever it shows: it is in one
    force."""
    shown = request.headers.get("Authorization", "")
    if not may_read(authorization=shown, token=settings.LFR_METRICS_TOKEN) or maybe_force_id() is not None:
        raise Http404
    response = HttpResponse(as_text(read()), content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response
