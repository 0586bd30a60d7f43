"""The two ends of a relay's connection in the audit: each `relay.connected` has one `relay.disconnected`.

The row remembers the connection that is open. Its end is written by the socket itself, by the next connection
of the same relay, or, when the process died with it, by the sweep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.relays.data import RelayData
from apps.relays.models import Relay

# A connection gives a sign of life every two seconds.
LOST_AFTER = timedelta(seconds=30)
ABNORMAL = 1006  # RFC 6455: no close frame was seen
REPLACED_WORDS = "another connection of this relay took its place"
LOST_WORDS = "the process that held the connection ended without a word"


def record_connected(*, relay: RelayData, session_id: UUID, origin: str, now: datetime) -> None:
    """Note a connection that begins. Opens the force's context: a socket has none."""
    with force_context(relay.force_id):
        row = Relay.objects.select_for_update().get(id=relay.id)
        if row.session_id is not None:
            _end(row, code=ABNORMAL, reason=REPLACED_WORDS, origin="", now=now)
        row.session_id, row.last_seen_at = session_id, now
        row.save(update_fields=["session_id", "last_seen_at"])
        _record(row, "relay.connected", {"session": session_id.hex}, origin=origin, now=now)


def record_disconnected(
    *, relay: RelayData, session_id: UUID, code: int, reason: str, origin: str, now: datetime
) -> None:
    """Note a connection that ended; nothing when its end is written already."""
    with force_context(relay.force_id):
        row = Relay.objects.select_for_update().get(id=relay.id)
        if row.session_id == session_id:
            _end(row, code=code, reason=reason, origin=origin, now=now)


def close_lost(*, now: datetime) -> int:
    """Write the end of each connection in the open force that gave no sign of life for 30 s; how many."""
    rows = Relay.objects.select_for_update(skip_locked=True).filter(
        session_id__isnull=False, last_seen_at__lt=now - LOST_AFTER
    )
    lost = 0
    for row in rows:
        _end(row, code=ABNORMAL, reason=LOST_WORDS, origin="", now=now)
        lost += 1
    return lost


def _end(row: Relay, *, code: int, reason: str, origin: str, now: datetime) -> None:
    session_id, row.session_id = row.session_id, None
    row.save(update_fields=["session_id"])
    payload: dict[str, str | int] = {
        "session": session_id.hex if session_id else "",
        "code": code,
        "reason": reason,
    }
    _record(row, "relay.disconnected", payload, origin=origin, now=now)


def _record(row: Relay, verb: str, payload: dict[str, str | int], *, origin: str, now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=row.force_id, label="relay socket", origin=origin),
        verb=verb,
        object_type="relay",
        object_id=row.id,
        payload={"deployment_id": str(row.deployment_id), **payload},
        now=now,
    )
