"""What a session knows of how somebody came in: which force, by which factors, when, and when last seen.

All of it is in the session, which is on the server. Times are of the real clock, as seconds since 1970; one
that lies ahead (the clock was put back) counts as now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as RECORDS_OF,
)
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY as RECORDS,
)
from allauth.account.internal.userkit import user_id_to_str
from django.http import HttpRequest

from apps.accounts.models import User
from apps.core.data import Role

FORCE = "force_id"
# Whoever came through a force's own sign-on is in that force and in no other.
SIGN_ON_FORCE = "sign_on_force_id"
# As the provider was when it let them in, and by which link: both are looked at again at every request.
SIGN_ON_VERSION = "sign_on_version"
SIGN_ON_LINK = "sign_on_link"
BEGAN = "signed_in_at"
SEEN = "last_seen_at"
ASKED = "last_asked_at"

REAUTHENTICATED_FOR_S = 10 * 60
LONGEST_S = 12 * 3600
# A session is written at most so often for this.
TOUCH_EVERY_S = 60
# For the sign-in page, whichever tab comes to it: after how many minutes it was over.
SAT_STILL = "sat_still"
# The oversight body sees no face and no name: a second factor is its choice.
WITHOUT_SECOND_FACTOR = frozenset({Role.OVERSIGHT})


Session = Any


def begin(session: Session) -> None:
    """Somebody has just come in."""
    session[BEGAN] = session[SEEN] = session[ASKED] = time.time()
    session.pop(SAT_STILL, None)
    # Until the browser closes; one in which something typed was kept had an end of its own.
    session.set_expiry(0)


def records_of(session: Session, user: User) -> list[Mapping[str, Any]]:
    """How this person proved who they are in this session, oldest first."""
    if session.get(RECORDS_OF) != user_id_to_str(user):
        return []
    found = session.get(RECORDS)
    return found if isinstance(found, list) else []


def came_by_sign_on(session: Session) -> bool:
    return SIGN_ON_FORCE in session


def used_own_factor(session: Session, user: User) -> bool:
    """One of this platform. What a force's provider says of another one is not of this kind."""
    return any(record.get("method") == "mfa" for record in records_of(session, user))


def used_second_factor(session: Session, user: User) -> bool:
    """One of this platform, or one at the provider through which this session came in."""
    if used_own_factor(session, user):
        return True
    return came_by_sign_on(session) and any(
        record.get("second_factor") for record in records_of(session, user)
    )


def needs_second_factor(roles: frozenset[Role]) -> bool:
    return not roles <= WITHOUT_SECOND_FACTOR


def recently_proved(session: Session, user: User) -> bool:
    """Within ten minutes: a second factor, or the password when asked for again or all there is.

    What a provider says proves nothing here: a session that came through it needs a factor of this platform.
    """
    found = records_of(session, user)
    own = used_own_factor(session, user)
    alone = not own and not came_by_sign_on(session)
    proofs = [
        record["at"]
        for record in found
        if record.get("method") == "mfa" or (own and record.get("reauthenticated")) or alone
    ]
    return bool(proofs) and time.time() - max(proofs) < REAUTHENTICATED_FOR_S


def is_background(request: HttpRequest) -> bool:
    """Asked by a page and not by a person: what scripts fetch, and pictures.

    Browsers say so themselves; of others, whoever wants JSON is a script. What changes something is a person.
    """
    if request.method not in {"GET", "HEAD"}:
        return False
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode != "navigate"
    return "application/json" in request.headers.get("Accept", "") or request.path.endswith((".json", ".jpg"))


def is_over(session: Session, *, idle_minutes: int, on_duty: Callable[[], bool]) -> bool:
    """Too long without a request by the person, or too old altogether.

    A page that keeps asking counts only for somebody on duty, whose console must not go dark.
    """
    now = time.time()
    if now - session.get(BEGAN, 0) > LONGEST_S:
        return True
    idle_s = idle_minutes * 60
    if now - session.get(SEEN, 0) <= idle_s:
        return False
    return now - session.get(ASKED, 0) > idle_s or not on_duty()


def touch(session: Session, *, background: bool) -> None:
    now = time.time()
    for key in (ASKED,) if background else (SEEN, ASKED):
        if now - session.get(key, 0) > TOUCH_EVERY_S:
            session[key] = now


def force_id_of_session(session: Session) -> UUID | None:
    value = session.get(FORCE)
    return UUID(value) if value else None


def sign_on_force_of(session: Session) -> UUID | None:
    value = session.get(SIGN_ON_FORCE)
    return UUID(value) if value else None
