"""Which keys were destroyed, told outside the database and outside the key store.

A copy of the key store, or a backup of the database, knows nothing of what was destroyed after it was made.
This file does: it lies beside the audit's anchors, is only appended to, and a restore goes by it
(restored.py).
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

FILE = "destroyed-keys.txt"
log = logging.getLogger(__name__)


def note(key_id: UUID) -> None:
    """On disk before this returns. A file that cannot be written keeps no key from being destroyed."""
    path = Path(settings.LFR_ANCHOR_DIR) / FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # A line end before it too: what was cut off before is a line of its own. A full disk raises.
        with os.fdopen(descriptor, "ab") as file:
            file.write(f"\n{key_id.hex}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        log.error(
            "the end of key %s is not on the list of destroyed keys: %s", key_id, type(problem).__name__
        )


def noted() -> set[UUID]:
    """Every key on the list. A line that was cut off by a crash is no key."""
    path = Path(settings.LFR_ANCHOR_DIR) / FILE
    if not path.exists():
        return set()
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    return {UUID(hex=line) for line in lines if _is_id(line)}


def _is_id(line: str) -> bool:
    try:
        return UUID(hex=line).hex == line
    except ValueError:
        return False
