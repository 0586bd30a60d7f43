"""What a backup is: the manifest, as it is signed, and the refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = "lfr-backup 1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
DATABASE, PUBLIC, ANCHORS = "database.dump", "public.tar", "anchors.tar"
SEALED = ".age"
SIGNED_PREFIX = b"lfr-backup-manifest-1\n"

Say = Callable[[str], None]


class BackupRefused(Exception):
    """Nothing was done, or what was begun was taken back; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a backup as it lies there: encrypted where there are recipients."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Head:
    """Where a force's audit chain stood in the snapshot that was dumped."""

    position: int
    link_hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`rows` counts the rows of each table in the very snapshot of the dump. `settings` are names: values may
    be secret, and belong to the machine."""

    made_at: str
    platform: str
    postgres: str
    migrations: tuple[str, ...]
    rows: dict[str, int]
    heads: dict[str, Head]
    open_lists: int
    settings: tuple[str, ...]
    recipients: tuple[str, ...]
    left_out: tuple[str, ...]
    files: dict[str, Stored]
    key_id: str
    format: str = FORMAT

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Raises BackupRefused for anything but what `text` made."""
        try:
            read: dict[str, Any] = json.loads(text)
            if read.get("format") != FORMAT:
                raise BackupRefused(f"this is no backup of the format {FORMAT!r}")
            for name in ("migrations", "settings", "recipients", "left_out"):
                read[name] = tuple(read[name])
            read["heads"] = {force: Head(**head) for force, head in read["heads"].items()}
            read["files"] = {name: Stored(**file) for name, file in read["files"].items()}
            return cls(**read)
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as broken:
            raise BackupRefused(f"{MANIFEST} cannot be read: {type(broken).__name__}") from broken
