"""Browsers in which somebody has signed in with a second factor before: strangers' failures lock no such one.

A cookie, signed, says for which accounts. It lets nobody in: it only gives attempts a count of their own
(the "device cookie" of OWASP's guidance on lock-outs). Ending all sign-ins makes those of that person void.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from apps.accounts.models import User

COOKIE = "known-browser"
SALT = "apps.accounts.known"
LASTS_S = 180 * 24 * 3600
# Officers of a station share a browser; the newest ones.
MOST = 8


def _entries(request: HttpRequest) -> dict[str, list[str]]:
    """By account: the name of this browser, and the epoch of the account's sessions then."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS_S)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """To be called when this session has used the person's second factor."""
    entries = _entries(request)
    present = entries.pop(str(user.pk), None)
    name = present[0] if present else secrets.token_urlsafe(12)
    entries[str(user.pk)] = [name, user.session_epoch.hex]
    newest = dict(list(entries.items())[-MOST:])
    response.set_cookie(
        COOKIE,
        signing.dumps(newest, salt=SALT),
        max_age=LASTS_S,
        path="/sign-in/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def name_of(request: HttpRequest, username: str) -> str:
    """The browser's own name for this account; "" when nobody has proved that it is theirs."""
    entries = _entries(request)
    if not entries:
        return ""
    user = User.objects.filter(username=username, pk__in=list(entries)).first()
    if user is None:
        return ""
    name, epoch = entries[str(user.pk)]
    return name if epoch == user.session_epoch.hex else ""
