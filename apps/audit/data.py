"""What the audit returns, and the exact bytes of its hashes (docs/reference/audit-format.md)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core.json_text import Layout, pieces

FORMAT = 2
GENESIS = hashlib.sha256(b"lfr-audit-chain-2").digest()
ANCHOR_GENESIS = hashlib.sha256(b"lfr-audit-anchors-2").hexdigest()
EVENT_PREFIX = b"lfr-audit-event-2\n"
ANCHOR_PREFIX = b"lfr-audit-anchor-2\n"
# What an event keeps for as long as the record exists, and what is erased at the end of its retention.
METADATA = (
    *("id", "force_id", "ordinal", "at", "recorded_at", "actor_id", "rank", "roles"),
    *("verb", "object_type", "object_id", "simulated"),
)
CONTENT = ("actor_label", "origin", "reason", "payload")
# Says which content is gone and is never erased itself: verification allows no other gap.
ERASED = "audit.content_erased"
VERIFIED = "audit.verified"
EXPORTED = "audit.exported"
# No force's schedule may be shorter; the database refuses it too (migration 0003).
MINIMUM_KEEP = timedelta(days=365)
# From here on PostgreSQL gives a number without fraction back as a whole one.
LARGEST_EXACT_FLOAT = 1e16


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`problems` are what must not be, `warnings` what is not covered; `found` also counts problems beyond
    those that are spelt out."""

    force_id: UUID
    events: int
    links: int
    problems: tuple[str, ...]
    found: int = 0
    warnings: tuple[str, ...] = ()
    anchors: int = 0
    erased: int = 0
    anchored_links: int = 0
    last_anchor_at: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification or an export is; `total` links were there when it began."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a force's chain stood at one moment, signed. `taken_at` is ISO 8601 in UTC; hashes are in hex.

    `previous` is the SHA-256 of the line before it, so that no line can be taken out of the file unseen.
    """

    force_id: str
    sequence: int
    position: int
    link_hash: str
    taken_at: str
    previous: str
    key_id: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        body = asdict(self)
        del body["signature"]
        return ANCHOR_PREFIX + canonical(body).encode()

    def line(self) -> str:
        """As it stands in the file, without the line feed."""
        return canonical(asdict(self))

    @classmethod
    def parse(cls, line: str) -> Anchor:
        """Raises ValueError for anything but what `line` made."""
        try:
            anchor = cls(**json.loads(line))
        except (TypeError, json.JSONDecodeError) as broken:
            raise ValueError("not an anchor") from broken
        if not isinstance(anchor.position, int) or anchor.line() != line:
            raise ValueError("not an anchor in its canonical form")
        return anchor


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of an audit event")


# Made once: making an encoder costs as much as a short event does.
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
).encode
CANONICAL = Layout(encode=_encode, sort_keys=True)
# The same values for a reader, in the order in which they were put.
READABLE = Layout(json.JSONEncoder(indent=1, allow_nan=False, default=_plain).encode, indent=1)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces. Raises TypeError and ValueError for what has no such form."""
    return _encode(value)


def canonical_pieces(value: object) -> Iterator[str]:
    """The same in pieces, for what has an `Each` in it."""
    return pieces(value, CANONICAL)


def storable(value: Any) -> Any:
    """A payload as the database will give it back, so that its digest can be repeated."""
    if isinstance(value, Mapping):
        return {str(key): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    if isinstance(value, float) and math.isfinite(value) and abs(value) >= LARGEST_EXACT_FLOAT:
        return int(value)
    return value


def content_digest(*, salt: bytes, content: Mapping[str, Any]) -> bytes:
    """SHA-256 over the salt and the canonical JSON of CONTENT: without the salt, guessing is of no use."""
    return hashlib.sha256(salt + canonical(content).encode()).digest()


def event_digest(*, metadata: Mapping[str, Any], content_sha256: bytes) -> bytes:
    """SHA-256 over the canonical JSON of METADATA and the content's digest."""
    text = canonical({**metadata, "content_sha256": content_sha256.hex()})
    return hashlib.sha256(EVENT_PREFIX + text.encode()).digest()


def link_hash(*, force_id: UUID, position: int, previous: bytes, event_id: UUID, digest: bytes) -> bytes:
    return hashlib.sha256(
        force_id.bytes + position.to_bytes(8, "big") + previous + event_id.bytes + digest
    ).digest()
