"""`python -m tests.support.earlier_schema NAMES [--empty]`: brings the database of DATABASE_URL, as its
owner, to the schema that a file of migrations names, and fills it through the models as they were then.

In a process of its own: the registry of the tests is that of today.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

FORCE = uuid.UUID(int=0xF0)
ROWS = 3
NOW = datetime(2026, 11, 1, tzinfo=UTC)
# What no default and no kind of column tells.
SAID: dict[str, dict[str, Any]] = {
    "alerts_alert": {"state": "raised", "claim_step": "", "probe_blob_id": FORCE, "template_blob_id": FORCE},
    "alerts_decision": {"step": "operator", "value": "unsure"},
    "watchlists_watchlist": {"state": "imported"},
    "watchlists_importjob": {"state": "uploaded"},
    "watchlists_subject": {"category": "suspected", "status_checked_at": NOW},
    "watchlists_facedecision": {"choice": "only_first"},
    "watchlists_picturedecision": {"choice": "first", "first_line": 1, "second_line": 2},
    "watchlists_statuscheck": {"source": "file"},
    "watchlists_consent": {"given_how": "paper"},
}
# One a force.
SINGLE = frozenset({"accounts_identityprovider", "forces_basemap", "forces_departedforce"})


def main() -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    names = [tuple(line.split(".", 1)) for line in Path(sys.argv[1]).read_text().split()]
    last = {app: name for app, name in sorted(names)}
    executor = MigrationExecutor(connection)
    ours = list(last.items())
    theirs = [node for node in executor.loader.graph.leaf_nodes() if node[0] not in last and _third(node[0])]
    executor.migrate(ours + theirs)
    loader = MigrationExecutor(connection).loader
    apps = loader.project_state(ours + theirs).apps
    filled = [] if "--empty" in sys.argv else [m for m in apps.get_models() if m._meta.app_label in last]
    done, refused = fill(filled)
    print(json.dumps({"filled": done, "refused": refused}))  # noqa: T201 - this is its answer


def _third(label: str) -> bool:
    from django.apps import apps

    return not apps.get_app_config(label).name.startswith("apps.")


def fill(models: list[Any]) -> tuple[dict[str, int], dict[str, str]]:
    """A few rows of every model whose table takes them; what it refers to first."""
    from django.db import IntegrityError, connection, transaction

    done: dict[str, int] = {}
    refused: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.force_id', %s, false)", [str(FORCE)])
    waiting, made = list(models), {}
    for _ in range(6):
        for model in list(waiting):
            try:
                with transaction.atomic():
                    made[model._meta.label] = [_row(model, number, made) for number in range(_rows(model))]
            except (IntegrityError, LookupError) as problem:
                refused[model._meta.db_table] = str(problem).splitlines()[0]
                continue
            except Exception as problem:  # noqa: BLE001 - the test wants none left
                refused[model._meta.db_table] = f"{type(problem).__name__}: {problem}".splitlines()[0]
                continue
            waiting.remove(model)
            refused.pop(model._meta.db_table, None)
            done[model._meta.db_table] = _rows(model)
    return done, refused


def _rows(model: Any) -> int:
    return 1 if model._meta.db_table in SINGLE else ROWS


def _row(model: Any, number: int, made: dict[str, list[Any]]) -> Any:
    values = {}
    for field in model._meta.concrete_fields:
        if field.name == "force_id":
            values["force_id"] = FORCE
        elif field.is_relation:
            if not field.null:
                others = made[field.related_model._meta.label]
                values[field.name] = others[number % len(others)]
        elif not (field.primary_key and field.get_internal_type().endswith("AutoField")):
            values[field.name] = _value(field, number)
    values |= SAID.get(model._meta.db_table, {})
    if model._meta.db_table == "forces_force" and number == 0:
        values["id"] = FORCE
    return model.objects.create(**values)


def _value(field: Any, number: int) -> Any:
    kind = field.get_internal_type()
    if field.null and not field.unique:
        return None
    if field.has_default() and not field.unique and not field.primary_key:
        return field.get_default()
    if field.choices:
        return field.choices[0][0]
    text = f"{field.name[:8]}{number}"
    return {
        "UUIDField": uuid.uuid4(),
        "DateTimeField": NOW,
        "DateField": date(2026, 11, 1),
        "BooleanField": False,
        "JSONField": {},
        "BinaryField": uuid.uuid4().bytes * 2,
        "DecimalField": Decimal(1),
        "FloatField": 0.5,
        "GenericIPAddressField": "192.0.2.1",
    }.get(kind, number + 1 if "Integer" in kind else text[: getattr(field, "max_length", None) or 40])


if __name__ == "__main__":
    main()
