"""A report as CSV: blocks with an empty line between them, and the audit anchor last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from apps.audit import api as audit
from apps.core.csv_text import MARK, csv_lines
from apps.scrutiny.exports.report import Report, Section, Table, Taken, anchor_rows

# From this line on it is the anchor; what stands above it is hashed.
ANCHOR_TITLE = "Audit anchor"


def csv_body(report: Report) -> bytes:
    """All but the anchor."""
    head = [[report.title], ["Force", report.force], ["Time", report.period_words]]
    blocks = [head, *(block for section in report.sections for block in _blocks(section))]
    return (MARK + "\r\n".join(csv_lines(block) for block in blocks)).encode()


def csv_sha256(report: Report) -> str:
    return hashlib.sha256(csv_body(report)).hexdigest()


def csv_file(taken: Taken) -> bytes:
    rows = [[ANCHOR_TITLE], *anchor_rows(taken.anchor), ["audit_anchor", audit.canonical(taken.anchor)]]
    return csv_body(taken.report) + b"\r\n" + csv_lines(rows).encode()


def _blocks(section: Section) -> Iterator[list[list[str]]]:
    yield [[section.title], *([words] for words in section.paragraphs)]
    for table in (*(chart.table for chart in section.charts), *section.tables):
        yield _table(table)
    if section.notes:
        yield [[words] for words in section.notes]


def _table(table: Table) -> list[list[str]]:
    return [[table.caption], [column.title for column in table.columns], *(list(row) for row in table.rows)]
