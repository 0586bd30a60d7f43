"""Tables as files for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# A cell that a spreadsheet would work out instead of showing.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """With a mark at its start, by which spreadsheets know that it is UTF-8."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(columns)
    for row in rows:
        lines.writerow(_cell(value) for value in row)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
