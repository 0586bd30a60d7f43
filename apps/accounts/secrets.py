"""Secrets of sign-in, outside the database and its backups: one file each, readable by this user only.

A client secret of a force's identity provider; the key under which second factors are sealed in the database.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

NAME = re.compile(r"[a-z0-9-]{1,80}")
SEALING_KEY = "second-factors"


class Secrets:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> str | None:
        try:
            return self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def put(self, name: str, value: str) -> None:
        """Whole or not at all."""
        path = self._path(name)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._temporary(value)
        os.replace(temporary, path)

    def put_once(self, name: str, value: str) -> str:
        """`value`, or what another process was faster to put there."""
        path = self._path(name)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._temporary(value)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return path.read_text(encoding="utf-8")
        finally:
            temporary.unlink()
        return value

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _temporary(self, value: str) -> Path:
        # mkstemp makes it 0600 from the start.
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)

    def _path(self, name: str) -> Path:
        """Raises ValueError for anything that could lead elsewhere."""
        if not NAME.fullmatch(name):
            raise ValueError("a secret's name is of small letters, digits and dashes")
        return self.folder / f"{name}.secret"


def secrets() -> Secrets:
    return Secrets(Path(settings.LFR_SECRETS_DIR))


def seal() -> Fernet:
    """What second factors are stored under; made at first use."""
    kept = secrets()
    key = kept.get(SEALING_KEY) or kept.put_once(SEALING_KEY, Fernet.generate_key().decode())
    return Fernet(key)
