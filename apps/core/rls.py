"""Row-level security as migration operations. Every tenant table needs `tenant_policy`: a test loops."""

from __future__ import annotations

from django.db import migrations

# nullif: an earlier SET LOCAL leaves '' behind, which is no uuid. The sub-select is evaluated once a query
# and not once a row.
CURRENT_FORCE = "(SELECT nullif(current_setting('app.force_id', true), '')::uuid)"
APPLICATION_ROLE = "lfr_app"


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
