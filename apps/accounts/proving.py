"""Proving again who one is, inside a session that was proven when it began.

Attempts count here for this session alone: a stranger who fails at the sign-in page cannot keep anybody from
confirming, and whoever finds an open browser has five guesses before it is signed out.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts import door, factors, kept, lockout
from apps.accounts.models import User
from apps.accounts.queries import actor_for
from apps.accounts.signing import note_session_end
from apps.core.tenancy import force_context

MOST = 5
ENDED = "There were too many wrong attempts, so you are signed out here. Nothing was saved. Sign in again."


def is_proven(request: HttpRequest, user: User) -> bool:
    """The session used a factor of this platform, or came by a password and there is no other to use."""
    if door.used_own_factor(request.session, user):
        return True
    return not (door.came_by_sign_on(request.session) or factors.has_factor(user))


def _name(request: HttpRequest, user: User) -> str:
    # By when it began: the key of a session changes when somebody goes over to another force.
    return f"proving:{user.pk}:{request.session.get(door.BEGAN)}"


def count(request: HttpRequest, user: User) -> int:
    """Count an attempt before it is looked at, so that many at once are no way around. Returns how many."""
    name = _name(request, user)
    cache.add(name, 0, timeout=door.LONGEST_S)
    return int(cache.incr(name))


def succeeded(request: HttpRequest, user: User) -> None:
    cache.delete(_name(request, user))


def is_password(user: User, password: str) -> bool:
    """Without the backends, whose lock-out counts strangers too. The caller has counted the attempt."""
    return check_password(password, user.password)


def failed(request: HttpRequest, user: User, *, number: int, step: str) -> HttpResponse | None:
    """Have it recorded; the answer to give when the session ended with it. `step`: "password" or "code"."""
    lockout.have_noted(request, username=user.username, step=f"{step} again")
    return end(request, user) if number >= MOST else None


def end(request: HttpRequest, user: User) -> HttpResponse:
    """Outside any force's context."""
    force_id = door.force_id_of_session(request.session)
    if force_id is not None:
        with force_context(force_id):
            origin = request.META.get("REMOTE_ADDR") or ""
            note_session_end(
                actor=actor_for(user_id=user.id, force_id=force_id, origin=origin), why="attempts"
            )
    kept.sign_out(request)
    messages.error(request, ENDED)
    return redirect("sign-in")
