"""What every command of the relay takes: addresses that may be used, and files with a secret in them."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

KEY_FORM: Final = re.compile(r"lfr1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MOST_BYTES: Final = 4096


class UsageError(ValueError):
    """Something on the command line, in a file or in the environment cannot be used."""


def read_secret(path: Path, what: str) -> str:
    """Return a secret from its file, stripped. Raises UsageError, never quoting what is in it."""
    try:
        with path.open() as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MOST_BYTES).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} {path} cannot be read ({type(error).__name__})") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and not _is_credential(path):
        raise UsageError(f"{what} {path} is open to others: chmod 600 it")
    return text


def _is_credential(path: Path) -> bool:
    """Whether systemd gave the file (LoadCredential=). It lets one user in by an access list, which looks
    like group rights from outside, in a directory that nobody else can enter."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(given) and path.absolute().parent == Path(given or "").absolute()


def check_url(url: str, schemes: Sequence[str], *, allow_unencrypted: bool) -> str:
    """Return the URL when secrets and people's faces may travel over it; of the two schemes the first is
    unencrypted. Raises UsageError."""
    unencrypted, encrypted = schemes
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise UsageError("--url cannot be read") from error
    if parts.scheme not in schemes or not host or parts.username or parts.password:
        raise UsageError(f"--url must be {encrypted}://host/path, without credentials")
    if parts.scheme == unencrypted and not allow_unencrypted and not _is_loopback(host):
        raise UsageError(f"{unencrypted}:// is unencrypted and only for this machine: use {encrypted}://")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
