"""A token: `lfr_<force slug>_<token id>_<secret>`. The slug names the force, so that nobody looks through all
forces for it; the secret proves it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID

SECRET_BYTES = 32
_TOKEN = re.compile(r"lfr_(?P<slug>[A-Za-z0-9_-]{1,60})_(?P<id>[0-9a-f]{32})_(?P<secret>[0-9a-f]{64})")
# Against this a token is compared that is not there, so that it takes as long as one that is.
NOBODYS = hashlib.sha256(b"no token has this secret").digest()


@dataclass(frozen=True)
class Token:
    """A parsed token. `secret` is left out of repr, so that no log or traceback can quote it."""

    force_slug: str
    id: UUID
    secret: str = field(repr=False)

    def text(self) -> str:
        return f"lfr_{self.force_slug}_{self.id.hex}_{self.secret}"

    def sha256(self) -> bytes:
        """32 bytes: what is stored."""
        return hashlib.sha256(self.secret.encode("ascii")).digest()


def new_token(*, force_slug: str, token_id: UUID) -> Token:
    return Token(force_slug=force_slug, id=token_id, secret=secrets.token_hex(SECRET_BYTES))


def parse_token(text: str) -> Token | None:
    """None for what is no token."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    return Token(force_slug=found["slug"], id=UUID(hex=found["id"]), secret=found["secret"])


def parse_authorization(header: str) -> Token | None:
    """The token of an `Authorization: Bearer …` header, or None."""
    scheme, _, value = header.partition(" ")
    return parse_token(value.strip()) if scheme.lower() == "bearer" else None


def matches(*, token: Token, stored_sha256: bytes) -> bool:
    """Whether `token` has the stored secret, in constant time."""
    return hmac.compare_digest(token.sha256(), stored_sha256)
