"""A secret is shown once, on the page after the form: to load that page again sends no form and makes no
second secret.

From the form to that page it waits in the session for a minute, sealed, so that neither the database nor a
backup of it holds it.
"""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.secrets import seal

SLOT, ASKED = "shown_once", "shown"
WAITS_S = 60
GONE = "What you made was shown once and is not shown again. Not stored? Take it back and make another one."


def show_next(request: HttpRequest, **values: str) -> HttpResponse:
    """Lead to the same address, where `shown_now` has these values."""
    sealed = seal().encrypt(json.dumps([request.path, values]).encode())
    request.session[SLOT] = sealed.decode()
    return redirect(f"{request.path}?{ASKED}=1")


def shown_now(request: HttpRequest) -> dict[str, str] | None:
    """What this page is to show, this once; None when it is any other. Says so where it was shown before."""
    if request.method != "GET" or ASKED not in request.GET:
        return None
    try:
        path, values = json.loads(seal().decrypt(request.session.pop(SLOT, ""), ttl=WAITS_S))
    except InvalidToken:
        path = None
    if path == request.path:
        return dict(values)
    messages.warning(request, GONE)
    return None
