"""`manage.py check`: no model stays outside the wall between forces. Needs no database.

The migrations are read, not run: every tenant model's table has a `tenant_policy`, every key between tenant
tables a `same_force`, and every other model of ours is exempt by name with a reason. The tests of
tests/tenancy look at the database itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from apps.core.models import TenantModel

# Models of ours that belong to no one force, and why.
EXEMPT = {
    "forces.Force": "the registry of forces: all may read it, a force changes its own row only",
    "forces.DepartedForce": "a force that left has no context any more",
    "accounts.User": "sign-in: a person may belong to several forces",
}
# Tenant models whose policies are written out, and why.
OTHER_POLICIES = {
    "notices.Notice": "anybody may read what is published; the rest is its force's own",
    "notices.PublicAnswer": "anybody may read what is published; only its force writes",
}
POLICY = re.compile(r"CREATE POLICY \w+ ON (\w+) FOR ALL USING \(force_id = ")
ENABLED = re.compile(r"ALTER TABLE (\w+) ENABLE ROW LEVEL SECURITY")
SAME_FORCE = re.compile(
    r"ALTER TABLE (\w+) ADD CONSTRAINT \w+ FOREIGN KEY \(force_id, (\w+)\) REFERENCES (\w+) \(force_id, id\)"
)


def tenant_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def tenant_keys() -> list[tuple[str, str, str]]:
    """(table, column, target) of every key from a tenant table to another."""
    return [
        (model._meta.db_table, str(field.column), field.related_model._meta.db_table)
        for model in tenant_models()
        for field in model._meta.local_fields
        if field.is_relation and field.related_model in tenant_models()
    ]


def statements() -> Iterator[str]:
    """Every SQL statement of our migrations, with white space made even."""
    loader = MigrationLoader(None)
    for (label, _), migration in loader.disk_migrations.items():
        if apps.get_app_config(label).name.startswith("apps."):
            for operation in migration.operations:
                yield from _of(operation)


def _of(operation: Any) -> Iterator[str]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from _of(inner)
    if isinstance(operation, migrations.RunSQL):
        given = [operation.sql] if isinstance(operation.sql, str) else operation.sql
        for each in given:
            yield " ".join(str(each[0] if isinstance(each, tuple) else each).split())


def problems() -> Iterator[tuple[str, str]]:
    """(id of the check, words) of everything that stands outside the wall."""
    text = list(statements())
    policies = {found for each in text for found in POLICY.findall(each)}
    enabled = {found for each in text for found in ENABLED.findall(each)}
    keys = {found for each in text for found in SAME_FORCE.findall(each)}
    for model in tenant_models():
        table = model._meta.db_table
        own = model._meta.label in OTHER_POLICIES or table in policies
        if not (own and table in enabled):
            yield "lfr.W001", f"{model._meta.label} has no tenant_policy('{table}') in a migration"
    for key in tenant_keys():
        if key not in keys:
            yield "lfr.W002", f"the key of {key[0]}.{key[1]} has no same_force{key} in a migration"
    for model in apps.get_models():
        ours = model.__module__.startswith("apps.")
        if ours and not issubclass(model, TenantModel) and model._meta.label not in EXEMPT:
            yield (
                "lfr.W003",
                f"{model._meta.label} is no TenantModel, and not in apps.core.walls.EXEMPT with a reason",
            )


@checks.register(checks.Tags.security)
def check_walls(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    return [checks.Error(words, id=code) for code, words in problems()]
