"""Reading `watchlist.csv`: from disk with a folder `pictures` beside it, or from the bytes of an upload."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from pathlib import Path

from apps.core.errors import RuleViolated
from apps.watchlists.data import EntryRow, PictureSource

CSV_NAME = "watchlist.csv"
PICTURE_FOLDER = "pictures"
MAX_CSV_BYTES = 20 * 1024 * 1024
MAX_PICTURE_BYTES = 30 * 1024 * 1024
DATE_COLUMNS = frozenset({"captured_date", "date_of_birth"})
INSTANT_COLUMNS = frozenset({"status_checked_at", "expires_at"})
YES_NO_COLUMNS = frozenset({"lawfully_held", "disability"})
TRUE_WORDS = frozenset({"yes", "true", "1"})
FALSE_WORDS = frozenset({"no", "false", "0", ""})
COLUMNS = tuple(f.name for f in fields(EntryRow) if f.name != "line")
REQUIRED_COLUMNS = tuple(f.name for f in fields(EntryRow) if f.default is MISSING)
# A bare file name. Anything with a separator could point outside the folder.
PICTURE_NAME = re.compile(r"[^/\\\x00]+")
# What spreadsheets write when they do not write UTF-8.
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS = "Save it again as “CSV UTF-8 (comma delimited)”."

Cell = str | bool | date | datetime | None


def read_import(path: Path) -> tuple[list[EntryRow], PictureSource]:
    """The rows of a CSV (UTF-8, header line), and a function that reads a picture by its file name.

    `path` is the CSV or the folder it is in. Dates are ISO 8601; instants need an offset. Raises RuleViolated
    naming every line that cannot be read: half a file is never imported. The function raises
    FileNotFoundError for a name that is not a plain file of the folder, OSError for a picture over 30 MiB.
    """
    csv_path = path / CSV_NAME if path.is_dir() else path
    if not csv_path.is_file():
        raise RuleViolated([f"There is no file {csv_path.name}."], code="import_file")
    if csv_path.stat().st_size > MAX_CSV_BYTES:
        raise RuleViolated([_too_large(csv_path.name)], code="import_file")
    rows = read_rows(csv_path.read_bytes(), name=csv_path.name)
    return rows, _picture_source(csv_path.parent / PICTURE_FOLDER)


def read_rows(raw: bytes, *, name: str = CSV_NAME) -> list[EntryRow]:
    """The rows of a CSV file's bytes, separated by commas or, when its header has none, by semicolons.

    Raises RuleViolated naming every line that cannot be read.
    """
    if len(raw) > MAX_CSV_BYTES:
        raise RuleViolated([_too_large(name)], code="import_file")
    first_line = decoded(raw, name).partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    # Line by line: the text of a long list in memory once more would be the largest thing of its import.
    lines = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="")
    reader = csv.DictReader(lines, restkey="", strict=True, delimiter=delimiter)
    rows: list[EntryRow] = []
    problems: list[str] = []
    # Thousands of rows have the same offence, legal basis and category.
    once: dict[Cell, Cell] = {}
    try:
        problems += _header_problems(reader.fieldnames or [])
        if problems:
            raise RuleViolated(problems, code="import_file")
        for cells in reader:
            row, found = _row(cells, once, line=reader.line_num)
            problems.extend(found)
            if row is not None:
                rows.append(row)
    except csv.Error as problem:
        problems.append(f"Line {reader.line_num}: {problem}.")
    if problems:
        raise RuleViolated(problems, code="import_file")
    return rows


def _too_large(name: str) -> str:
    return f"{name} is over {MAX_CSV_BYTES // 1024**2} MB. Is it the right file?"


def decoded(raw: bytes, name: str) -> str:
    if raw.startswith(WIDE_MARKS):
        raise RuleViolated([f"{name} is not UTF-8 but UTF-16. {SAVE_AS}"], code="import_file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise RuleViolated([f"{name} is not UTF-8. {SAVE_AS}"], code="import_file") from problem
    if "\x00" in text:
        raise RuleViolated([f"{name} is not a text file. {SAVE_AS}"], code="import_file")
    return text


def _header_problems(header: Sequence[str]) -> list[str]:
    problems = [f"The column {name} is missing." for name in REQUIRED_COLUMNS if name not in header]
    problems += [f"The column {name!r} is not known." for name in header if name not in COLUMNS]
    problems += [f"The column {name} is there twice." for name in set(header) if header.count(name) > 1]
    return problems


def _row(cells: dict[str, str], once: dict[Cell, Cell], *, line: int) -> tuple[EntryRow | None, list[str]]:
    if "" in cells or None in cells.values():
        return None, [f"Line {line}: not as many cells as columns."]
    values: dict[str, Cell] = {}
    problems = []
    for name, raw in cells.items():
        try:
            cell = _cell(name, raw.strip())
            values[name] = once.setdefault(cell, cell) if isinstance(cell, str) else cell
        except ValueError as problem:
            problems.append(f"Line {line}: {name}: {problem}.")
    if problems:
        return None, problems
    return EntryRow(**values, line=line), []  # type: ignore[arg-type] # each column has its field's type


def _cell(name: str, raw: str) -> Cell:
    if name in DATE_COLUMNS:
        return _day(raw) if raw else None
    if name in INSTANT_COLUMNS:
        return _instant(raw) if raw else None
    if name in YES_NO_COLUMNS:
        if raw.lower() not in TRUE_WORDS | FALSE_WORDS:
            raise ValueError(f"yes or no, not {raw!r}")
        return raw.lower() in TRUE_WORDS
    if name == "consent_reference":
        return raw or None
    return raw


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError as problem:
        raise ValueError(f"a day is such as 2026-01-31, not {raw!r}") from problem


def _instant(raw: str) -> datetime:
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError as problem:
        raise ValueError(f"a time is such as 2026-01-31T10:00+00:00, not {raw!r}") from problem
    if instant.tzinfo is None:
        raise ValueError(f"{raw!r} has no offset from UTC, such as +00:00 (winter) or +01:00 (summer)")
    return instant


def _picture_source(folder: Path) -> PictureSource:
    def read(name: str) -> bytes:
        file = folder / name
        if not PICTURE_NAME.fullmatch(name) or name in {".", ".."} or file.is_symlink() or not file.is_file():
            raise FileNotFoundError(f"there is no picture {name!r}")
        if file.stat().st_size > MAX_PICTURE_BYTES:
            raise OSError(f"{name} is over {MAX_PICTURE_BYTES} bytes")
        return file.read_bytes()

    return read
