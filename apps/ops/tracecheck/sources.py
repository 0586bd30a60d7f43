"""Everything that is searched, as a stream of blocks: files below the roots, and the live keys of Valkey.

Files are read, not mapped: PostgreSQL truncates relations while they are read, and a mapped page that is
gone kills the process. What cannot be read is a finding; what vanished meanwhile is not.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.ops.tracecheck.carving import MAX_PICTURE, WAL_PAGE, is_wal_page, without_wal_headers
from apps.ops.tracecheck.data import Finding, Root, TraceKind

# Both whole pages of the log. The overlap is the longest thing that is looked for.
BLOCK_SIZE = 4096 * WAL_PAGE
OVERLAP = -(-MAX_PICTURE // WAL_PAGE) * WAL_PAGE
HASH_BLOCK = 1 << 20


@dataclass(frozen=True)
class Block:
    """`data` begins at `offset` of the thing called `where`."""

    where: str
    offset: int
    data: bytes


@dataclass
class Walk:
    """Lists the files below the roots once each, and keeps count of what it left out and why."""

    roots: tuple[Root, ...]
    inputs: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    by_root: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[int, int]] = field(default_factory=set)
    unwanted: set[tuple[int, int]] = field(default_factory=set)
    owners: set[int] = field(default_factory=lambda: {os.geteuid()})
    lock: threading.Lock = field(default_factory=threading.Lock)

    def files(self) -> Iterator[Path]:
        for other in {path for root in self.roots for path in root.leave_out}:
            if other.exists():
                self.unwanted.add(identity(other.stat()))
        # Shared folders last: by then it is known which users the platform's own files belong to.
        for root in sorted(self.roots, key=lambda root: root.own_only):
            if not root.path.exists():
                self.unreadable(root.path, "the root is not there")
                continue
            for path in self.below(root.path, root):
                self.by_root[str(root.path)] += 1
                yield path

    def below(self, path: Path, root: Root) -> Iterator[Path]:
        try:
            found = path.stat()  # follows a link: PostgreSQL's tablespaces and var/ are links
        except FileNotFoundError:
            self.left_out["vanished or dangling"] += 1
        except OSError as problem:
            self.unreadable(path, problem.strerror or "cannot be looked at")
        else:
            if why := self.why_not(path, found, root):
                self.left_out[why] += 1
                return
            self.seen.add(identity(found))
            if stat.S_ISDIR(found.st_mode):
                yield from self.folder(path, root)
            else:
                yield path

    def why_not(self, path: Path, found: os.stat_result, root: Root) -> str:
        """The reason to leave this out, empty to search it."""
        if identity(found) in self.unwanted:
            return "left out on request"
        if root.own_only and found.st_uid not in self.owners and path != root.path:
            return "belongs to another user"
        if identity(found) in self.seen:
            return "already searched"
        if not root.own_only:
            self.owners.add(found.st_uid)
        if stat.S_ISDIR(found.st_mode):
            return ""
        if not stat.S_ISREG(found.st_mode):
            return "no regular file"
        if root.changed_since is not None and max(found.st_mtime, found.st_ctime) < root.changed_since:
            return "not changed since"
        return ""

    def folder(self, path: Path, root: Root) -> Iterator[Path]:
        try:
            names = sorted(os.listdir(path))
        except FileNotFoundError:
            return
        except OSError as problem:
            self.unreadable(path, problem.strerror or "cannot be listed")
            return
        for name in names:
            yield from self.below(path / name, root)

    def leave_out(self, why: str) -> None:
        with self.lock:  # blocks() runs in several threads
            self.left_out[why] += 1

    def unreadable(self, path: Path, why: str) -> None:
        self.findings.append(Finding(TraceKind.UNREADABLE, str(path), None, why))

    def blocks(self, path: Path) -> Iterator[Block]:
        """The content of one file; nothing when it is one of the caller's own inputs."""
        try:
            with path.open("rb") as handle:
                if self.inputs and sha256_of(handle) in self.inputs:
                    self.leave_out("input")
                    return
                handle.seek(0)
                yield from file_blocks(handle, str(path))
        except FileNotFoundError:
            self.leave_out("vanished or dangling")
        except OSError as problem:
            self.unreadable(path, problem.strerror or "cannot be read")


def identity(found: os.stat_result) -> tuple[int, int]:
    """The same for every name of one file."""
    return found.st_dev, found.st_ino


def sha256_of(handle: Any) -> str:
    digest = hashlib.sha256()
    while part := handle.read(HASH_BLOCK):
        digest.update(part)
    return digest.hexdigest()


def file_blocks(handle: Any, where: str) -> Iterator[Block]:
    """Overlapping blocks of an open file; the write-ahead log without the page headers that cut its
    records.
    """
    offset, data = 0, handle.read(BLOCK_SIZE)
    wal = Path(where).parent.name == "pg_wal" and is_wal_page(data)
    while data:
        yield Block(where, offset, without_wal_headers(data) if wal else data)
        fresh = handle.read(BLOCK_SIZE - OVERLAP)
        if not fresh:
            return
        if wal and len(data) % WAL_PAGE:
            return  # cut off while it was read
        offset += len(data) - OVERLAP if len(data) > OVERLAP else 0
        data = data[-OVERLAP:] + fresh


class LiveKeys:
    """The keys of Valkey as they are now, read through a client: with persistence off they are in no file."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def blocks(self) -> Iterator[Block]:
        for key in self.client.scan_iter(count=500):
            where = f"valkey:{bytes(key).decode(errors='replace')}"
            yield Block(where, 0, bytes(key))
            yield Block(where, 0, b"\n".join(flat(self.value(key))))

    def value(self, key: bytes) -> Any:
        """Everything under `key`, decoded by the server; DUMP for types that have no reader here."""
        kind = self.client.type(key).decode()
        readers: dict[str, Callable[[], Any]] = {
            "string": lambda: self.client.get(key),
            "list": lambda: self.client.lrange(key, 0, -1),
            "set": lambda: list(self.client.smembers(key)),
            "zset": lambda: self.client.zrange(key, 0, -1, withscores=True),
            "hash": lambda: list(self.client.hgetall(key).items()),
            "stream": lambda: self.client.xrange(key),
            "none": lambda: None,
        }
        return readers[kind]() if kind in readers else self.client.dump(key)


def flat(value: Any) -> Iterator[bytes]:
    """All strings inside a reply, whatever its nesting."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        yield from flat(list(value.items()))
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from flat(item)
    elif value is not None:
        yield str(value).encode()
