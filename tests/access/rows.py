"""What one force has, as a digest a table: to see that somebody else changed nothing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import sql

TABLES = """
    SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
    USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.column_name = 'force_id' AND t.table_type = 'BASE TABLE'
    ORDER BY 1
"""


def digests(owner: Any, force_id: UUID) -> dict[str, str]:
    """By table: how many rows, and a digest of them all. `owner` sees past row-level security."""
    tables = [name for (name,) in owner.execute(TABLES).fetchall()]
    one = sql.SQL(
        "SELECT {name}::text, count(*) || ':' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
        " FROM {table} t WHERE t.force_id = {force}"
    )
    query = sql.SQL(" UNION ALL ").join(
        one.format(name=sql.Literal(name), table=sql.Identifier(name), force=sql.Literal(force_id))
        for name in tables
    )
    return dict(owner.execute(query).fetchall())


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
