from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from apps.accounts import door, kept, presence, sign_on_links
from apps.accounts.models import User
from apps.accounts.policies import NO_ROLE_LEFT
from apps.accounts.queries import actor_for
from apps.accounts.signing import note_session_end
from apps.core.data import Actor
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.forces.api import get_force

# Pages about the person, who may have roles in several forces: they open the contexts that they need.
PERSONAL = ("/account/", "/sign-in/", "/sign-out/", "/join/")


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's, which throws a session away that was ended elsewhere. Whose it was is remembered, so that
    what they had typed waits for them (kept.py)."""

    def process_request(self, request: HttpRequest) -> None:
        before = kept.session_of(request)
        super().process_request(request)
        # Asked now and not when somebody first wants to know, which is too late for what was in the session.
        if before is not None and not request.user.is_authenticated and not request.session.get(SESSION_KEY):
            kept.remember(request, before)


class ForceContextMiddleware:
    """Opens the signed-in person's force around the view *and its rendering*; a 5xx rolls everything back.

    Strangers get no context, and so no tenant rows. `request.actor` is who acts, or None. Somebody whose
    session lacks the second factor that their roles need, or who has not chosen a force, is a stranger too;
    `request.halfway` then says what is missing: "factor" or "force".
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]  # Django's request is extended by middleware
        request.halfway = ""  # type: ignore[attr-defined]  # as above
        if not request.user.is_authenticated:
            return self.get_response(request)
        force_id = door.force_id_of_session(request.session)
        if force_id is None:
            request.halfway = "force"  # type: ignore[attr-defined]  # as above
            return self.get_response(request)
        personal = request.path.startswith(PERSONAL)
        with force_context(force_id):
            self._admit(request, force_id)
            if not personal:
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                return response
        return self.get_response(request)

    def _admit(self, request: HttpRequest, force_id: UUID) -> None:
        """Set who acts, or why nobody does; end the session of whom it is over for."""
        user: User = request.user  # type: ignore[assignment]  # authenticated, as the caller saw
        try:
            actor = actor_for(
                user_id=user.id, force_id=force_id, origin=request.META.get("REMOTE_ADDR") or ""
            )
        except NotPermitted:
            # The last role was taken away since sign-in.
            logout(request)
            request.halfway = "no_role"  # type: ignore[attr-defined]  # as above
            messages.error(request, NO_ROLE_LEFT)
            return
        if not sign_on_links.is_open(request.session, user):
            note_session_end(actor=actor, why="sign_on")
            kept.sign_out(request)
            request.halfway = "over"  # type: ignore[attr-defined]  # as above
            return
        force = get_force(force_id=force_id)
        if door.is_over(request.session, idle_minutes=force.idle_minutes, on_duty=lambda: _is_on_duty(actor)):
            note_session_end(actor=actor, why="time")
            kept.sign_out(request)
            request.session[door.SAT_STILL] = force.idle_minutes
            request.session.set_expiry(kept.WHILE_SIGNED_OUT_S)
            request.halfway = "over"  # type: ignore[attr-defined]  # as above
            return
        door.touch(request.session, background=door.is_background(request))
        request.force = force  # type: ignore[attr-defined]  # as above
        if door.needs_second_factor(actor.roles) and not door.used_second_factor(request.session, user):
            request.halfway = "factor"  # type: ignore[attr-defined]  # as above
            return
        request.actor = replace(  # type: ignore[attr-defined]  # as above
            actor, reauthenticated=door.recently_proved(request.session, user)
        )


def _is_on_duty(actor: Actor) -> bool:
    return actor.id in presence.people_on_duty()
