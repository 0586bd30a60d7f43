"""What a report says, before it has a form: every file is written from this and from nothing else.

Cells are text, as a reader sees it; a column of numbers says so. `docs/how-to/verify-an-export.md` tells
readers what the canonical form of the content is: changes here are changes there and in its script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from apps.audit import api as audit
from apps.core.json_text import Each, gathered

FORMAT = 1
ANCHOR_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "force": "Force",
        "force_id": "Id of the force",
        "exported_at": "Taken out at",
        "exported_as": "As",
        "content_sha256": "SHA-256 of the content",
        "csv_sha256": "SHA-256 of the CSV above its anchor",
        "event_id": "Event in the audit record",
        "event_object_id": "Object of that event",
        "chain_position": "Links in the chain before it",
        "chain_hash": "Hash of the last of them",
        "newest_anchor": "Newest anchor of the chain",
        "key_id": "Id of the key that signed",
        "public_key_sha256": "SHA-256 of the public key",
        "signature": "Signature (Ed25519)",
    }
)


@dataclass(frozen=True)
class Column:
    """`number`: a cell that is a plain number is one for a spreadsheet too."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """The first column names the row. `rows` may make each anew whenever they are read. Raises ValueError for
    a row of another length."""

    caption: str
    columns: tuple[Column, ...]
    rows: Collection[tuple[str, ...]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.caption}: {len(row)} cells for {len(self.columns)} columns")

    @property
    def labelled(self) -> tuple[tuple[tuple[Column, str], ...], ...]:
        """The rows, each cell with its column: for a page, which on a phone says it beside each cell."""
        return tuple(tuple(zip(self.columns, row, strict=True)) for row in self.rows)


@dataclass(frozen=True)
class Chart:
    """A picture of `table`, which stands beside it. `labels` are the words in the picture, in their order."""

    description: str
    svg: str
    labels: tuple[str, ...]
    table: Table


@dataclass(frozen=True)
class Section:
    """Paragraphs, then charts with their tables, then tables, then notes. `level` 3: within a part."""

    title: str
    paragraphs: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    level: int = 2


@dataclass(frozen=True)
class Report:
    """`data` are the same numbers for a program; `name` is the name of the file without its ending."""

    title: str
    force: str
    period_words: str
    name: str
    sections: tuple[Section, ...]
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All of them, those of charts too, in the order of the report."""
        return tuple(
            table
            for section in self.sections
            for table in (*(chart.table for chart in section.charts), *section.tables)
        )

    def content(self) -> dict[str, object]:
        """All that the report says, in JSON's own values, with an `Each` for the rows of a table; without who
        took it out, and when."""
        return {
            **self.data,
            "report": {
                "format": FORMAT,
                "title": self.title,
                "force": self.force,
                "period": self.period_words,
                "sections": [_section(section) for section in self.sections],
            },
        }

    def canonical_pieces(self) -> Iterator[bytes]:
        return gathered(audit.canonical_pieces(self.content()))

    def canonical(self) -> bytes:
        return b"".join(self.canonical_pieces())

    def sha256(self) -> str:
        return sha256_of(self.canonical_pieces())


def sha256_of(pieces: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


@dataclass(frozen=True)
class Taken:
    """A report that somebody takes out: with its signed anchor, of the instant `at`."""

    report: Report
    anchor: Mapping[str, object]
    at: datetime


def anchor_rows(anchor: Mapping[str, object]) -> list[list[str]]:
    """The anchor for people: (what, value), in this order in every file."""
    return [[words, str(anchor[name])] for name, words in ANCHOR_WORDS.items()]


def _section(section: Section) -> dict[str, object]:
    return {
        "title": section.title,
        "level": section.level,
        "paragraphs": list(section.paragraphs),
        "charts": [
            {
                "description": chart.description,
                "labels": list(chart.labels),
                "table": _table(chart.table),
            }
            for chart in section.charts
        ],
        "tables": [_table(table) for table in section.tables],
        "notes": list(section.notes),
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "caption": table.caption,
        "columns": [{"title": column.title, "number": column.number} for column in table.columns],
        "rows": Each(lambda: table.rows),
    }
