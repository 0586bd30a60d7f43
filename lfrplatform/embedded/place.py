"""Where an embedded instance keeps its things.

Server data, sockets and binaries live in a short folder below the system's persistent temporary folder: a
clone may sit in a folder that only its owner can enter while PostgreSQL refuses to run as root, and a
socket path has 107 bytes. `var/embedded` in the clone points there. Everything else (logs, keys, what to
connect to) stays in `var/`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent.parent
PERSISTENT_TEMPORARY = "/var/tmp"  # noqa: S108 - the folder made below it is checked for owner and mode
SOCKET_PATH_LIMIT = 107
POSTGRES_PORT = 5432
INSTANCE_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")


class EmbeddedError(Exception):
    """The embedded services cannot do what was asked; the message says what to do about it."""


class Cancelled(EmbeddedError):
    """Told to stop before everything was ready."""


@dataclass(frozen=True)
class Place:
    """The paths and names of one instance ("main", "test", …) of one clone, for one user."""

    instance: str
    var: Path
    base: Path

    @property
    def home(self) -> Path:
        return self.base / self.instance

    @property
    def server_home(self) -> Path:
        """Belongs to the user the servers run as, who owns nothing else here."""
        return self.home / "pg"

    @property
    def data(self) -> Path:
        return self.server_home / "data"

    @property
    def sockets(self) -> Path:
        return self.home / "s"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def binaries(self) -> Path:
        return self.base / "bin"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def credentials_file(self) -> Path:
        return self.var / f"credentials-{self.instance}.json"

    @property
    def env_file(self) -> Path:
        return self.var / ("embedded.env" if self.instance == "main" else f"embedded-{self.instance}.env")

    @property
    def state_file(self) -> Path:
        return self.run / f"embedded-{self.instance}.json"

    @property
    def marker(self) -> str:
        """Carried in the environment of every platform process, so that leftovers are recognised for
        certain."""
        return f"{self.base.name}/{self.instance}"

    @property
    def cluster_name(self) -> str:
        """Shown in the title of every PostgreSQL process, for the same purpose."""
        return f"{self.base.name}-{self.instance}"

    def log(self, name: str) -> Path:
        prefix = "" if self.instance == "main" else f"{self.instance}-"
        return self.logs / f"{prefix}{name}.log"


def locate(instance: str = "main", var: Path | None = None) -> Place:
    """The place of `instance` for the clone whose `var` folder this is (default: LFR_VAR_DIR, else this
    clone's)."""
    if not INSTANCE_NAME.fullmatch(instance):
        raise EmbeddedError(
            f"an instance is named by up to 16 lower-case letters and digits, not {instance!r}"
        )
    chosen = var or Path(os.environ.get("LFR_VAR_DIR") or CLONE / "var")
    chosen = Path(os.path.realpath(chosen))
    parent = Path(os.environ.get("LFR_EMBEDDED_DIR") or PERSISTENT_TEMPORARY)
    digest = hashlib.sha256(os.fsencode(chosen)).hexdigest()[:8]
    place = Place(instance, chosen, parent / f"lfr-{os.geteuid()}-{digest}")
    longest = os.fsencode(place.sockets / f".s.PGSQL.{POSTGRES_PORT}.lock")
    if len(longest) > SOCKET_PATH_LIMIT:
        raise EmbeddedError(
            f"{place.sockets} is too long for a socket; set LFR_EMBEDDED_DIR to a shorter folder"
        )
    return place


def prepare(place: Place) -> None:
    """Make the folders. Raises EmbeddedError when somebody else's folder stands where ours should be."""
    try:
        for folder in (place.var, place.logs, place.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        # Mode 711: the user that the servers run as passes through, and sees no names.
        place.base.mkdir(mode=0o711, exist_ok=True)
        _check_ours(place.base)
        place.base.chmod(0o711)
        place.home.mkdir(mode=0o711, exist_ok=True)
        place.home.chmod(0o711)
        _point_to(place.var / "embedded", place.base)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} cannot be written by this user; run as the owner of the clone, or remove it"
        ) from error


def keep_from_cleaners(place: Place) -> int:
    """Some systems delete what lay untouched in the temporary folder for 30 days, file by file: half a
    cluster.

    A lock on a folder keeps them out while we run; touching every file keeps together what belongs together
    while we do not. Returns the lock's descriptor, to be closed at the end.
    """
    descriptor = os.open(place.home, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for folder, _, files in os.walk(place.base):
        for name in files:
            with suppress(OSError):  # another instance in the same folder makes and deletes files of its own
                os.utime(os.path.join(folder, name), follow_symlinks=False)
    return descriptor


def _check_ours(folder: Path) -> None:
    """The temporary folder is open to everybody, so a folder waiting there under our name may be a trap."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedError(
            f"{folder} is not a folder of ours alone; remove it, or set LFR_EMBEDDED_DIR elsewhere"
        )


def _point_to(link: Path, target: Path) -> None:
    if link.is_symlink() and os.readlink(link) == str(target):
        return
    if link.is_symlink():
        link.unlink()
    try:
        link.symlink_to(target)
    except FileExistsError:
        if not link.is_symlink():  # another process may have been quicker with the same link
            raise EmbeddedError(f"{link} is in the way; it should be a link to {target}") from None
