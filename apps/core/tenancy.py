"""The force context: the only way to tenant rows.

`force_context` opens the outermost transaction and sets `app.force_id` for it alone (SET LOCAL), so nothing
can leak to the next user of a pooled connection. Row-level security in PostgreSQL compares every tenant row
with that setting (docs/explanation/architecture.md, invariant 5): no context, no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.core.errors import ForceContextError
from apps.core.log_context import force_id as _current


def maybe_force_id() -> UUID | None:
    return _current.get()


def current_force_id() -> UUID:
    """The force whose context is open. Raises ForceContextError when there is none."""
    force_id = _current.get()
    if force_id is None:
        raise ForceContextError("no force context is open: wrap the call in force_context(force_id)")
    return force_id


def rows_of_force(statement: str, *arguments: datetime | list[UUID]) -> list[tuple[Any, ...]]:
    """What a function of the database answers about the open force, whose id is its first argument."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_force_id(), *arguments])
        return [tuple(row) for row in cursor.fetchall()]


def _set_local(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.force_id', %s, true)", [value])


def _inside_a_transaction_that_is_not_a_tests() -> bool:
    """In a transaction begun by somebody else a SET LOCAL would outlive the context, so that is refused.

    The wrapping transaction of a TestCase is let through; leaving the context clears the setting there.
    """
    blocks = getattr(connection, "atomic_blocks", [])
    return any(not getattr(block, "_from_testcase", False) for block in blocks)


@contextmanager
def force_context(force_id: UUID) -> Iterator[None]:
    """Everything inside sees and writes the rows of `force_id` only, in one transaction.

    Entering the same force again is allowed and changes nothing. Raises ForceContextError for another force,
    or when a transaction without a context is already open.
    """
    present = _current.get()
    if present == force_id:
        yield
        return
    if present is not None:
        raise ForceContextError(
            f"the context of force {present} is open; {force_id} cannot be entered inside it"
        )
    if _inside_a_transaction_that_is_not_a_tests():
        raise ForceContextError("a transaction is already open: the force context must be the outermost one")
    with transaction.atomic():
        _set_local(str(force_id))
        token = _current.set(force_id)
        try:
            yield
        finally:
            _current.reset(token)
        # Not after an error: the rollback takes the setting back by itself, and a statement in the aborted
        # transaction would hide the error.
        if connection.connection is not None and not connection.needs_rollback:
            _set_local("")
