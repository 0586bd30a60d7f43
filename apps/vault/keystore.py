"""Where data keys live: outside the database and its backups.

A key server can take the place of the files by implementing `KeyStore`.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.vault.data import ForeignKeys, KeyDestroyed

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER, CHECK = "master.key", "master.check"
# What the master key seals into the check file; nothing of it is secret.
CHECK_WORDS = b"the master key of this folder"
RESTORE = (
    f"put back the {MASTER} that belongs to {{folder}}, or mount the right folder; never make a new one where"
    " there are keys"
)


class KeyStore(Protocol):
    """Keeps data keys of 32 bytes. `destroy` must make the key unrecoverable and may be repeated."""

    def create(self, *, force_id: UUID, key_id: UUID) -> bytes: ...

    def load(self, *, force_id: UUID, key_id: UUID) -> bytes:
        """Raises KeyDestroyed when there is no such key any more."""
        ...

    def destroy(self, *, force_id: UUID, key_id: UUID) -> None: ...

    def destroy_all(self, *, force_id: UUID) -> int:
        """Every key of a force, and whatever says that it had any. Returns how many there were."""
        ...

    def exists(self, *, force_id: UUID, key_id: UUID) -> bool: ...

    def assert_destroyable(self, *, force_id: UUID, key_id: UUID) -> None:
        """Raises OSError while `destroy` would fail or find nothing. Changes nothing."""
        ...

    def assert_room(self, *, force_id: UUID) -> None:
        """Raises OSError while a further key could not be kept."""
        ...

    def keys(self, *, force_id: UUID) -> list[tuple[UUID, datetime]]:
        """Every key of a force that is there, with the moment when it was made."""
        ...


class FileKeyStore:
    """One file a key, wrapped under a master key file, in a folder only its owner can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if problem := foreign_words(folder):
            raise ForeignKeys(problem)
        _link_private(folder / MASTER, secrets.token_bytes(KEY_BYTES))
        self._master = AESGCM((folder / MASTER).read_bytes())
        nonce = secrets.token_bytes(NONCE_BYTES)
        _link_private(folder / CHECK, nonce + self._master.encrypt(nonce, CHECK_WORDS, None))

    def _path(self, force_id: UUID, key_id: UUID) -> Path:
        return self.folder / force_id.hex / f"{key_id.hex}.key"

    def create(self, *, force_id: UUID, key_id: UUID) -> bytes:
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        nonce = secrets.token_bytes(NONCE_BYTES)
        path = self._path(force_id, key_id)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _write_private(path, nonce + self._master.encrypt(nonce, key, key_id.bytes))
        _sync_folder(path.parent)
        return key

    def load(self, *, force_id: UUID, key_id: UUID) -> bytes:
        try:
            wrapped = self._path(force_id, key_id).read_bytes()
        except FileNotFoundError as gone:
            raise KeyDestroyed(f"key {key_id} was destroyed") from gone
        try:
            return self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.bytes)
        except InvalidTag as wrong:
            raise KeyDestroyed(f"key {key_id} is damaged or of another master key") from wrong

    def destroy(self, *, force_id: UUID, key_id: UUID) -> None:
        path = self._path(force_id, key_id)
        try:
            with path.open("r+b") as handle:
                handle.write(secrets.token_bytes(path.stat().st_size))
                handle.flush()
                os.fsync(handle.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        _sync_folder(path.parent)

    def destroy_all(self, *, force_id: UUID) -> int:
        keys = [key_id for key_id, _ in self.keys(force_id=force_id)]
        for key_id in keys:
            self.destroy(force_id=force_id, key_id=key_id)
        folder = self.folder / force_id.hex
        for left in folder.glob(".trial-*"):  # of a process that was killed between two lines
            left.unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()
        return len(keys)

    def exists(self, *, force_id: UUID, key_id: UUID) -> bool:
        return self._path(force_id, key_id).exists()

    def assert_destroyable(self, *, force_id: UUID, key_id: UUID) -> None:
        path = self._path(force_id, key_id)
        with path.open("r+b"):
            pass
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def assert_room(self, *, force_id: UUID) -> None:
        folder = self.folder / force_id.hex
        folder.mkdir(mode=0o700, exist_ok=True)
        trial = folder / f".trial-{secrets.token_hex(8)}"
        _write_private(trial, secrets.token_bytes(2 * KEY_BYTES))
        trial.unlink()

    def keys(self, *, force_id: UUID) -> list[tuple[UUID, datetime]]:
        found = []
        for path in (self.folder / force_id.hex).glob("*.key"):
            try:
                made = path.stat().st_mtime
            except FileNotFoundError:  # destroyed by another process since the listing
                continue
            found.append((UUID(hex=path.stem), datetime.fromtimestamp(made, UTC)))
        return found


def foreign_words(folder: Path) -> str:
    """Why the master key of a folder is not the one of its keys, and what to do; empty while it is, and for a
    folder without keys. Nothing is written."""
    restore = RESTORE.format(folder=folder)
    # Asked before the master key is: another process may be making all three just now, in the other order.
    has_any = (folder / CHECK).exists() or next(_wrapped(folder), None) is not None
    if not (folder / MASTER).exists():
        return f"{folder} holds keys and no {MASTER}: {restore}" if has_any else ""
    key = (folder / MASTER).read_bytes()
    if len(key) != KEY_BYTES:
        return f"{folder / MASTER} is damaged, it has {len(key)} bytes: {restore}"
    master = AESGCM(key)
    if (folder / CHECK).exists():
        sealed = (folder / CHECK).read_bytes()
        belongs = _opens(master, sealed, None)
    else:
        # Of a version that wrote no check: one key that opens is enough, as one alone may be damaged.
        opened = any(_opens(master, content, key_id.bytes) for key_id, content in _wrapped(folder))
        belongs = opened or not has_any
    return "" if belongs else f"the keys in {folder} are of another {MASTER} than is there: {restore}"


def _wrapped(folder: Path) -> Iterator[tuple[UUID, bytes]]:
    """Every key that is there, as it is kept."""
    for path in folder.glob("*/*.key"):
        try:
            yield UUID(hex=path.stem), path.read_bytes()
        # Destroyed by another process since the listing; or a folder, which is no key, whatever its name.
        except (FileNotFoundError, IsADirectoryError):
            continue


def _opens(master: AESGCM, sealed: bytes, bound_to: bytes | None) -> bool:
    try:
        master.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):  # ValueError: too short to be anything
        return False
    return True


