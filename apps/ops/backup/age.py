"""Encryption of a backup to a recipient's public key, in the format of the program `age`, version 1.

X25519, HKDF-SHA-256 and ChaCha20-Poly1305, in pieces of 64 KiB: nothing is in memory as a whole, and nothing
is written in the clear first. Whoever has the identity opens the files with `age -d` too, without the
platform.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.ops.backup.data import BackupRefused

PUBLIC, PRIVATE = "age", "age-secret-key-"
VERSION = b"age-encryption.org/v1\n"
LABEL = b"age-encryption.org/v1/X25519"
PIECE, TAG = 64 * 1024, 16
# A header that is longer is none: it has one line or two for each recipient.
MOST_HEADER_LINES = 200
CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
NO_KEY = "this is not encrypted to that identity"
BROKEN = "the encrypted file is damaged, cut off or was changed"


class Writer(Protocol):
    def write(self, data: bytes, /) -> object: ...


def _checksum(prefix: str, values: list[int]) -> int:
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    state = 1
    for value in expanded + values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(GENERATOR):
            if top >> bit & 1:
                state ^= generator
    return state


def _regroup(values: list[int] | bytes, width: int, into: int, *, pad: bool) -> list[int]:
    held, bits, out = 0, 0, []
    for value in values:
        held, bits = held << width | value, bits + width
        while bits >= into:
            bits -= into
            out.append(held >> bits & (1 << into) - 1)
    if pad and bits:
        out.append(held << into - bits & (1 << into) - 1)
    return out


def encode(prefix: str, data: bytes) -> str:
    values = _regroup(data, 8, 5, pad=True)
    check = _checksum(prefix, values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(CHARSET[value] for value in values)}"


def decode(prefix: str, text: str) -> bytes:
    """The 32 bytes of a key. Raises BackupRefused for anything else, and quotes nothing: it may be secret."""
    lowered = text.strip().lower()
    values = [CHARSET.find(c) for c in lowered.removeprefix(f"{prefix}1")]
    if not lowered.startswith(f"{prefix}1") or -1 in values or _checksum(prefix, values) != 1:
        raise BackupRefused(f"this is no key of age: it should begin with {prefix}1, or has a slip in it")
    data = bytes(_regroup(values[:-6], 5, 8, pad=False))
    if len(data) != 32:
        raise BackupRefused("this key of age has another length than 32 bytes")
    return data


def new_identity() -> tuple[str, str]:
    """(identity, recipient), as age-keygen makes them."""
    key = X25519PrivateKey.generate()
    return (
        encode(PRIVATE, key.private_bytes_raw()).upper(),
        encode(PUBLIC, key.public_key().public_bytes_raw()),
    )


def recipients_of(text: str) -> list[str]:
    """The recipients in a file of age: one a line, with remarks. Raises BackupRefused when there is none."""
    found = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for recipient in found:
        decode(PUBLIC, recipient)
    if not found:
        raise BackupRefused("the file of recipients names none")
    return found


def identities_of(text: str) -> list[bytes]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [decode(PRIVATE, line) for line in lines]


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError as broken:
        raise BackupRefused(BROKEN) from broken


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(secret)


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


class Encrypting:
    """Writes what it is given, encrypted, to `out`. Nothing can be read before `finish` was called."""

    def __init__(self, out: Writer, recipients: list[str]) -> None:
        file_key, nonce = os.urandom(16), os.urandom(16)
        head = VERSION + b"".join(_stanza(decode(PUBLIC, name), file_key) for name in recipients) + b"---"
        mac = hmac.digest(_derive(file_key, b"", b"header"), head, sha256)
        out.write(head + b" " + _b64(mac) + b"\n" + nonce)
        self._out, self._held, self._count = out, bytearray(), 0
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))

    def write(self, data: bytes) -> None:
        self._held += data
        while len(self._held) > PIECE:  # the last piece is held back: it is marked as such
            self._piece(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]

    def finish(self) -> None:
        self._piece(bytes(self._held), last=True)

    def _piece(self, clear: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._count, last=last), clear, None))
        self._count += 1


def _stanza(recipient: bytes, file_key: bytes) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    body = ChaCha20Poly1305(_derive(shared, share + recipient, LABEL)).encrypt(bytes(12), file_key, None)
    return b"-> X25519 " + _b64(share) + b"\n" + _b64(body) + b"\n"


def decrypting(source: BinaryIO, identities: list[bytes]) -> Iterator[bytes]:
    """The pieces of the clear text, each authenticated before it is given. Raises BackupRefused."""
    file_key = _open_header(source, identities)
    nonce = source.read(16)
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    piece, count = source.read(PIECE + TAG), 0
    while True:
        following = source.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(count, last=not following), piece, None)
        except (InvalidTag, ValueError) as wrong:
            raise BackupRefused(BROKEN) from wrong
        if not following:
            return
        piece, count = following, count + 1


def _open_header(source: BinaryIO, identities: list[bytes]) -> bytes:
    head, stanzas = source.readline(), []
    if head != VERSION:
        raise BackupRefused("this is no file of age, version 1")
    for _ in range(MOST_HEADER_LINES):
        line = source.readline()
        if line.startswith(b"--- "):
            break
        head += line
        stanzas.append(line.strip())
    else:
        raise BackupRefused(BROKEN)
    file_key = _file_key(stanzas, identities)
    expected = hmac.digest(_derive(file_key, b"", b"header"), head + b"---", sha256)
    if not hmac.compare_digest(expected, _unb64(line[4:].strip())):
        raise BackupRefused(BROKEN)
    return file_key


def _file_key(lines: list[bytes], identities: list[bytes]) -> bytes:
    for name, body in pairwise(lines):
        if not name.startswith(b"-> X25519 "):
            continue
        share = _unb64(name.removeprefix(b"-> X25519 "))
        for identity in identities:
            key = X25519PrivateKey.from_private_bytes(identity)
            salt = share + key.public_key().public_bytes_raw()
            try:
                shared = key.exchange(X25519PublicKey.from_public_bytes(share))
                cipher = ChaCha20Poly1305(_derive(shared, salt, LABEL))
                return cipher.decrypt(bytes(12), _unb64(body), None)
            except (InvalidTag, ValueError):
                continue
    raise BackupRefused(NO_KEY)
