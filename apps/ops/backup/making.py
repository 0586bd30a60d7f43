"""Making a backup: what belongs together, from one moment, in a folder that appears when it is whole.

Not in it: the key store and the secrets of sign-in (what-remains-after-deletion.md), galleries, sessions, and
values of settings.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from django.conf import settings

from apps.audit import api as audit
from apps.audit.data import Anchor
from apps.core.version import platform_version
from apps.ops.backup import postgres
from apps.ops.backup.age import Encrypting, Writer
from apps.ops.backup.data import (
    ANCHORS,
    DATABASE,
    MANIFEST,
    PUBLIC,
    SEALED,
    SIGNATURE,
    SIGNED_PREFIX,
    BackupRefused,
    Head,
    Manifest,
    Say,
    Stored,
)
from apps.ops.backup.postgres import Server

SAY_EVERY = 64 << 20
NAMED = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
NEVER = ("galleries", "sessions", "the key store", "the secrets of sign-in", "values of settings")


@dataclass(frozen=True, slots=True)
class Made:
    folder: Path
    manifest: Manifest
    manifest_sha256: str


def make(
    *, to: Path, server: Server, recipients: list[str], while_lists_are_open: bool, now: datetime, say: Say
) -> Made:
    """Write the backup into the folder `to`, which must not exist. Raises BackupRefused."""
    if to.exists() or to.is_symlink():
        raise BackupRefused(f"{to} exists already: name a folder that does not")
    draft = to.with_name(f".{to.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        with server.connected(autocommit=False) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            postgres.assert_owner_walks_into_the_wall(connection)
            lists = _lists(connection, while_lists_are_open)
            manifest = _write(draft, server, connection, recipients, lists, now, say)
        digest = _sign(draft, manifest)
        os.rename(draft, to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Made(to, manifest, digest)


def _lists(connection: postgres.Connection, allowed: bool) -> int:
    lists = postgres.open_lists(connection)
    if lists and not allowed:
        raise BackupRefused(
            f"{lists} lists are open. Their faces are searched in galleries, which no backup may hold: wait"
            " until they are purged, or give --while-lists-are-open. Then galleries are left out, and what"
            " the backup has of these lists is encrypted under keys that end with them"
        )
    return lists


def _write(
    folder: Path,
    server: Server,
    connection: postgres.Connection,
    recipients: list[str],
    lists: int,
    now: datetime,
    say: Say,
) -> Manifest:
    snapshot = postgres.first(connection, "SELECT pg_export_snapshot()")
    say("counting rows")
    rows, heads = postgres.counts(connection), postgres.heads(connection)
    files: dict[str, Stored] = {}
    with _storing(folder, DATABASE, recipients, files, say) as out:
        for piece in server.dump(snapshot):
            out(piece)
    with _storing(folder, ANCHORS, recipients, files, say) as out:
        _tar(out, _anchors(heads))
    with _storing(folder, PUBLIC, recipients, files, say) as out:
        _tar(out, _public_pages())
    return Manifest(
        made_at=now.isoformat(),
        platform=platform_version(),
        postgres=str(postgres.first(connection, "SHOW server_version")),
        migrations=postgres.applied_migrations(connection),
        rows=rows,
        heads=heads,
        open_lists=lists,
        settings=tuple(sorted(name for name in os.environ if name.startswith("LFR_") or name in NAMED)),
        recipients=tuple(recipients),
        left_out=NEVER,
        files=files,
        key_id=audit.signer().key_id,
    )


class _Hashing:
    """A file for its owner alone that says how far it is, and what was written."""

    def __init__(self, path: Path, say: Say) -> None:
        self._file = open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: SIM115
        self._digest, self._name, self._say = hashlib.sha256(), path.name, say
        self._written = self._said = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._written += len(data)
        if self._written - self._said >= SAY_EVERY:
            self._said = self._written
            self._say(f"{self._name}: {self._written >> 20:,} MiB")

    def close(self) -> Stored:
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._say(f"{self._name}: {self._written:,} bytes")
        return Stored(self._digest.hexdigest(), self._written)


@contextmanager
def _storing(
    folder: Path, name: str, recipients: list[str], files: dict[str, Stored], say: Say
) -> Iterator[Callable[[bytes], object]]:
    """What is written goes to the file encrypted, where there are recipients: never in the clear first."""
    name = f"{name}{SEALED}" if recipients else name
    file = _Hashing(folder / name, say)
    sealing = Encrypting(file, recipients) if recipients else None
    yield sealing.write if sealing else file.write
    if sealing:
        sealing.finish()
    files[name] = file.close()


def _tar(out: Callable[[bytes], object], entries: Iterator[tuple[str, bytes]]) -> None:
    class Out:
        def write(self, data: bytes) -> int:
            out(bytes(data))
            return len(data)

    writer: Writer = Out()
    with tarfile.open(fileobj=writer, mode="w|") as archive:  # type: ignore[call-overload]  # write is all it needs
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            archive.addfile(info, BytesIO(content))


def _anchors(heads: dict[str, Head]) -> Iterator[tuple[str, bytes]]:
    """Anchors of the chains as they were in the snapshot, and the public keys that they were signed with."""
    for force_id in sorted(audit.forces_with_anchors(), key=str):
        path = Path(settings.LFR_ANCHOR_DIR) / f"{force_id}.jsonl"
        head = heads.get(str(force_id))
        kept = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if head is None or _position(line) <= head.position
        ]
        yield path.name, "".join(f"{line}\n" for line in kept).encode()
    for key_id, pem in sorted(audit.signer().public_keys().items()):
        yield f"{key_id}.pub.pem", pem.encode()


def _position(line: str) -> int:
    """A line that is no anchor is kept as it is: verifying finds it."""
    try:
        return Anchor.parse(line).position
    except ValueError:
        return 0


def _public_pages() -> Iterator[tuple[str, bytes]]:
    folder = settings.LFR_PUBLIC_DIR
    if folder is None:
        return
    for path in sorted(Path(folder).rglob("*")):
        try:
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path.read_bytes()
        except FileNotFoundError:  # a page that was taken down since the listing
            continue


def _sign(folder: Path, manifest: Manifest) -> str:
    content = manifest.text().encode()
    signature = base64.b64encode(audit.signer().sign(SIGNED_PREFIX + content))
    for name, data in ((MANIFEST, content), (SIGNATURE, signature + b"\n")):
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()
