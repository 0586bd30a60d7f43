"""Which servers, which database, which Valkey index and which folders this test process uses.

Several test runs may be at work in one clone, each with several xdist workers: every process that runs
tests takes a slot of its own for as long as it lives, and everything that it touches is named after the
slot.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from lfrplatform.embedded import ServicesHandle, locate, share_services
from lfrplatform.embedded.place import CLONE, prepare
from lfrplatform.embedded.roles import with_database

SLOTS = 60
GIVEN = "LFR_TEST_GIVEN"
ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@dataclass(frozen=True)
class TestServices:
    """Addresses of servers; `slot` is None in a process that runs no tests itself (xdist's controller)."""

    __test__ = False  # not a test class, whatever its name begins with

    owner_url: str
    application_url: str
    redis_url: str
    slot: int | None
    clone: str
    scratch: Path

    @property
    def database(self) -> str:
        return f"lfrtest_{self.clone}_{self.slot}"

    @property
    def worker_owner_url(self) -> str:
        return with_database(self.owner_url, self.database)

    @property
    def prefix(self) -> str:
        return f"lfrtest:{self.clone}:{self.slot}:"

    def environment(self) -> dict[str, str]:
        """What the settings of the test profile read."""
        return {
            "DATABASE_URL": with_database(self.application_url, self.database),
            "DATABASE_OWNER_URL": self.worker_owner_url,
            "REDIS_URL": self.redis_url,
            "LFR_REDIS_PREFIX": self.prefix,
            "LFR_VAR_DIR": str(self.scratch),
            "LFR_KEYSTORE_DIR": str(self.scratch / "keys"),
        }


class UsageProblem(Exception):
    """The environment contradicts itself; the message says how."""


def join(*, runs_tests: bool) -> tuple[TestServices, list[object]]:
    """Servers given in the environment, or the embedded ones of this clone, started if need be.

    Returns also what must be kept alive as long as they are used.
    """
    given = _given()
    place = locate("test", var=CLONE / "var")
    prepare(place)
    slot, kept = None, []
    if runs_tests:
        slot, lock = _take_slot(place.run)
        kept.append(lock)
    env = dict(given)
    if len(given) < len(ADDRESSES):
        services: ServicesHandle = share_services("test", var=CLONE / "var")
        kept.append(services)
        env = {**{name: services.env[name] for name in ADDRESSES}, **given}
    redis_url = env["REDIS_URL"]
    if "REDIS_URL" not in given and slot is not None:
        redis_url = f"{redis_url.partition('?')[0]}?db={slot + 1}"  # 0 is nobody's
    clone = hashlib.sha256(str(CLONE).encode()).hexdigest()[:8]
    scratch = _scratch(place.run, slot)
    return TestServices(env["DATABASE_OWNER_URL"], env["DATABASE_URL"], redis_url, slot, clone, scratch), kept


def _given() -> dict[str, str]:
    """The addresses that the person who runs the tests chose; remembered, since we then overwrite them for
    ourselves."""
    if GIVEN not in os.environ:
        os.environ[GIVEN] = json.dumps({name: os.environ[name] for name in ADDRESSES if os.environ.get(name)})
    given: dict[str, str] = json.loads(os.environ[GIVEN])
    if ("DATABASE_URL" in given) != ("DATABASE_OWNER_URL" in given):
        raise UsageProblem(
            "set both DATABASE_URL (the application's role) and DATABASE_OWNER_URL (the owner, with CREATEDB"
            " and able to SET ROLE to the application's), or neither"
        )
    return given


def _take_slot(folder: Path) -> tuple[int, object]:
    """The first free slot; the kernel frees it when this process ends, however it ends."""
    for number in range(SLOTS):
        file = (folder / f"test-slot-{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        return number, file
    raise UsageProblem(f"all {SLOTS} test slots of this clone are taken")


def _scratch(folder: Path, slot: int | None) -> Path:
    """An empty var/ of this process's own."""
    scratch = folder / f"test-{'controller' if slot is None else slot}"
    if slot is not None:
        shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    return scratch


def forget_keys(services: TestServices) -> None:
    """Empty the key store, as the owner empties the tables. The master key stays: this process has it in
    memory, and a server or worker that a test starts reads it."""
    for kept in (services.scratch / "keys").iterdir():
        if kept.is_dir():
            shutil.rmtree(kept)
        elif kept.name != "master.key":
            kept.unlink()
