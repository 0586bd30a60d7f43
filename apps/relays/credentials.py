"""The relay's key: `lfr1.<force slug>.<key id>.<secret>`. The key id names its force, the secret proves
it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

SCHEME = "lfr1"
KEY_ID_BYTES = 8
SECRET_BYTES = 32
_KEY = re.compile(
    r"\Alfr1\.(?P<slug>[a-z0-9][a-z0-9-]{0,62})\.(?P<key_id>[0-9a-f]{16})\.(?P<secret>[A-Za-z0-9_-]{43})\Z"
)


@dataclass(frozen=True)
class RelayKey:
    """A parsed key. `secret` is left out of repr, so that no log or traceback can quote it."""

    force_slug: str
    key_id: str
    secret: str = field(repr=False)

    def text(self) -> str:
        return f"{SCHEME}.{self.force_slug}.{self.key_id}.{self.secret}"

    def sha256(self) -> bytes:
        """32 bytes: what is stored."""
        return hashlib.sha256(self.secret.encode("ascii")).digest()


def new_key(*, force_slug: str) -> RelayKey:
    return RelayKey(
        force_slug=force_slug,
        key_id=secrets.token_hex(KEY_ID_BYTES),
        secret=secrets.token_urlsafe(SECRET_BYTES),
    )


def parse_key(text: str) -> RelayKey | None:
    """The parts of a key, or None when `text` is not one."""
    found = _KEY.match(text)
    if found is None:
        return None
    return RelayKey(force_slug=found["slug"], key_id=found["key_id"], secret=found["secret"])


def parse_authorization(header: bytes) -> RelayKey | None:
    """The key in an `Authorization: Bearer …` header, or None."""
    scheme, _, value = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return parse_key(value.strip())


def matches(*, key: RelayKey, stored_sha256: bytes) -> bool:
    """Whether `key` has the stored secret, in constant time."""
    return hmac.compare_digest(key.sha256(), stored_sha256)
