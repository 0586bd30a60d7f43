"""Row-level security as migration operations. Every tenant table needs `tenant_policy`: a test loops."""

from __future__ import annotations

from django.db import migrations

# nullif: an earlier SET LOCAL leaves '' behind, which is no uuid. The sub-select is evaluated once a query
# and not once a row.
CURRENT_FORCE = "(SELECT nullif(current_setting('app.force_id', true), '')::uuid)"
APPLICATION_ROLE = "lfr_app"
LONGEST_NAME = 63


def tenant_policy(table: str, *, foreign_key: bool = True) -> migrations.RunSQL:
    """Enable row-level security on `table` and tie `force_id` to the registry of forces.

    `foreign_key=False` is for the tables made before the registry (core, audit).
    """
    constraint = f"{table}_force_fk"
    forward = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY force_wall ON {table} FOR ALL"
        f" USING (force_id = {CURRENT_FORCE}) WITH CHECK (force_id = {CURRENT_FORCE})",
    ]
    backward = [f"DROP POLICY force_wall ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]
    if foreign_key:
        forward.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint}"
            " FOREIGN KEY (force_id) REFERENCES forces_force (id) DEFERRABLE INITIALLY DEFERRED"
        )
        backward.insert(0, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    return migrations.RunSQL(sql=tuple(forward), reverse_sql=tuple(backward))


def restrict(table: str, *privileges: str) -> migrations.RunSQL:
    """Leave the application role only `privileges` on `table`."""
    granted = ", ".join(privileges)
    return migrations.RunSQL(
        sql=[
            f"REVOKE ALL ON {table} FROM {APPLICATION_ROLE}",
            f"GRANT {granted} ON {table} TO {APPLICATION_ROLE}",
        ],
        reverse_sql=[f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APPLICATION_ROLE}"],
    )


def application_function(text: str, signature: str) -> migrations.RunSQL:
    """Create a function that the application role may call and nobody else. `text` fixes its search path."""
    return migrations.RunSQL(
        sql=[
            text,
            f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {signature} TO {APPLICATION_ROLE}",
        ],
        reverse_sql=f"DROP FUNCTION {signature}",
    )


def same_force(table: str, column: str, target: str) -> migrations.RunSQL:
    """A row refers to rows of its own force only: `column` together with `force_id` names a row of `target`.

    PostgreSQL checks foreign keys past row-level security, so that the plain key of Django would accept the
    id of another force's row. Every key from a tenant table to another needs this: a check and a test look.
    """
    unique, constraint = _short(f"{target}_of_force"), _short(f"{table}_{column}_same_force")
    return migrations.RunSQL(
        sql=[
            # Several keys may have the same target; PostgreSQL has no IF NOT EXISTS for a constraint.
            f"DO $unique$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{unique}'"
            f" AND conrelid = '{target}'::regclass) THEN"
            f" ALTER TABLE {target} ADD CONSTRAINT {unique} UNIQUE (force_id, id); END IF; END $unique$",
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY (force_id, {column})"
            f" REFERENCES {target} (force_id, id) DEFERRABLE INITIALLY DEFERRED",
        ],
        reverse_sql=[f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"],
    )


def _short(name: str) -> str:
    """PostgreSQL cuts longer names off, and then finds them no more."""
    return name[-LONGEST_NAME:]
