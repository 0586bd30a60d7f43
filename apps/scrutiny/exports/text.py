"""A report as CSV: blocks with an empty line between them, and the audit anchor last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from apps.audit import api as audit
from apps.core.csv_text import MARK, csv_lines, csv_pieces
from apps.core.json_text import gathered
from apps.scrutiny.exports.report import Report, Section, Table, Taken, anchor_rows, sha256_of

# From this line on it is the anchor; what stands above it is hashed.
ANCHOR_TITLE = "Audit anchor"


def csv_body(report: Report) -> Iterator[bytes]:
    """All but the anchor, in pieces."""
    return gathered(_lines(report))


def csv_sha256(report: Report) -> str:
    return sha256_of(csv_body(report))


def csv_file(taken: Taken) -> Iterator[bytes]:
    rows = [[ANCHOR_TITLE], *anchor_rows(taken.anchor), ["audit_anchor", audit.canonical(taken.anchor)]]
    return chain(csv_body(taken.report), [b"\r\n" + csv_lines(rows).encode()])


def _lines(report: Report) -> Iterator[str]:
    yield MARK
    yield from csv_pieces([[report.title], ["Force", report.force], ["Time", report.period_words]])
    for section in report.sections:
        for block in _blocks(section):
            yield "\r\n"
            yield from csv_pieces(block)


def _blocks(section: Section) -> Iterator[Iterable[Sequence[str]]]:
    yield [[section.title], *([words] for words in section.paragraphs)]
    for table in (*(chart.table for chart in section.charts), *section.tables):
        yield _table(table)
    if section.notes:
        yield [[words] for words in section.notes]


def _table(table: Table) -> Iterable[Sequence[str]]:
    return chain([[table.caption], [column.title for column in table.columns]], table.rows)
