"""What belongs to a force, read from the database itself: a new table is part of it by construction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from django.apps import apps
from psycopg import sql

from apps.core.models import TenantModel

Connection = psycopg.Connection[tuple[Any, ...]]
REGISTRY, DEPARTED, PEOPLE = "forces_force", "forces_departedforce", "accounts_user"

TENANT_TABLES = """
SELECT c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'force_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> %s
 ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attname
  FROM pg_attribute a
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""
# Foreign keys of one column: (table, column) that refer to a table's key.
REFERRERS = """
SELECT k.conrelid::regclass::text, a.attname
  FROM pg_constraint k
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
 WHERE k.contype = 'f' AND k.confrelid = %s::regclass AND array_length(k.conkey, 1) = 1
 ORDER BY 1, 2
"""


class Incomplete(Exception):
    """The database and the code do not agree on which tables a force has: nothing is done then."""


def tenant_tables(connection: Connection) -> list[str]:
    """Every table with rows of forces. Raises Incomplete when a model's table is not among them."""
    found = [name for (name,) in connection.execute(TENANT_TABLES, [DEPARTED])]
    models = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)}
    if missing := models - set(found):
        raise Incomplete(f"tables of models are missing from the database: {', '.join(sorted(missing))}")
    return found


def columns(connection: Connection, table: str) -> list[str]:
    return [name for (name,) in connection.execute(COLUMNS, [table])]


def referrers(connection: Connection, table: str) -> list[tuple[str, str]]:
    return [(found, column) for found, column in connection.execute(REFERRERS, [table])]


def counts(connection: Connection, tables: list[str], force_id: UUID) -> dict[str, tuple[int, int]]:
    """By table: the rows of this force, and those of all others."""
    found = {}
    for table in tables:
        statement = sql.SQL(
            "SELECT count(*) FILTER (WHERE force_id = %s), count(*) FILTER (WHERE force_id <> %s) FROM {}"
        ).format(sql.Identifier(table))
        row = connection.execute(statement, [force_id, force_id]).fetchone()
        if row is None:
            raise AssertionError("a count has a row")
        found[table] = (int(row[0]), int(row[1]))
    return found
