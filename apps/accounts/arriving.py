"""The last step of signing in: into which force."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import door, kept, known
from apps.accounts.models import User
from apps.accounts.operations import note_sign_in
from apps.accounts.queries import actor_for, forces_of
from apps.core.clock import utc_now
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context

NO_ROLE = "You hold no role in any force yet. Ask your force's administrator for one."


def turn_away(request: HttpRequest, words: str) -> HttpResponse:
    """Nobody is signed in, and the sign-in page says why."""
    logout(request)
    messages.error(request, words)
    return redirect("sign-in")


def arrive(request: HttpRequest, user: User, *, next_path: str) -> HttpResponse:
    """Into the only force there is, or to the page on which one is chosen."""
    door.begin(request.session)
    kept.forget_others(request, user_id=user.id)
    forces = open_forces(request, user)
    if not forces:
        return turn_away(request, NO_ROLE)
    if len(forces) > 1:
        return redirect_to_login(next_path or "/", login_url=reverse("choose-force"))
    return enter_force(request, user, forces[0], next_path=next_path)


def open_forces(request: HttpRequest, user: User) -> list[UUID]:
    """Where this session may go: through a force's own sign-on, into that force and no other."""
    only = door.sign_on_force_of(request.session)
    return [force_id for force_id in forces_of(user_id=user.id) if only in (None, force_id)]


def enter_force(
    request: HttpRequest, user: User, force_id: UUID, *, next_path: str, switched: bool = False
) -> HttpResponse:
    """Raises NotPermitted for a force that is not open to this session. Outside any force's context."""
    if force_id not in open_forces(request, user):
        raise NotPermitted("you hold no role in this force")
    with force_context(force_id):
        actor = actor_for(user_id=user.id, force_id=force_id, origin=request.META.get("REMOTE_ADDR") or "")
        note_sign_in(actor=actor, now=utc_now(), how=_how(request, user), switched=switched)
    request.session[door.FORCE] = str(force_id)
    if door.needs_second_factor(actor.roles) and not door.used_second_factor(request.session, user):
        return redirect_to_login(next_path or "/", login_url=reverse("second-factor"))
    response = redirect(next_path or "/")
    if door.used_own_factor(request.session, user):
        known.remember(request, response, user)
    return response


def _how(request: HttpRequest, user: User) -> list[str]:
    """For instance ["password", "totp"]: never what was typed."""
    found = [str(record.get("type") or record["method"]) for record in door.records_of(request.session, user)]
    return list(dict.fromkeys(found))
