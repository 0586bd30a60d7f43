"""The database as its owner sees it, and PostgreSQL's own programs. Passwords go into their environment,
never onto a command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from apps.ops.backup.data import BackupRefused, Head
from lfrplatform.embedded.binaries import POSTGRES_FOLDER

OWNER = "DATABASE_OWNER_URL"
READ_BYTES = 1 << 20
# What libpq calls each part of an address in the environment.
IN_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
# Tables whose rows are in a dump that leaves out what is unlogged, but for LEFT_OUT.
DUMPED = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p' ORDER BY 1
"""
# Whoever is signed in when a backup is made is not to be signed in again by its restore.
LEFT_OUT = ("django_session",)
OPEN_LISTS = """
SELECT count(*) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
 WHERE inhparent = to_regclass('public.watchlists_gallery') AND relpersistence = 'u'
"""
HEADS = """
SELECT DISTINCT ON (force_id) force_id::text, position, encode(link_hash, 'hex')
  FROM audit_auditlink ORDER BY force_id, position DESC
"""
SOMETHING_IN_IT = """
SELECT relname FROM pg_class c
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') LIMIT 1
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Server:
    """One database, as the role that owns its tables."""

    url: str = field(repr=False)
    programs: Path | None = None

    @classmethod
    def of_owner(cls, programs: Path | None) -> Server:
        url = os.environ.get(OWNER)
        if not url:
            raise BackupRefused(f"{OWNER} is not set: only the owner of the tables backs up and restores")
        return cls(url, programs)

    @contextmanager
    def connected(self, *, autocommit: bool = True) -> Iterator[Connection]:
        with psycopg.connect(self.url, autocommit=autocommit) as connection:
            yield connection

    @property
    def name(self) -> str:
        return str(conninfo_to_dict(self.url)["dbname"])

    def _environment(self) -> dict[str, str]:
        parts = conninfo_to_dict(self.url)
        return os.environ | {
            variable: str(parts[part]) for part, variable in IN_ENVIRONMENT.items() if parts.get(part)
        }

    def _program(self, name: str) -> str:
        """Of the folder that was named; else the oldest that is not older than the server, for a newer one
        may say what the server does not understand: on the path, where Debian keeps them, packaged."""
        packaged = Path(sysconfig.get_path("purelib")) / POSTGRES_FOLDER / "bin"
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        places = [str(self.programs)] if self.programs else [None, *map(str, debian), str(packaged)]
        found = [program for place in places if (program := shutil.which(name, path=place))]
        if not found:
            raise BackupRefused(
                f"{name} is not there: install the client programs of PostgreSQL, or --programs DIR"
            )
        with self.connected() as connection:
            server = connection.info.server_version // 10000
        good = [program for program in found if _major(program) >= server]
        if not good:
            raise BackupRefused(
                f"{found[0]} is older than the server, which is version {server}: --programs DIR"
            )
        return min(good, key=_major)

    def dump(self, snapshot: str) -> Iterator[bytes]:
        """The database as of a snapshot, without what is unlogged: galleries are never in a backup."""
        argv = [self._program("pg_dump"), "--format=custom", "--no-unlogged-table-data", "--no-password"]
        argv += [f"--snapshot={snapshot}", *(f"--exclude-table-data=public.{name}" for name in LEFT_OUT)]
        with self._running(argv, stdout=subprocess.PIPE) as program:
            yield from iter(lambda: _of(program.stdout).read(READ_BYTES), b"")

    def load(self, pieces: Iterable[bytes]) -> None:
        """What `dump` gave, whole or not at all. The extension and the schema are there already: they are the
        superuser's."""
        argv = [self._program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-password"]
        argv += ["--schema=public", f"--dbname={self.name}"]
        with self._running(argv, stdin=subprocess.PIPE) as program:
            try:
                for piece in pieces:
                    _of(program.stdin).write(piece)
                _of(program.stdin).close()
            except BrokenPipeError:
                pass  # it says why, and ends

    @contextmanager
    def _running(
        self, argv: list[str], *, stdin: int | None = None, stdout: int | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        program = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, no shell
            argv, env=self._environment(), stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
        )
        try:
            yield program
        except BaseException:
            program.kill()
            raise
        finally:
            said = _of(program.stderr).read().decode("utf-8", "replace").strip()
            program.wait()
        if program.returncode != 0:
            raise BackupRefused(f"{Path(argv[0]).name} failed: {said[-2000:]}")


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"\) (\d+)", said.stdout)
    return int(number[1]) if number else 0


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("this pipe was asked for")
    return pipe


def url_of(entry: dict[str, Any], *, name: str) -> str:
    """The address of a DATABASES entry, with another database's name."""
    options = {key: value for key, value in entry.get("OPTIONS", {}).items() if key.startswith("ssl")}
    query = {"host": entry.get("HOST"), "port": entry.get("PORT"), **options}
    user, password = (quote(str(entry.get(key) or ""), safe="") for key in ("USER", "PASSWORD"))
    given = urlencode({key: value for key, value in query.items() if value})
    return f"postgresql://{user}:{password}@/{quote(name, safe='')}?{given}"


def first(connection: Connection, statement: str | sql.Composed, *parameters: object) -> Any:
    row = connection.execute(statement, parameters or None).fetchone()
    return row[0] if row else None


def assert_owner_walks_into_the_wall(connection: Connection) -> None:
    """A superuser's dump passes by the wall that keeps galleries out of dumps."""
    if first(connection, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"):
        raise BackupRefused(
            f"{OWNER} names a superuser or a role that bypasses row-level security: use the owner, lfr_owner"
        )


def open_lists(connection: Connection) -> int:
    return int(first(connection, OPEN_LISTS))


def counts(connection: Connection) -> dict[str, int]:
    """The rows of every table that a dump holds."""
    tables = [name for (name,) in connection.execute(DUMPED).fetchall() if name not in LEFT_OUT]
    statement = sql.SQL("SELECT count(*) FROM public.{}")
    return {name: int(first(connection, statement.format(sql.Identifier(name)))) for name in tables}


def heads(connection: Connection) -> dict[str, Head]:
    return {force: Head(position, link) for force, position, link in connection.execute(HEADS).fetchall()}


def applied_migrations(connection: Connection) -> tuple[str, ...]:
    rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()
    return tuple(f"{app}.{name}" for app, name in rows)


def assert_nobody_else(connection: Connection) -> None:
    if others := first(connection, OTHERS):
        raise BackupRefused(
            f"{others} other connections to this database are open: stop web, workers and beat first"
        )


def assert_empty(connection: Connection) -> None:
    if found := first(connection, SOMETHING_IN_IT):
        raise BackupRefused(
            f"the database {connection.info.dbname} is not empty (it has {found}, for one): restore goes into"
            " a new database only"
        )
    if not first(connection, "SELECT 1 FROM pg_extension WHERE extname = 'vector'"):
        raise BackupRefused("the extension `vector` is missing: CREATE EXTENSION vector, as the superuser")
