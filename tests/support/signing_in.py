"""Sign-ins for tests that are about something else: a session as the door would have made it.

Two ways in by the same code within half a minute would be a replay, which is refused; so only tests about
signing in type codes. Times lie far ahead: a test that moves the clock is not signed out by it.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pyotp
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import door
from apps.accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FAR_AHEAD_S = 100 * 365 * 24 * 3600


def session_of(
    username: str, *, second_factor: bool = True, proved: bool = True, force_id: UUID | None = None
) -> str:
    """The key of a new session in the person's only force, or in `force_id`.

    `proved`: they have proved who they are within the last minutes; otherwise long ago.
    """
    user = User.objects.get(username=username)
    session = SessionStore()
    at = time.time() + FAR_AHEAD_S
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[door.BEGAN] = session[door.SEEN] = session[door.ASKED] = at
    session[door.FORCE] = str(force_id or accounts.forces_of(user_id=user.id)[0])
    then = at if proved else 1.0
    session[door.RECORDS] = [{"method": "password", "at": then}]
    if second_factor:
        session[door.RECORDS].append({"method": "mfa", "type": "totp", "at": then})
    session[door.RECORDS_OF] = door.user_id_to_str(user)
    # The row must outlive every clock that a test moves to.
    session.set_expiry(FAR_AHEAD_S)
    session.create()
    return str(session.session_key)


def signed_in(username: str, *, proved: bool = True, second_factor: bool = True, **options: Any) -> Client:
    client = Client(**options)
    client.cookies["sessionid"] = session_of(username, proved=proved, second_factor=second_factor)
    return client


def cookie(username: str, address: str) -> dict[str, Any]:
    """For a browser: `context.add_cookies([cookie(…)])`."""
    return {"name": "sessionid", "value": session_of(username), "url": address, "httpOnly": True}


def enrol_app(username: str) -> str:
    """A second factor as if set up earlier. Returns its secret."""
    secret = generate_totp_secret()
    user = User.objects.get(username=username)
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes from now."""
    return str(pyotp.TOTP(secret).at(int(time.time()) + 30 * steps))
