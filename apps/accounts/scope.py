from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.accounts.queries import actor_for
from apps.core.data import Actor
from apps.core.errors import NotPermitted

SESSION_FORCE = "force_id"


def actor_for_scope(scope: dict[str, Any]) -> Actor:
    """Who is behind a WebSocket, by its session. To be called inside that force's context.

    Raises NotPermitted for a stranger and for somebody whose roles are gone.
    """
    user = scope.get("user")
    if user is None or not user.is_authenticated:
        raise NotPermitted("sign in first")
    force_id = force_id_of_session(scope["session"])
    if force_id is None:
        raise NotPermitted("choose a force first")
    client = scope.get("client") or ("",)
    return actor_for(user_id=user.id, force_id=force_id, origin=str(client[0]))


def force_id_of_session(session: Any) -> UUID | None:
    value = session.get(SESSION_FORCE)
    return UUID(value) if value else None
