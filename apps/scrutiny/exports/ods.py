"""A report as an OpenDocument spreadsheet: a sheet of words, a sheet for each table, and one of the anchor.

Written with the standard library: a spreadsheet without formulas is a few elements in a ZIP file, and the one
library for it is no longer looked after (docs/explanation/architecture.md). No cell has a formula: what a
person typed is text, whatever it begins with.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from apps.audit import api as audit
from apps.core.clock import london
from apps.core.csv_text import is_number
from apps.core.json_text import gathered
from apps.scrutiny.exports.report import Column, Report, Table, Taken, anchor_rows

MIME = "application/vnd.oasis.opendocument.spreadsheet"
# What XML cannot hold at all.
IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_IN_A_NAME = re.compile(r"[\[\]*?:/\\']")
LONGEST_NAME = 31
NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("table", "table"), ("text", "text"), ("style", "style")),
        *(("fo", "xsl-fo-compatible"), ("meta", "meta"), ("manifest", "manifest")),
    )
)
STYLES = (
    '<office:automatic-styles><style:style style:name="head" style:family="table-cell">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="wide" style:family="table-column">'
    '<style:table-column-properties style:column-width="6cm"/></style:style>'
    '<style:style style:name="words" style:family="table-column">'
    '<style:table-column-properties style:column-width="18cm"/></style:style>'
    '<style:style style:name="wrap" style:family="table-cell">'
    '<style:table-cell-properties fo:wrap-option="wrap"/></style:style></office:automatic-styles>'
)
ANCHOR_COLUMNS = (Column("What"), Column("Value"))
FILES = ("content.xml", "styles.xml", "meta.xml", "report.json", "audit-anchor.json")


def ods_bytes(taken: Taken) -> bytes:
    """With the content and the anchor inside, as in the PDF: report.json and audit-anchor.json."""
    parts = {
        "META-INF/manifest.xml": [_manifest().encode()],
        "content.xml": gathered(_content(taken)),
        "styles.xml": [_document("document-styles", "").encode()],
        "meta.xml": [_document("document-meta", _meta(taken)).encode()],
        "report.json": taken.report.canonical_pieces(),
        "audit-anchor.json": [audit.canonical(taken.anchor).encode()],
    }
    made = io.BytesIO()
    at = london(taken.at).timetuple()[:6]
    with zipfile.ZipFile(made, "w") as file:
        # First and not compressed: by it the type of the file is told.
        file.writestr(zipfile.ZipInfo("mimetype", at), MIME)
        for name, pieces in parts.items():
            entry = zipfile.ZipInfo(name, at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open(entry, "w") as part:
                part.writelines(pieces)
    return made.getvalue()


def _document(kind: str, inside: str) -> str:
    return "".join(_around(kind, [inside]))


def _around(kind: str, inside: Iterable[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<office:{kind} {NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3">'
    yield from inside
    yield f"</office:{kind}>"


def _meta(taken: Taken) -> str:
    report, at = taken.report, taken.at.replace(microsecond=0).isoformat()
    title = f"{report.title}, {report.force}"
    return (
        f"<office:meta><dc:title>{_escaped(title)}</dc:title><dc:language>en-GB</dc:language>"
        f"<meta:creation-date>{at}</meta:creation-date></office:meta>"
    )


def _manifest() -> str:
    kinds = {name: "application/json" if name.endswith(".json") else "text/xml" for name in FILES}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in {"/": MIME, **kinds}.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f"{entries}</manifest:manifest>"
    )


def _content(taken: Taken) -> Iterator[str]:
    report = taken.report
    anchor = Table("Audit anchor", ANCHOR_COLUMNS, tuple((a, b) for a, b in anchor_rows(taken.anchor)))
    tables = (*report.tables, anchor)
    names = _names([table.caption for table in tables])
    sheets = (piece for name, table in zip(names, tables, strict=True) for piece in _sheet(name, table))
    before = (STYLES, "<office:body><office:spreadsheet>", _words(report))
    after = ("</office:spreadsheet></office:body>",)
    return _around("document-content", chain(before, sheets, after))


def _names(captions: Sequence[str]) -> list[str]:
    """Of sheets: short enough for every spreadsheet, and each once."""
    found: list[str] = []
    for caption in captions:
        name = wanted = NOT_IN_A_NAME.sub("", caption)[:LONGEST_NAME].strip() or "Table"
        number = 1
        while name.lower() in {"about", *(each.lower() for each in found)}:
            number += 1
            name = f"{wanted[: LONGEST_NAME - 3]} {number}"
        found.append(name)
    return found


def _words(report: Report) -> str:
    """What stands around the tables."""
    lines = [report.title, report.force, report.period_words]
    for section in report.sections:
        lines += [section.title, *section.paragraphs, *section.notes]
    rows = "".join(f"<table:table-row>{_cell(line, 'wrap')}</table:table-row>" for line in lines)
    return (
        f'<table:table table:name="About"><table:table-column table:style-name="words"/>{rows}</table:table>'
    )


def _sheet(name: str, table: Table) -> Iterator[str]:
    heads = "".join(_cell(column.title, "head") for column in table.columns)
    columns = (
        f'<table:table-column table:style-name="wide" table:number-columns-repeated="{len(table.columns)}"/>'
    )
    yield f"<table:table table:name={quoteattr(name)}>{columns}"
    yield f"<table:table-header-rows><table:table-row>{heads}</table:table-row></table:table-header-rows>"
    yield from (_row(table.columns, row) for row in table.rows)
    yield "</table:table>"


def _row(columns: Sequence[Column], row: Sequence[str]) -> str:
    cells = (
        _number(value) if column.number and is_number(value) else _cell(value)
        for column, value in zip(columns, row, strict=True)
    )
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _number(value: str) -> str:
    kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def _cell(value: str, style: str = "") -> str:
    named = f' table:style-name="{style}"' if style else ""
    if not value:
        return f"<table:table-cell{named}/>"
    lines = "".join(f"<text:p>{_escaped(line)}</text:p>" for line in value.splitlines())
    return f'<table:table-cell{named} office:value-type="string">{lines}</table:table-cell>'


def _escaped(text: str) -> str:
    return escape(IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text))
