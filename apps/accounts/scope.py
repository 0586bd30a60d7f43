"""Who is behind a session, for sockets: they outlive what was true when they were opened."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.accounts import door, presence, sign_on_links
from apps.accounts.door import force_id_of_session
from apps.accounts.models import User
from apps.accounts.queries import actor_for
from apps.core.data import Actor
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.forces.api import get_force

__all__ = ["actor_for_scope", "force_id_of_session", "person_of_session"]


def actor_for_scope(scope: dict[str, Any]) -> Actor:
    """Who is behind a WebSocket at this moment, by its session. To be called inside that force's context.

    Raises NotPermitted for a stranger, for a session that has ended or used no second factor, and for
    somebody whose roles are gone.
    """
    user, session, force_id = _alive(scope["session"].session_key or "")
    _check_way_in(session, user)
    client = scope.get("client") or ("",)
    return actor_for(
        user_id=user.id,
        force_id=force_id,
        origin=str(client[0]),
        reauthenticated=door.recently_proved(session, user),
    )


def person_of_session(session_key: str) -> tuple[UUID, UUID]:
    """(person, force) of a session that is alive at this moment: read anew, by the rules of a page's request.

    To be called outside any force's context. Raises NotPermitted once the session has ended, whoever ended it
    and however, and for one without a second factor.
    """
    user, session, force_id = _alive(session_key)
    if door.came_by_sign_on(session):
        with force_context(force_id):
            _check_way_in(session, user)
    # Nobody is asked to sit still for less than five minutes: the common case costs no further query.
    if door.is_over(session, idle_minutes=5, on_duty=lambda: False):
        with force_context(force_id):
            over = door.is_over(
                session,
                idle_minutes=get_force(force_id=force_id).idle_minutes,
                on_duty=lambda: user.id in presence.people_on_duty(),
            )
        if over:
            raise NotPermitted("you were signed out: sign in again")
    return user.id, force_id


def _check_way_in(session: Any, user: User) -> None:
    if not sign_on_links.is_open(session, user):
        raise NotPermitted("you were signed out: sign in again")


def _alive(session_key: str) -> tuple[User, Any, UUID]:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    # By the hash in the session: another password, or "end all sign-ins", and it is nobody's.
    user = get_user(request)
    force_id = force_id_of_session(request.session)
    if not isinstance(user, User) or force_id is None:
        raise NotPermitted("sign in first")
    # Sockets are for roles that see faces, and all of those need one.
    if not door.used_second_factor(request.session, user):
        raise NotPermitted("confirm your sign-in with a second factor first")
    return user, request.session, force_id
