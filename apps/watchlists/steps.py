"""What every write to a list does: lock the row, take the transition, write the audit event."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Watchlist
from apps.watchlists.states import WATCHLISTS


def locked(watchlist_id: UUID) -> Watchlist:
    """The row, locked until the transaction ends. Raises NotFound."""
    watchlist = Watchlist.objects.select_for_update().filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound("there is no such watchlist")
    return watchlist


def record(
    watchlist: Watchlist, *, actor: Actor, verb: str, now: datetime, reason: str = "", **payload: Any
) -> None:
    """An audit event about a list."""
    audit.record(
        actor=actor,
        verb=verb,
        object_type="watchlist",
        object_id=watchlist.id,
        payload={"deployment_id": str(watchlist.deployment_id), **payload},
        now=now,
        reason=reason,
    )


def move(watchlist: Watchlist, name: str, *, actor: Actor) -> str:
    """Take a transition; the caller saves. Returns the audit verb."""
    transition = WATCHLISTS.apply(name, current=WatchlistState(watchlist.state), actor=actor)
    watchlist.state = transition.target.value
    return transition.audit_verb
