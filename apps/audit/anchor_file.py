"""The file of a force's anchors, outside the database: one line each, only ever appended to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

SUFFIX = ".jsonl"
TAIL_BYTES = 4_096


def path_of(force_id: UUID) -> Path:
    return Path(settings.LFR_ANCHOR_DIR) / f"{UUID(str(force_id))}{SUFFIX}"


def size(force_id: UUID) -> int:
    path = path_of(force_id)
    return path.stat().st_size if path.exists() else 0


def append(force_id: UUID, line: str) -> None:
    """One write, on disk before this returns."""
    path = path_of(force_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines(force_id: UUID, *, up_to: int) -> Iterator[str]:
    """The lines of the first `up_to` bytes, one at a time: more may be appended meanwhile."""
    path = path_of(force_id)
    if not up_to or not path.exists():
        return
    with path.open("rb") as file:
        while file.tell() < up_to and (line := file.readline()):
            yield line.decode("utf-8", "replace").rstrip("\n")


def last(force_id: UUID) -> str:
    """The last line, or nothing."""
    path = path_of(force_id)
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        found = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    return found.decode("utf-8", "replace")


def forces_with_anchors() -> set[UUID]:
    folder = Path(settings.LFR_ANCHOR_DIR)
    return {UUID(path.stem) for path in folder.glob(f"*{SUFFIX}") if _is_id(path.stem)}


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def line_hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
