"""The platform's addresses, two pages that take no time, and one that streams as a streaming page has to."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from tests.support.demo_urls import urlpatterns as platform


def stream(request: Any) -> StreamingHttpResponse:
    """The context of the request is closed before the first byte leaves: a stream opens its own."""
    from tests.access.interleaved import _names

    force_id = request.actor.force_id

    def parts() -> Iterator[str]:
        for _ in range(3):
            with force_context(force_id):
                found = _names()
            yield found + "\n"

    return StreamingHttpResponse(parts(), content_type="text/plain")


def names(request: Any) -> HttpResponse:
    from tests.access.interleaved import _names

    return HttpResponse(_names() + _names())


def write(request: Any) -> HttpResponse:
    """Writes, then reads: what fails in between is after an operation that was done."""
    from tests.access.interleaved import _names

    deployments.register_camera(name=request.POST["name"], actor=request.actor, now=utc_now())
    return HttpResponse(_names() + _names() + _names())


urlpatterns = [
    *platform,
    path("probe/stream/", stream),
    path("probe/names/", names),
    path("probe/write/", write),
]
