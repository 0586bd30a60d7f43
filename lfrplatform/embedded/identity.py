"""Who runs the servers, and the passwords between them and the platform."""

from __future__ import annotations

import json
import os
import pwd
import secrets
from dataclasses import dataclass
from pathlib import Path

from lfrplatform.embedded.place import CLONE, EmbeddedError, Place

SUPERUSER = "postgres"
OWNER_ROLE = "lfr_owner"
APPLICATION_ROLE = "lfr_app"
SECRET_KEY = "secret_key"  # noqa: S105 - a name, not the secret
NAMES = (SUPERUSER, OWNER_ROLE, APPLICATION_ROLE, SECRET_KEY)


@dataclass(frozen=True)
class ServerUser:
    """The operating system's user that runs PostgreSQL and Valkey."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()


def server_user(place: Place) -> ServerUser:
    """Ourselves, unless we are root, as whom PostgreSQL refuses to run.

    Then whoever owns existing data; else LFR_EMBEDDED_USER, the clone's owner, or nobody.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    if place.server_home.exists():
        found = place.server_home.stat()
        if found.st_uid:
            return ServerUser(found.st_uid, found.st_gid)
    wanted = os.environ.get("LFR_EMBEDDED_USER")
    entry = _by_name(wanted) if wanted else _clone_owner() or _by_name("nobody")
    if entry.pw_uid == 0:
        raise EmbeddedError("PostgreSQL does not run as root; set LFR_EMBEDDED_USER to an ordinary user")
    return ServerUser(entry.pw_uid, entry.pw_gid)


def _by_name(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError as error:
        raise EmbeddedError(
            f"there is no user {name!r}; set LFR_EMBEDDED_USER to an ordinary user"
        ) from error


def _clone_owner() -> pwd.struct_passwd | None:
    """None for root, and for an owner without a name: initdb wants a name."""
    try:
        entry = pwd.getpwuid(CLONE.stat().st_uid)
    except KeyError:
        return None
    return entry if entry.pw_uid else None


def make_server_folders(place: Place, user: ServerUser) -> None:
    """The two folders that the servers write to; nobody else enters them."""
    for folder in (place.server_home, place.sockets):
        if not folder.exists():
            folder.mkdir(mode=0o700)
        if folder.stat().st_uid != user.uid:
            os.chown(folder, user.uid, user.gid)


def credentials(place: Place) -> dict[str, str]:
    """The passwords of this instance, made on first use and kept in a file that only we can read."""
    found: dict[str, str] = {}
    if place.credentials_file.exists():
        found = json.loads(place.credentials_file.read_text(encoding="utf-8"))
    missing = [name for name in NAMES if not found.get(name)]
    if missing:
        found.update({name: secrets.token_urlsafe(32) for name in missing})
        write_private(place.credentials_file, json.dumps(found, indent=1))
    return found


def write_private(path: Path, text: str) -> None:
    """Write `text` so that only we can read it and no reader sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    partial.replace(path)
