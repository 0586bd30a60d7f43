"""What the system keeps and for how long, as a notice says it: with the numbers of its own force."""

from __future__ import annotations

from apps.core.retention import PublicRow, public_table
from apps.core.wording import say_count
from apps.forces.data import ForceData


def kept_rows(force: ForceData) -> tuple[tuple[str, str], ...]:
    """(what, how long) of every row of the retention table, in English, as notices are stored."""
    return tuple((row.title, kept_words(row, force)) for row in public_table())


def kept_words(row: PublicRow, force: ForceData) -> str:
    """How long, as public notices and the annex of the impact assessment say it."""
    if not row.setting:
        return row.kept
    unit = row.setting.rpartition("_")[2].removesuffix("s")
    return row.kept % {"span": say_count(getattr(force, row.setting), unit)}
