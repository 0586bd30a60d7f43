"""What the audit returns, and the exact bytes that its hashes are made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

GENESIS = hashlib.sha256(b"lfr-audit-chain-1").digest()


@dataclass(frozen=True, slots=True)
class VerifyReport:
    force_id: UUID
    events: int
    links: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def event_digest(*, salt: bytes, fields: dict[str, Any]) -> bytes:
    """SHA-256 over the salt and the canonical JSON of the event's fields."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(salt + text.encode()).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of an audit event")


def link_hash(*, force_id: UUID, position: int, previous: bytes, event_id: UUID, digest: bytes) -> bytes:
    return hashlib.sha256(
        force_id.bytes + position.to_bytes(8, "big") + previous + event_id.bytes + digest
    ).digest()
