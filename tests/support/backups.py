"""Backups as an operator takes them, with PostgreSQL's own programs, and what is restored from them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from lfrplatform.embedded import ServicesHandle, locate, start_services
from lfrplatform.embedded.binaries import POSTGRES_FOLDER
from lfrplatform.embedded.identity import SUPERUSER, credentials, make_server_folders, server_user
from lfrplatform.embedded.place import POSTGRES_PORT, Place
from lfrplatform.embedded.postgres import superuser_conninfo
from lfrplatform.settings.env import Env
from tests.support.embedded import until

PROGRAM_WITHIN_S = 60
# The documented way (docs/explanation/what-remains-after-deletion.md).
WITHOUT_GALLERIES = "--no-unlogged-table-data"
RECOVERY = """\
restore_command = 'cp "{archive}/%f" "%p"'
recovery_target_name = '{target}'
recovery_target_action = 'promote'
hot_standby = off
"""


class PostgresTools:
    """PostgreSQL's client programs, pointed at the server of `place` as one of its roles."""

    def __init__(self, place: Place) -> None:
        self.place = place
        # From the package: the embedded instance copies only those that it needs itself.
        self.programs = Path(sysconfig.get_path("purelib")) / POSTGRES_FOLDER / "bin"

    def environment(self, role: str) -> dict[str, str]:
        return os.environ | {
            "PGHOST": str(self.place.sockets),
            "PGPORT": str(POSTGRES_PORT),
            "PGUSER": role,
            "PGPASSWORD": credentials(self.place)[role],
        }

    def run(
        self, program: str, *arguments: str | Path, role: str = SUPERUSER
    ) -> subprocess.CompletedProcess[str]:
        """What it said and how it ended, whatever that is."""
        return subprocess.run(
            [self.programs / program, *arguments],
            env=self.environment(role),
            capture_output=True,
            text=True,
            timeout=PROGRAM_WITHIN_S,
            check=False,
        )

    def sure(self, program: str, *arguments: str | Path, role: str = SUPERUSER) -> str:
        """What it wrote; a program that failed fails the test."""
        done = self.run(program, *arguments, role=role)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def let_replicate(self) -> None:
        """The embedded server lets nobody copy it; whoever backs up a server of their own has this line."""
        with (self.place.home / "pg_hba.conf").open("a") as lines:
            lines.write(f"local replication {SUPERUSER} scram-sha-256\n")
        self.ask("SELECT pg_reload_conf()")

    def ask(self, statement: str, dbname: str = "postgres") -> object:
        """The first value of the first row if there is one, as the superuser."""
        with psycopg.connect(superuser_conninfo(self.place, dbname), autocommit=True) as connection:
            answer = connection.execute(statement)
            row = answer.fetchone() if answer.description else None
        return row[0] if row else None

    @contextmanager
    def receiving_log(self, archive: Path) -> Iterator[None]:
        """The write-ahead log goes to `archive` as it is written, until the end."""
        archive.mkdir()
        receiver = subprocess.Popen(
            [self.programs / "pg_receivewal", "-D", str(archive), "--synchronous"],
            env=self.environment(SUPERUSER),
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: any(archive.iterdir()), "the log is received")
            yield
        finally:
            receiver.send_signal(signal.SIGINT)
            receiver.wait(PROGRAM_WITHIN_S)

    def finish_segment(self, archive: Path) -> None:
        """What was written so far is in `archive` as whole segments."""
        last = self.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
        self.ask("SELECT pg_switch_wal()")
        self.ask("SELECT pg_create_restore_point('something in the next one')")
        until(lambda: (archive / str(last)).exists(), f"{last} is archived")


@contextmanager
def restored_server(source: Place, backup: Path, archive: Path, target: str) -> Iterator[ServicesHandle]:
    """A server of its own on a copy of `backup`, with the log as far as the restore point `target`."""
    place = locate("restored", source.var)
    shutil.copy(source.credentials_file, place.credentials_file)  # the passwords are in the backup
    user = server_user(source)
    place.home.mkdir(mode=0o711, exist_ok=True)
    make_server_folders(place, user)
    # The archive beside the data, where the server's user may read it.
    shutil.copytree(archive, place.server_home / "archive", ignore=shutil.ignore_patterns("*.partial"))
    shutil.copytree(backup, place.data)
    with (place.data / "postgresql.auto.conf").open("a") as lines:
        lines.write(RECOVERY.format(archive=place.server_home / "archive", target=target))
    (place.data / "recovery.signal").touch()
    for path in (place.server_home, *place.server_home.rglob("*")):
        os.chown(path, user.uid, user.gid)
    place.data.chmod(0o700)
    try:
        with start_services("restored", var=source.var) as handle:
            yield handle
    finally:
        shutil.rmtree(place.home, ignore_errors=True)


@contextmanager
def django_on(env: Mapping[str, str], **changes: str) -> Iterator[None]:
    """This process's connection goes to another server, or another database of it."""
    from django.db import connection

    there = Env({**env}).database("DATABASE_URL") | changes
    here = {name: connection.settings_dict[name] for name in there}
    connection.close()
    connection.settings_dict.update(there)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(here)
