"""Who signs anchors: an interface, and a signer with a key file for a single machine.

A signer in hardware or in a service is another class with the same three members.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PUBLIC_SUFFIX = ".pub.pem"


class Signer(Protocol):
    """Signs what an anchor says, and knows whether an older key of ours signed it."""

    @property
    def key_id(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...

    def verify(self, *, key_id: str, message: bytes, signature: bytes) -> bool: ...

    def public_keys(self) -> dict[str, str]:
        """PEM by key id: the present key, and those that signed before it."""
        ...


class FileSigner:
    """Ed25519 with a private key in a file, for its owner alone, outside the database and its backups.

    Beside it lie the public keys of all keys ever used: put another private key in its place and what the
    old one signed still verifies. Raises ImproperlyConfigured for a missing key, unless `create`, and for one
    that others can read.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._folder = path.parent
        if create and not path.exists():
            _create(path)
        self._key = _load(path)
        self._public = _public_pem(self._key.public_key())
        self.key_id = _key_id(self._key.public_key())
        published = self._folder / f"{self.key_id}{PUBLIC_SUFFIX}"
        if not published.exists():
            published.write_text(self._public, encoding="ascii")

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def verify(self, *, key_id: str, message: bytes, signature: bytes) -> bool:
        key = self._keys().get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_keys(self) -> dict[str, str]:
        return {key_id: _public_pem(key) for key_id, key in self._keys().items()}

    def _keys(self) -> dict[str, Ed25519PublicKey]:
        found = {}
        for path in sorted(self._folder.glob(f"*{PUBLIC_SUFFIX}")):
            key = serialization.load_pem_public_key(path.read_bytes())
            if isinstance(key, Ed25519PublicKey):
                # By its content, not by its name: a file cannot pass for another key.
                found[_key_id(key)] = key
        return found


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    mine = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    try:
        os.link(mine, path)  # whole or not at all, and the first process wins
    except FileExistsError:
        return
    finally:
        mine.unlink()


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        found = path.stat()
    except OSError as missing:
        raise ImproperlyConfigured(
            f"the key that signs audit anchors is missing: {path} (openssl genpkey -algorithm ed25519)"
        ) from missing
    if found.st_mode & 0o077 or found.st_uid != os.geteuid():
        raise ImproperlyConfigured(f"{path} can be read by others: chmod 600, owner {os.geteuid()}")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} is not an Ed25519 key")
    return key


def _public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")


def _key_id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


@cache
def _signer(path: str, create: bool) -> FileSigner:
    return FileSigner(Path(path), create=create)


def signer() -> Signer:
    """The signer of this installation."""
    return _signer(str(settings.LFR_ANCHOR_KEY_FILE), settings.LFR_ANCHOR_KEY_CREATE)
