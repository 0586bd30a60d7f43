"""What somebody typed at the door, on its way to a worker: it may be a password in the wrong field, and what
waits for a worker lies in Valkey for everybody to read who can read that."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

# A worker that was away for longer has nothing to note any more.
KEPT_S = 24 * 3600


def seal(*words: str) -> str:
    return _box().encrypt("\0".join(word.replace("\0", "") for word in words).encode()).decode()


def unseal(sealed: str) -> list[str]:
    """[] for what another secret sealed, or too long ago."""
    try:
        return _box().decrypt(sealed.encode(), ttl=KEPT_S).decode().split("\0")
    except InvalidToken:
        return []


def _box() -> Fernet:
    key = salted_hmac("accounts.sealing", "to a worker", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