def _link_private(path: Path, content: bytes) -> None:
    """A file that is there already stays: of two processes that start at once the first one wins, and the
    other reads what it wrote, whole."""
    if path.exists():
        return
    draft = path.parent / f".{path.stem}-{secrets.token_hex(8)}"
    _write_private(draft, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _write_private(path: Path, content: bytes) -> None:
    """All of it, or no file: half a key on a full disk would look like one that was damaged."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=4)
def _file_store(folder: Path) -> FileKeyStore:
    return FileKeyStore(folder)


def key_store() -> KeyStore:
    """Raises ForeignKeys when the master key is not that of the keys; it is found at the start of every
    process, too (apps/ops/checks.py)."""
    return _file_store(Path(settings.LFR_KEYSTORE_DIR))


def assert_there() -> None:
    """Raises OSError unless the key store has its own master key. Makes nothing, which `key_store` may."""
    folder = Path(settings.LFR_KEYSTORE_DIR)
    if not (folder / MASTER).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if problem := foreign_words(folder):
        raise ForeignKeys(problem)


def key_store_problem() -> str:
    """Why the keys cannot be opened, in words that say what to do; empty otherwise. Writes nothing."""
    folder = Path(settings.LFR_KEYSTORE_DIR)
    return foreign_words(folder) if folder.exists() else ""
