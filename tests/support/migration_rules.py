"""What a step of a migration would do to the workers of the release before, which still run beside it.

They read and write by the columns and tables that they know (docs/how-to/administrator/upgrade.md). So a
release adds, and only a later one takes away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField, UniqueConstraint
from django.db.models.fields import NOT_PROVIDED

TAKES_AWAY = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
)
# In SQL written by hand. What is dropped to be made anew in the same step is for whoever reads it to except.
IN_SQL = {
    r"\bDROP\s+(TABLE|COLUMN|VIEW|SCHEMA|TYPE|FUNCTION|SEQUENCE)\b": "drops",
    r"\bRENAME\s+(TO|COLUMN|CONSTRAINT)\b": "renames",
    r"\bSET\s+NOT\s+NULL\b": "wants a value that the release before does not write",
    r"\bDROP\s+DEFAULT\b": "takes a default away that the release before relies on",
    r"\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b": "changes a type",
    r"\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\bDEFAULT\b)": "adds a column without a default",
}


def breaking(released: frozenset[str], ours: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Name and reason of each step that would break the release before, in migrations of the apps `ours`
    that are not among the `released` ones."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    state = ProjectState()
    # A whole plan, each migration once, in the order in which they are applied.
    plan: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        plan.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    for label, name in plan:
        migration = loader.graph.nodes[label, name]
        looked_at = label in ours and f"{label}.{name}" not in released
        for step in migration.operations:
            if looked_at:
                yield from ((f"{label}.{name}", why) for why in reasons(step, state, label))
            step.state_forwards(label, state)


def reasons(step: operations.base.Operation, state: ProjectState, label: str) -> Iterator[str]:
    """Why the release before would not work with this step applied. `state` is that before it."""
    if isinstance(step, operations.SeparateDatabaseAndState):
        for inner in step.database_operations:
            yield from reasons(inner, state, label)
    elif isinstance(step, TAKES_AWAY):
        yield f"{type(step).__name__} takes away what the release before uses"
    elif isinstance(step, operations.AddField):
        if not _may_be_left_out(step.field):
            yield f"{step.model_name}.{step.name} is neither nullable nor has a db_default"
    elif isinstance(step, operations.AlterField):
        before = state.models[label, step.model_name_lower].fields[step.name]
        yield from (f"{step.model_name}.{step.name} {why}" for why in _narrower(before, step.field))
    elif isinstance(step, operations.RemoveConstraint):
        constraints = state.models[label, step.model_name_lower].options["constraints"]
        if any(each.name == step.name and isinstance(each, UniqueConstraint) for each in constraints):
            yield f"{step.name} is what the release before relies on for ON CONFLICT"
    elif isinstance(step, operations.RunSQL):
        for statement in _statements(step):
            for pattern, why in IN_SQL.items():
                if found := re.search(pattern, statement, re.IGNORECASE):
                    yield f"SQL {why}: {found.group(0)}"


def _may_be_left_out(field: Field) -> bool:
    """Whether a row can be written without this column. Django's `default` is none in the database."""
    return isinstance(field, ManyToManyField) or field.null or field.db_default is not NOT_PROVIDED


def _narrower(before: Field, after: Field) -> Iterator[str]:
    if before.get_internal_type() != after.get_internal_type():
        yield f"becomes a {after.get_internal_type()}"
    if before.null and not after.null and after.db_default is NOT_PROVIDED:
        yield "becomes NOT NULL without a db_default"
    if before.db_default is not NOT_PROVIDED and after.db_default is NOT_PROVIDED and not after.null:
        yield "loses its db_default"
    longest = before.max_length, after.max_length
    if longest[1] is not None and (longest[0] is None or longest[1] < longest[0]):
        yield f"takes {longest[1]} characters instead of {longest[0]}"


def _statements(step: operations.RunSQL) -> Iterator[str]:
    if isinstance(step.sql, str):
        yield step.sql
        return
    for each in step.sql:
        yield each if isinstance(each, str) else each[0]
