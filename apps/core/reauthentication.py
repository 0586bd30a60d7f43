"""What a person proves again who they are for: decision, seal, start, export (domain.md §1, §2)."""

from __future__ import annotations

from apps.core.data import Actor
from apps.core.errors import ReauthenticationNeeded


def check_reauthenticated(actor: Actor) -> None:
    """Raises ReauthenticationNeeded. The platform itself has nothing to prove; a role check comes before."""
    if not (actor.reauthenticated or actor.is_system):
        raise ReauthenticationNeeded("Confirm who you are before you do this.")
