"""Pages cut by a position and not by a number: the thousandth page costs what the first one does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

SEPARATOR = "~"
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Position:
    """Where a page begins: everything before this instant, and of the same instant before this id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        """For an address."""
        return f"{self.at.isoformat()}{SEPARATOR}{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Raises ValueError for anything but what `str` made."""
        at, separator, row_id = text.partition(SEPARATOR)
        position = cls(datetime.fromisoformat(at), UUID(row_id))
        if not separator or position.at.tzinfo is None:
            raise ValueError("a position needs an instant with a time zone and an id")
        return position


def cut(
    rows: QuerySet[M], *, field: str, before: Position | None, size: int
) -> tuple[list[M], Position | None]:
    """At most `size` rows before `before`, the latest `field` first, and where the next page begins if any.

    One query, whatever the page. `field` names a column of instants; it needs an index with `id` behind it.
    """
    if before is not None:
        # The first condition alone says nothing new, but an index can be entered by it.
        rows = rows.filter(**{f"{field}__lte": before.at}).filter(
            Q(**{f"{field}__lt": before.at}) | Q(**{field: before.at, "id__lt": before.id})
        )
    found = list(rows.order_by(f"-{field}", "-id")[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], Position(getattr(last, field), last.pk)
