"""Coming in and going out, in the record of each force that it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.queries import actor_for, forces_of
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context


def note_session_end(*, actor: Actor, why: str) -> None:
    """Needs the actor's force context. `why`: "person", "time", "attempts", or "sign_on" when the
    provider or the link to it is gone."""
    if actor.id is None:
        raise NotPermitted("only a person has a session")
    audit.record(
        actor=actor,
        verb="signed_out",
        object_type="user",
        object_id=actor.id,
        payload={"why": why},
        # By the real clock, as sessions are.
        now=utc_now(),
    )


def in_their_forces(
    *,
    user_id: UUID,
    verb: str,
    payload: dict[str, Any],
    now: datetime,
    origin: str,
    change: Callable[[], None] = lambda: None,
) -> None:
    """Something that a person did to their own account: in the record of every force that they work for.

    `change` happens in the transaction of the first one. Raises NotPermitted for somebody without a role.
    """
    forces = forces_of(user_id=user_id)
    if not forces:
        raise NotPermitted("you hold no role in any force")
    for position, force_id in enumerate(forces):
        with force_context(force_id):
            if position == 0:
                change()
            audit.record(
                actor=actor_for(user_id=user_id, force_id=force_id, origin=origin),
                verb=verb,
                object_type="user",
                object_id=user_id,
                payload=payload,
                now=now,
            )
