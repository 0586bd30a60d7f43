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

from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.core.limits import rate_class
from apps.core.redaction import said_address

log = logging.getLogger(__name__)

SLOT = "kept"
# Tokens that this session gave out, also those that were used or ran out: of others nothing is said.
ISSUED = "kept_issued"
MOST_ISSUED = 20
# Whose session it was, for a quarter of an hour after it ended.
OWNER = "kept_owner"
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
        log.warning("what was typed on %s is too long to be kept", said_address(request.path))
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
    issued = [*request.session.get(ISSUED, []), [token, str(user_id)]]
    request.session[ISSUED] = issued[-MOST_ISSUED:]
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


def was_issued(request: HttpRequest, token: str) -> bool:
    """Whether something was kept under the token in this session, for whoever is signed in."""
    return [token, str(request.user.pk)] in request.session.get(ISSUED, [])


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
    request.session.pop(OWNER, None)
    if SLOT in request.session:
        _carry(request, _of(user_id, _live(request), request.session.get(ISSUED, [])))


@dataclass(frozen=True)
class Session:
    """Whose session it is, as far as it matters to what they typed."""

    user_id: UUID
    force_id: UUID | None
    live: dict[str, Mapping[str, Any]]
    issued: list[list[str]]


def session_of(request: HttpRequest) -> Session | None:
    """Whoever the session says it is of, before anybody has asked whether that still holds."""
    if SESSION_KEY not in request.session:
        return None
    user_id, force_id = UUID(str(request.session[SESSION_KEY])), request.session.get("force_id")
    return _of(
        user_id,
        _live(request),
        request.session.get(ISSUED, []),
        force_id=UUID(force_id) if force_id else None,
    )


def sign_out(request: HttpRequest) -> None:
    """End the session. What waits in it, and what its pages still send, waits for the same person alone."""
    session = session_of(request)
    logout(request)
    if session is not None:
        remember(request, session)


def remember(request: HttpRequest, session: Session) -> None:
    """Of a session that has ended: whose it was."""
    _carry(request, session)
    request.session[OWNER] = {
        "user": str(session.user_id),
        "force": str(session.force_id) if session.force_id else None,
        "until": time.time() + WHILE_SIGNED_OUT_S,
    }
    request.session.set_expiry(WHILE_SIGNED_OUT_S)


def owner_of(request: HttpRequest) -> tuple[UUID, UUID | None] | None:
    """Person and force of the session that ended here within the last quarter of an hour."""
    found = request.session.get(OWNER)
    if found is None or time.time() >= found["until"]:
        return None
    return UUID(found["user"]), UUID(found["force"]) if found["force"] else None


def _of(
    user_id: UUID,
    live: Mapping[str, Mapping[str, Any]],
    issued: list[list[str]],
    *,
    force_id: UUID | None = None,
) -> Session:
    mine = {token: live[token] for token in live if live[token]["user"] == str(user_id)}
    return Session(user_id, force_id, mine, [one for one in issued if one[1] == str(user_id)])


def _carry(request: HttpRequest, session: Session) -> None:
    request.session[SLOT], request.session[ISSUED] = session.live, session.issued
