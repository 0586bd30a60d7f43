from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from apps.core.data import Actor, Role

View = Callable[..., HttpResponseBase]


def role_required(*roles: Role) -> Callable[[View], View]:
    """The view is for signed-in people holding one of `roles` in their force.

    Others get 403; strangers are asked to sign in.

    A script (Accept: application/json) gets 401 instead of a redirect.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor: Actor | None = getattr(request, "actor", None)
            if actor is None:
                return _ask_to_sign_in(request)
            if roles and not actor.has(*roles):
                raise PermissionDenied(
                    "This page is for: " + ", ".join(role.replace("_", " ") for role in sorted(roles))
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": "sign in first"}, status=401)
    return redirect_to_login(request.get_full_path())
