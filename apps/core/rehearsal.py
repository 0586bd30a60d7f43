"""Doing something as if it were later, and taking all of it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import transaction

from apps.core.errors import ForceContextError
from apps.core.tenancy import force_context, maybe_force_id

_rehearsing: ContextVar[bool] = ContextVar("lfr_rehearsing", default=False)


def is_rehearsing() -> bool:
    """Whether everything that this transaction writes is certain to be rolled back."""
    return _rehearsing.get()


@contextmanager
def rehearsal(force_id: UUID) -> Iterator[None]:
    """A force context whose transaction is rolled back at its end, whatever happens in it; what waits for its
    commit never comes.

    Raises ForceContextError inside another context: that one's writes would go, too.
    """
    if maybe_force_id() is not None:
        raise ForceContextError("a rehearsal opens its own force context: it takes back everything in it")
    with force_context(force_id):
        token = _rehearsing.set(True)
        try:
            yield
        finally:
            _rehearsing.reset(token)
            transaction.set_rollback(True)
