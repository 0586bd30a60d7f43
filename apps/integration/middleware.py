from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.integration.credentials import parse_token
from apps.integration.problems import CONTENT_TYPE, TITLES, Problem

PREFIX = "/api/"
IN_QUERY = (
    "A token never belongs in an address: addresses are written into logs. Send it as “Authorization: Bearer "
    "lfr_…”, and have this one revoked."
)
# Headers of an answer by somebody else that a client of the API can act on.
KEPT = ("Retry-After", "Allow", "WWW-Authenticate")


class ApiDoorMiddleware:
    """In front of the sessions: a browser's cookies say nothing to the API, so that no other site can use it
    through a signed-in person's browser; and a token in an address is refused whatever it is worth.

    What is refused before a view of the API begins (a body over the limit, a rate) becomes a problem too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        request.COOKIES = {}
        request.META.pop("HTTP_COOKIE", None)
        sent = [*request.GET.keys(), *(value for _, values in request.GET.lists() for value in values)]
        if "access_token" in request.GET or any(parse_token(text.strip()) for text in sent):
            return Problem(400, "token_in_address", IN_QUERY).response(instance=request.path)
        return as_problem(request, self.get_response(request))


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer itself, or in place of an error page a problem without anything of that page."""
    if response.status_code < 400 or response.headers.get("Content-Type") == CONTENT_TYPE:
        return response
    status = response.status_code if response.status_code in TITLES else 400
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    return Problem(status, f"http_{status}", TITLES[status] + ".", headers=headers).response(
        instance=request.path
    )
