"""A report as a tagged PDF (PDF/UA-1), with its content and its anchor attached as JSON.

Reading order on the pages is the order of the content: readers compare the two
(docs/how-to/verify-an-export.md), so a table with many columns is cut in the same way by the script there.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.audit import api as audit
from apps.core.csv_text import is_number
from apps.core.typesetting import typeset
from apps.scrutiny.exports.report import Chart, Report, Section, Table, Taken, anchor_rows

TEMPLATE = "scrutiny/report.typ"
# So many columns fit the page; of a wider table each part has the first column and MORE further ones.
MOST_COLUMNS, MORE = 8, 7
# Setting one takes about 24 KiB of the web process, which has 1 GB in production (docs/reference/sizing.md).
MOST_CELLS = 14_000
TOO_LARGE = "This is too much for a PDF. Choose a shorter time, or a spreadsheet: it has the same numbers."


def fits(report: Report) -> bool:
    """Whether this much can be set as pages."""
    rows = (row for section in report.sections for table in section.tables for row in table.rows)
    return sum(len(row) for row in rows) <= MOST_CELLS


def pdf_bytes(taken: Taken) -> bytes:
    report = taken.report
    return typeset(
        TEMPLATE,
        data={
            "title": report.title,
            "force": report.force,
            "period": report.period_words,
            "made": taken.anchor["exported_words"],
            "sections": [_section(section) for section in report.sections],
            "anchor": anchor_rows(taken.anchor),
        },
        at=taken.at,
        report=report.canonical().decode(),
        anchor=audit.canonical(taken.anchor),
    )


def _section(section: Section) -> dict[str, object]:
    return {
        "title": section.title,
        "level": section.level,
        "paragraphs": section.paragraphs,
        "charts": [_chart(chart) for chart in section.charts],
        "tables": [part for table in section.tables for part in parts(table)],
        "notes": section.notes,
    }


def _chart(chart: Chart) -> dict[str, object]:
    alt = f"{chart.table.caption}. {chart.description}"
    return {"svg": chart.svg, "alt": alt, "tables": list(parts(chart.table))}


def parts(table: Table) -> Iterator[dict[str, object]]:
    if len(table.columns) <= MOST_COLUMNS:
        yield _part(table, tuple(range(len(table.columns))), table.caption)
        return
    starts = range(1, len(table.columns), MORE)
    for number, start in enumerate(starts, 1):
        at = (0, *range(start, min(start + MORE, len(table.columns))))
        yield _part(table, at, f"{table.caption}, part {number} of {len(starts)}")


def _part(table: Table, at: tuple[int, ...], caption: str) -> dict[str, object]:
    return {
        "caption": caption,
        "columns": [table.columns[i].title for i in at],
        # To the right only where all is numbers: a column of answers has words too.
        "numbers": [
            table.columns[i].number and all(not row[i] or is_number(row[i]) for row in table.rows) for i in at
        ],
        "rows": [[row[i] for i in at] for row in table.rows],
    }
