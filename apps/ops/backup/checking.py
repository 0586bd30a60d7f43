"""Whether a folder is a backup of ours, whole and unchanged. Nothing is written."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings

from apps.audit import api as audit
from apps.audit.data import Anchor
from apps.ops.backup.age import decrypting
from apps.ops.backup.data import (
    ANCHORS,
    DATABASE,
    MANIFEST,
    PUBLIC,
    SEALED,
    SIGNATURE,
    SIGNED_PREFIX,
    BackupRefused,
    Manifest,
)
from apps.ops.backup.postgres import READ_BYTES
from apps.ops.schema_version import on_disk

PARTS = (DATABASE, ANCHORS, PUBLIC)


def checked(folder: Path, identities: list[bytes]) -> tuple[Manifest, str]:
    """The manifest and its SHA-256. Raises BackupRefused for a backup that was changed, is cut off, is of a
    newer version than this one, or is encrypted to somebody else."""
    content, manifest = _signed(folder)
    expected = {f"{name}{SEALED}" if manifest.recipients else name for name in PARTS}
    if set(manifest.files) != expected:
        raise BackupRefused(f"the manifest lists other files than {', '.join(sorted(expected))}")
    for name, stored in sorted(manifest.files.items()):
        path = folder / name
        if not path.is_file():
            raise BackupRefused(f"{name} is missing from the backup")
        if path.stat().st_size != stored.bytes or _sha256(path) != stored.sha256:
            raise BackupRefused(f"{name} is not the file of the manifest: it was changed or cut off")
    unknown = sorted(set(_ours(manifest.migrations)) - on_disk())
    if unknown:
        raise BackupRefused(
            f"the backup is of a newer version ({manifest.platform}), its database has {unknown[0]}: install"
            " that version and restore with it"
        )
    for name in PARTS:
        next(pieces(folder, manifest, name, identities), None)
    return manifest, hashlib.sha256(content).hexdigest()


def _signed(folder: Path) -> tuple[bytes, Manifest]:
    try:
        content = (folder / MANIFEST).read_bytes()
        signature = base64.b64decode((folder / SIGNATURE).read_bytes().strip(), validate=True)
        manifest = Manifest.parse(content.decode())
    except OSError as problem:
        raise BackupRefused(f"{folder} is no backup: {problem.strerror}: {problem.filename}") from problem
    except ValueError as broken:
        raise BackupRefused(f"{SIGNATURE} or {MANIFEST} is damaged") from broken
    by = audit.signer()
    if manifest.key_id not in by.public_keys():
        raise BackupRefused(
            f"the backup says it is signed by key {manifest.key_id}, which is not known here: put its public"
            f" key (.pub.pem), from where you keep it, into {Path(settings.LFR_ANCHOR_KEY_FILE).parent}"
        )
    if not by.verify(key_id=manifest.key_id, message=SIGNED_PREFIX + content, signature=signature):
        raise BackupRefused("the manifest was changed: its signature does not fit")
    return content, manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ours(names: tuple[str, ...]) -> Iterator[str]:
    labels = {config.label for config in apps.get_app_configs()}
    return (name for name in names if name.partition(".")[0] in labels)


def pieces(folder: Path, manifest: Manifest, name: str, identities: list[bytes]) -> Iterator[bytes]:
    """What was written into a part of the backup, in the clear."""
    if not manifest.recipients:
        with (folder / name).open("rb") as file:
            yield from iter(lambda: file.read(READ_BYTES), b"")
        return
    if not identities:
        raise BackupRefused("the backup is encrypted: name the file of the identity (--identity)")
    with (folder / f"{name}{SEALED}").open("rb") as file:
        yield from decrypting(file, identities)


def members(
    folder: Path, manifest: Manifest, name: str, identities: list[bytes]
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files of a tar. Only plain files with plain relative names were put in."""
    source = _Reading(pieces(folder, manifest, name, identities))
    with tarfile.open(fileobj=io.BufferedReader(source), mode="r|") as archive:
        for member in archive:
            parts = Path(member.name).parts
            file = archive.extractfile(member) if member.isreg() else None
            if file is None or member.name.startswith("/") or ".." in parts:
                raise BackupRefused(f"{name} holds something that is no plain file: {member.name}")
            yield member.name, file.read()


class _Reading(io.RawIOBase):
    """Pieces as a file."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._held = source, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # bytearray or memoryview
        while not self._held:
            piece = next(self._source, None)
            if piece is None:
                return 0
            self._held = piece
        taken = self._held[: len(buffer)]
        buffer[: len(taken)] = taken
        self._held = self._held[len(taken) :]
        return len(taken)


def gaps(manifest: Manifest) -> dict[str, tuple[int, int, str]]:
    """By force: where the backup's chain ends, how far the anchors of this machine go, and since when. What
    lies between happened after the backup, and is lost with it."""
    found = {}
    for force_id in audit.forces_with_anchors():
        path = Path(settings.LFR_ANCHOR_DIR) / f"{force_id}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        try:
            newest = Anchor.parse(lines[-1]) if lines else None
        except ValueError as broken:
            raise BackupRefused(f"the last line of {path} is no anchor: look at it first") from broken
        head = manifest.heads.get(str(force_id))
        ends = head.position if head else 0
        if newest is not None and newest.position > ends:
            found[str(force_id)] = (ends, newest.position, newest.taken_at)
    return found
