"""The two roles and the database, made by the superuser before anything else connects.

`lfr_owner` owns and migrates; `lfr_app` is what the application connects as: it owns nothing and cannot
pass by row-level security. pgvector's extension needs the superuser, so it is put into the template of all
databases here.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from lfrplatform.embedded.identity import APPLICATION_ROLE, OWNER_ROLE, credentials
from lfrplatform.embedded.place import Place
from lfrplatform.embedded.postgres import superuser_conninfo

DATABASE = "lfr"
DUPLICATE = (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)


def bootstrap(place: Place, *, for_tests: bool) -> None:
    """Roles, extension and database; every statement may run again.

    `for_tests`: the owner may also make databases and put on the application's (weaker) role. Passwords
    leave this process as SCRAM verifiers.
    """
    with psycopg.connect(superuser_conninfo(place, "template1"), autocommit=True) as template:
        template.execute("CREATE EXTENSION IF NOT EXISTS vector")
        template.execute("ALTER EXTENSION vector UPDATE")
        template.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with psycopg.connect(superuser_conninfo(place), autocommit=True) as connection:
        for role, extra in (
            (OWNER_ROLE, "CREATEDB" if for_tests else "NOCREATEDB"),
            (APPLICATION_ROLE, "NOCREATEDB"),
        ):
            _make_role(connection, role, credentials(place)[role], extra)
        if for_tests:
            connection.execute(f"GRANT {APPLICATION_ROLE} TO {OWNER_ROLE} WITH INHERIT FALSE, SET TRUE")
        _make_database(connection)
    with psycopg.connect(superuser_conninfo(place, DATABASE), autocommit=True) as database:
        database.execute("CREATE EXTENSION IF NOT EXISTS vector")
        database.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}")


def _make_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str, extra: str
) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOINHERIT {} PASSWORD {}"
        ).format(sql.Identifier(role), sql.SQL(extra), sql.Literal(verifier.decode()))
    )


def _make_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")
    restrict_database(connection, DATABASE)


def restrict_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Only the two roles may enter, and the application may make no temporary tables: they would be a trace
    on disk."""
    database = sql.Identifier(name)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APPLICATION_ROLE))
    )


def create_test_database(owner_url: str, name: str, *, template: str | None = None) -> str:
    """Make database `name` (dropping an old one) as the owner, who must hold CREATEDB. Returns the owner's
    address of it.

    With `template`, a copy of that database. The extension comes from template1: on a server of one's own,
    `CREATE EXTENSION vector` there first.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        drop_test_database(connection, name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
        )
        restrict_database(connection, name)
    return with_database(owner_url, name)


def drop_test_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Whoever is connected is thrown out first."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        connection.execute(drop + sql.SQL(" WITH (FORCE)"))
    except psycopg.errors.InsufficientPrivilege:
        # The server's own autovacuum was in it, which an owner may not end by force; without force the server
        # asks it to leave, and waits.
        connection.execute(drop)


def with_database(url: str, name: str) -> str:
    """The same address with another database name."""
    head, separator, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{separator}{query}"
