"""Reading a force's chain in its order, whatever its length, as plain tuples: a model instance per event
would cost more than checking it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.audit.data import METADATA
from apps.audit.models import AuditLink

CHUNK = 2_000
PAGE = 500

LINK = "l.position, l.event_id, l.previous_hash, l.link_hash, l.linked_at"
EVENT = ", ".join(f"e.{name}" for name in METADATA)
REST = "e.actor_label, e.origin, e.reason, e.payload::text, e.salt, e.content_digest, e.digest, e.erased_at"
# The link's force in words too, so that the index of positions is used; row-level security stays the wall.
JOINED = (
    f"SELECT {LINK}, {EVENT}, {REST} FROM audit_auditlink l"  # noqa: S608 - of constants
    " LEFT JOIN audit_auditevent e ON e.id = l.event_id WHERE l.force_id = %s"
)


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A link and its event. `metadata` is None when the event is gone; an erased one has an empty salt."""

    position: int
    event_id: UUID
    previous_hash: bytes
    link_hash: bytes
    linked_at: datetime
    metadata: dict[str, Any] | None
    content: dict[str, Any]
    salt: bytes
    content_digest: bytes
    digest: bytes
    erased_at: datetime | None


def _row(found: tuple[Any, ...]) -> ChainRow:
    position, event_id, previous, current, linked_at = found[:5]
    metadata = dict(zip(METADATA, found[5 : 5 + len(METADATA)], strict=True))
    label, origin, reason, payload, salt, content_digest, digest, erased_at = found[5 + len(METADATA) :]
    return ChainRow(
        position=position,
        event_id=event_id,
        previous_hash=bytes(previous),
        link_hash=bytes(current),
        linked_at=linked_at,
        metadata=metadata if metadata["id"] is not None else None,
        content={
            "actor_label": label,
            "origin": origin,
            "reason": reason,
            "payload": json.loads(payload) if payload is not None else None,
        },
        salt=bytes(salt or b""),
        content_digest=bytes(content_digest or b""),
        digest=bytes(digest or b""),
        erased_at=erased_at,
    )


def stream(force_id: UUID) -> Iterator[ChainRow]:
    """The whole chain through one cursor of the server, in one snapshot. Needs the force's context."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{JOINED} ORDER BY l.position", [force_id])
        while chunk := cursor.fetchmany(CHUNK):
            yield from map(_row, chunk)


def page(force_id: UUID, *, after: int, up_to: int) -> list[ChainRow]:
    """The next PAGE links: for a download, which must not hold a connection while somebody reads slowly."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{JOINED} AND l.position > %s AND l.position <= %s ORDER BY l.position LIMIT {PAGE}",
            [force_id, after, up_to],
        )
        return [_row(found) for found in cursor.fetchall()]


def last_position() -> int:
    """Of the open force."""
    link = AuditLink.objects.order_by("-position").first()
    return link.position if link else 0
