"""Databases for tests: migrated once as the owner, copied per process, emptied as the owner after real
transactions."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from lfrplatform.embedded.place import CLONE
from lfrplatform.embedded.roles import create_test_database, drop_test_database
from tests.support.services import TestServices

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# Bytes of a table's file up to which its rows are deleted one by one.
SMALL = 256 * 1024
IMPORTED = re.compile(r"^from (apps\.[\w.]+) import", re.MULTILINE)
COMPLETE = "migrated"
LOCK_WITHIN_S = 20


def make_worker_database(services: TestServices) -> None:
    """A fresh copy of the migrated template, which is made anew when a migration has changed."""
    with _one_at_a_time(services):
        template = f"lfrtmpl_{services.clone}_{migrations_hash()}"
        with psycopg.connect(services.owner_url, autocommit=True) as connection:
            if not _is_complete(connection, template):
                _drop_old_templates(connection, services)
                _migrate(services, template)
                connection.execute(
                    sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                        sql.Identifier(template), sql.Literal(COMPLETE)
                    )
                )
        create_test_database(services.owner_url, services.database, template=template)


def drop_worker_database(services: TestServices) -> None:
    _forget_owner(services.worker_owner_url)
    with psycopg.connect(services.owner_url, autocommit=True) as connection:
        drop_test_database(connection, services.database)


def migrations_hash() -> str:
    """Of every migration, and of the modules of ours that migrations take their SQL from."""
    files = set(CLONE.glob("apps/*/migrations/**/*.*")) - set(CLONE.glob("apps/**/*.pyc"))
    for path in list(files):
        for module in IMPORTED.findall(path.read_text(encoding="utf-8")):
            files.add(CLONE / (module.replace(".", "/") + ".py"))
    digest = hashlib.sha256(metadata.version("django").encode())
    for path in sorted(file for file in files if file.is_file()):
        digest.update(str(path.relative_to(CLONE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def reset(owner_url: str) -> None:
    """Empty every table that the migrations left empty, and drop tables made since (gallery partitions).

    Fails, naming the culprit, when a test left a transaction open.
    """
    connection = _owner(owner_url)
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN_S}s'")
            for table in _names(connection, NEW_TABLES):
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))
            used = connection.execute(USED_TABLES).fetchall()
            if used:
                _empty(connection, [name for name, _ in used], small=all(size <= SMALL for _, size in used))
    except psycopg.errors.LockNotAvailable as error:
        raise AssertionError(f"a test left a transaction open: {_open_transactions(owner_url)}") from error
    except BaseException:
        _forget_owner(owner_url)
        raise


def rest(wrapper: BaseDatabaseWrapper) -> None:
    """Django's connection as the next test is to find it: the same one, for a new one costs ten times as much
    (a process, a password, the catalogue read anew), but with nothing that this test may have set in it.

    Whatever is not certain to be at rest is closed; a transaction left open is rolled back by that.
    """
    inner = wrapper.connection
    if inner is None:
        return
    at_rest = (
        not inner.closed
        and inner.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        and not (wrapper.in_atomic_block or wrapper.errors_occurred or wrapper.closed_in_transaction)
        and wrapper.get_autocommit()
        and not wrapper.run_on_commit
    )
    try:
        if at_rest:
            # With a threshold psycopg notices that its prepared statements are gone; Django sets none.
            before, inner.prepare_threshold = inner.prepare_threshold, 1
            inner.execute(AS_NEW, prepare=False)
            inner.prepare_threshold = before
            wrapper.init_connection_state()
            return
    except psycopg.OperationalError:
        pass  # its server has ended it meanwhile
    wrapper.close()


def remember_tables(owner_url: str) -> None:
    """Write down, in the freshly migrated template, which tables exist and which hold rows that must stay."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA lfrtest")
        connection.execute(
            "CREATE TABLE lfrtest.tables AS SELECT relname::text AS name, pg_relation_size(oid) > 0 AS filled"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )


# DISCARD ALL, but for the plans of foreign keys: they know nothing of a test.
AS_NEW = """
    RESET SESSION AUTHORIZATION; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *;
    SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP
"""
NEW_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND relname NOT IN (SELECT name FROM lfrtest.tables)
"""
# By size of the file, not by looking: a forced row-level policy hides rows from the owner too.
USED_TABLES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
    AND relname IN (SELECT name FROM lfrtest.tables WHERE NOT filled)
"""
TRUNCATE_TRIGGERS = """
    SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND tgtype & 40 <> 0 AND relname = ANY(%s)
"""


_owners: dict[str, psycopg.Connection[Any]] = {}


def _owner(owner_url: str) -> psycopg.Connection[Any]:
    """One connection for all emptyings of a process, as long as it lives."""
    connection = _owners.get(owner_url)
    try:
        if connection is not None:
            connection.execute("SELECT")
            return connection
    except psycopg.OperationalError:
        _forget_owner(owner_url)  # a test ended it
    _owners[owner_url] = psycopg.connect(owner_url, autocommit=True)
    return _owners[owner_url]


def _forget_owner(owner_url: str) -> None:
    if connection := _owners.pop(owner_url, None):
        connection.close()


def _names(connection: psycopg.Connection[tuple[str]], query: str, *parameters: object) -> list[str]:
    return [name for (name,) in connection.execute(query, parameters or None).fetchall()]


def _empty(connection: psycopg.Connection[tuple[str]], tables: list[str], *, small: bool) -> None:
    """Triggers that forbid it (an append-only table has one) are the owner's to lift, here and nowhere
    else. Deleting a few rows is several times faster than new files for every table and index; what it leaves
    behind in the files goes when one has grown."""
    guarded = _names(connection, TRUNCATE_TRIGGERS, tables)
    for word in ("DISABLE", "ENABLE"):
        for table in guarded:
            connection.execute(sql.SQL(f"ALTER TABLE {{}} {word} TRIGGER USER").format(sql.Identifier(table)))
        if word == "DISABLE":
            names = [sql.Identifier(table) for table in tables]
            if small:
                connection.execute(sql.SQL("; ").join(map(sql.SQL("DELETE FROM {}").format, names)))
            else:
                listed = sql.SQL(", ").join(names)
                connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(listed))


def _open_transactions(owner_url: str) -> str:
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute(
            "SELECT pid, usename, state, left(query, 120) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return "; ".join(map(str, rows))


def _is_complete(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return row is not None and row[0] == COMPLETE


def _drop_old_templates(connection: psycopg.Connection[tuple[object, ...]], services: TestServices) -> None:
    old = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"lfrtmpl_{services.clone}_"]
    ).fetchall()
    for (name,) in old:
        drop_test_database(connection, str(name))


def _migrate(services: TestServices, template: str) -> None:
    """In a process of its own, as the owner: in ours the settings name the application's role."""
    url = create_test_database(services.owner_url, template)
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.test"}
    argv = [sys.executable, str(CLONE / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
    done = subprocess.run(argv, env=env, cwd=CLONE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the migrations failed:\n{done.stdout}{done.stderr}")
    remember_tables(url)


@contextmanager
def _one_at_a_time(services: TestServices) -> Iterator[None]:
    lock: Path = services.scratch.parent / "test-template.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
