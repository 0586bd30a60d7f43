"""What somebody typed when it could not be taken yet: in their session, on the server, for some minutes.

Several pages may wait at a time, each under a token of its own that goes along in `next`. Nothing is given to
another person, to another page or in another force; nothing is sent by the server itself.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.core.limits import rate_class

log = logging.getLogger(__name__)

SLOT = "kept"
# The newest ones: a session is a row that is written often.
MOST = 5
LONGEST = 256 * 1024
WHILE_CONFIRMING_S = 10 * 60
WHILE_SIGNED_OUT_S = 15 * 60
NOT_AGAIN = frozenset({"csrfmiddlewaretoken"})
# What proves something is kept nowhere; a form without it would be another form, so all of it is lost.
SECRET = re.compile(r"password|secret|token|credential|^(code|present|new|again)$", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """What somebody had typed on the page at `path`. `download`: a file comes back, and no page."""

    path: str
    fields: list[tuple[str, str]]
    signed_out: bool
    download: bool


def keep(request: HttpRequest, *, user_id: UUID, force_id: UUID | None, signed_out: bool) -> str:
    """Keep what was posted. Returns the page that goes on with it, or "" for what is not kept:
    files, secrets, and what is too long."""
    typed = request.POST.copy()
    for name in NOT_AGAIN:
        typed.pop(name, None)
    body = typed.urlencode()
    path = request.get_full_path()
    if not typed or request.FILES or any(SECRET.search(name) and typed[name] for name in typed):
        return ""
    if len(body) > LONGEST:
        log.warning("what was typed on %s is too long to be kept", request.path)
        return ""
    token = secrets.token_urlsafe(16)
    entry = {
        "path": path,
        "body": body,
        "user": str(user_id),
        "force": str(force_id) if force_id else None,
        "until": time.time() + (WHILE_SIGNED_OUT_S if signed_out else WHILE_CONFIRMING_S),
        "signed_out": signed_out,
        "download": rate_class(request, signed_in=True) == "export",
    }
    live = _live(request)
    newest = sorted(live, key=lambda one: float(live[one]["until"]))[-(MOST - 1) :]
    request.session[SLOT] = {one: live[one] for one in newest} | {token: entry}
    return f"{reverse('go-on')}?{urlencode({'kept': token, 'path': path})}"


def _live(request: HttpRequest) -> dict[str, Mapping[str, Any]]:
    found = request.session.get(SLOT, {})
    return {token: entry for token, entry in found.items() if time.time() < entry["until"]}


def token_of(address: str) -> str:
    """The token in an address that `keep` returned; "" in any other."""
    parts = urlsplit(address)
    return parse_qs(parts.query).get("kept", [""])[0] if parts.path == reverse("go-on") else ""


def is_kept(request: HttpRequest, token: str) -> bool:
    """Whether something waits under the token, for whoever is signed in or for whoever was."""
    entry = _live(request).get(token)
    return entry is not None and (not request.user.is_authenticated or entry["user"] == str(request.user.pk))


def take(request: HttpRequest, *, token: str, path: str) -> Kept | None:
    """What waits for this page, once; None when it is of another page, person or force, or too old."""
    live = _live(request)
    entry = live.get(token)
    if (
        entry is None
        or entry["path"] != path
        or entry["user"] != str(request.user.pk)
        or entry["force"] != request.session.get("force_id")
    ):
        return None
    request.session[SLOT] = {one: live[one] for one in live if one != token}
    fields = [(name, value) for name, values in QueryDict(entry["body"]).lists() for value in values]
    return Kept(path, fields, bool(entry["signed_out"]), bool(entry["download"]))


def forget_others(request: HttpRequest, *, user_id: UUID) -> None:
    """Somebody has come in: what another person left in this browser is gone."""
    if SLOT in request.session:
        live = _live(request)
        request.session[SLOT] = {one: live[one] for one in live if live[one]["user"] == str(user_id)}
