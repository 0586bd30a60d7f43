"""Whether an alert could be stored. Its key lies outside the database, so a full disk there is no database
error; and without a key there is no alert."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from apps.core.tenancy import force_context
from apps.vault import api as vault


class AlertNotStored(Exception):
    """The key of an alert cannot be kept, its disk being full, say."""


@contextmanager
def storing() -> Iterator[None]:
    """Raises AlertNotStored where the inside met the operating system's refusal."""
    try:
        yield
    except OSError as refused:
        raise AlertNotStored(type(refused).__name__) from refused


def check(*, force_id: UUID) -> None:
    """Raises AlertNotStored while a key could not be kept."""
    with storing(), force_context(force_id):
        vault.assert_room(force_id=force_id)
