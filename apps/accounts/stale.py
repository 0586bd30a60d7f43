"""A form of a page that is too old to be taken: its CSRF token is of an earlier sign-in, or gone."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.csrf import csrf_failure

from apps.accounts.adapters import is_safe_path

# Nothing is lost on these: they are shown again. On any other page what was typed is on the page before.
SHOWN_AGAIN = ("sign-in", "sign-in-code", "reauthenticate")


def page_was_stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path not in {reverse(name) for name in SHOWN_AGAIN}:
        return csrf_failure(request, reason=reason)
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    query = {"stale": "1"} | ({"next": wanted} if is_safe_path(wanted) else {})
    return redirect(f"{request.path}?{urlencode(query)}")
