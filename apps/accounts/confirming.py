"""Asking somebody to prove again who they are, and then going on with what they had typed.

What was typed waits in the session, on the server, for as long as somebody needs to find their telephone. It
is sent again by the person's own browser, to the same page, in the ordinary way: every check is made anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from apps.core.errors import ReauthenticationNeeded

log = logging.getLogger(__name__)

WAITING = "waiting_step"
WAITS_FOR_S = 15 * 60
LONGEST = 256 * 1024
NOT_AGAIN = frozenset({"csrfmiddlewaretoken"})
CHOOSE_AGAIN = "The file was not kept. Choose it again."


@dataclass(frozen=True)
class Waiting:
    """What somebody had typed on the page at `path`."""

    path: str
    fields: list[tuple[str, str]]


class ReauthenticationMiddleware:
    """A step that needs a fresh proof: a page leads to where it is given, a script is told where that is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ReauthenticationNeeded) or getattr(request, "actor", None) is None:
            return None
        path = request.get_full_path()
        confirm = f"{reverse('reauthenticate')}?{urlencode({'next': path})}"
        if _is_script(request):
            problem = {
                "type": "about:blank",
                "title": error.message,
                "status": 401,
                "code": error.code,
                "error": error.message,
                "link": reverse("reauthenticate"),
            }
            return JsonResponse(problem, status=401, content_type="application/problem+json")
        if request.method == "POST":
            _keep(request, path)
        return redirect(confirm)


def _is_script(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "application/json" in request.headers.get(
        "Accept", ""
    )


def _keep(request: HttpRequest, path: str) -> None:
    if request.FILES:
        messages.warning(request, CHOOSE_AGAIN)
    typed = request.POST.copy()
    for name in NOT_AGAIN:
        typed.pop(name, None)
    body = typed.urlencode()
    if len(body) > LONGEST:
        log.warning("what was typed on %s is too long to be kept", path)
        return
    request.session[WAITING] = {
        "path": path,
        "body": body,
        "user": str(request.user.pk),
        "force": request.session.get("force_id"),
        "at": time.time(),
        "files": bool(request.FILES),
    }


def take_waiting(request: HttpRequest, *, path: str) -> Waiting | None:
    """What waits for this page, once; None when it is of another page, person or force, or too old."""
    kept = request.session.pop(WAITING, None)
    if (
        kept is None
        or kept["files"]
        or kept["path"] != path
        or kept["user"] != str(request.user.pk)
        or kept["force"] != request.session.get("force_id")
        or time.time() - kept["at"] > WAITS_FOR_S
    ):
        return None
    fields = [(name, value) for name, values in QueryDict(kept["body"]).lists() for value in values]
    return Waiting(path, fields)
