"""The answer while the database is away: 503, in words, to a page and to the console alike.

Django knows only "an error" (500). Somebody at a console has to hear what is missing, and that no decision
means no stop.
"""

from __future__ import annotations

import sys

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults

# What a database that is away raises. Internal: a server that panics says so where a commit waits for it.
DATABASE_GONE = (OperationalError, InterfaceError, InternalError)
CODE = "database_away"
WORDS = (
    "The platform's database does not answer. Nobody is looked for, and nothing can be decided or stored, "
    "until it does. No decision means no stop."
)
RETRY_AFTER_S = 3


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: called while the error is being handled."""
    if not isinstance(sys.exc_info()[1], DATABASE_GONE):
        return defaults.server_error(request)
    if "application/json" in request.headers.get("Accept", "") or request.path.endswith(".json"):
        response: HttpResponse = JsonResponse({"error": WORDS, "code": CODE}, status=503)
    else:
        response = HttpResponse(loader.get_template("503.html").render({"words": WORDS}), status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    return response
