"""Asking somebody to prove again who they are, and then going on with what they had typed.

What was typed waits (apps/accounts/kept.py) for as long as somebody needs to find their telephone. It is sent
again by the person's own browser, to the same page, in the ordinary way: every check is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import door, kept
from apps.core.errors import ReauthenticationNeeded

NOT_KEPT = "What you typed could not be kept: type it again after you have confirmed who you are."
CHOOSE_AGAIN = "The file and what you typed with it were not kept. Choose it again."


class ReauthenticationMiddleware:
    """A step that needs a fresh proof: a page leads to where it is given, a script is told where that is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        actor = getattr(request, "actor", None)
        if not isinstance(error, ReauthenticationNeeded) or actor is None:
            return None
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
        goes_on = ""
        if request.method == "POST":
            force_id = door.force_id_of_session(request.session)
            goes_on = kept.keep(request, user_id=actor.id, force_id=force_id, signed_out=False)
            if not goes_on:
                messages.warning(request, CHOOSE_AGAIN if request.FILES else NOT_KEPT)
        wanted = urlencode({"next": goes_on or request.get_full_path()})
        return redirect(f"{reverse('reauthenticate')}?{wanted}")


def _is_script(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "application/json" in request.headers.get(
        "Accept", ""
    )
