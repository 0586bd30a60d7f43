from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit import api as audit
from apps.core.data import Actor


def note_about(
    user_id: UUID, verb: str, payload: dict[str, Any], *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """What was done about a person, on the force's record, in the caller's transaction."""
    audit.record(
        actor=actor,
        verb=verb,
        object_type="user",
        object_id=user_id,
        payload=payload,
        now=now,
        reason=reason,
    )
