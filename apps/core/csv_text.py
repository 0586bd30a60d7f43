"""Tables as text for spreadsheets, with no cell that a spreadsheet would work out instead of showing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# What a program would write of a number too: nothing with a leading zero, which may be the name of something.
NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?")
# By which spreadsheets know that it is UTF-8.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One table, with its header."""
    return f"{MARK}{csv_lines([columns, *rows])}".encode()


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(csv_pieces(rows))


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Line by line."""
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow([harmless(value) for value in row])
        yield text.getvalue()


def harmless(value: str) -> str:
    """The value as a cell that no spreadsheet computes, blanks in front or not; a number stays one."""
    text = value.lstrip(" ")
    return value if is_number(text) else f"{value[: len(value) - len(text)]}{_quoted(text)}"


def _quoted(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def is_number(value: str) -> bool:
    return NUMBER.fullmatch(value) is not None
