"""What a freedom-of-information request is answered with: a report in which each field may be withheld under
an exemption of the Freedom of Information Act 2000 (FOIA), and says so in its place.

A field is the paragraphs of an answer, or one column of one of its tables. Nothing is left out unseen: a
reader sees what was withheld, under which section and why (section 17), and where to complain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from apps.core.errors import RuleViolated
from apps.scrutiny.exports.report import Column, Report, Section, Table

# Sections of the Act that fit what is recorded here; [check] by the force's own adviser in each case.
EXEMPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "24": "National security (section 24)",
        "30": "Investigations (section 30)",
        "31": "Law enforcement (section 31)",
        "38": "Health and safety (section 38)",
        "40": "Personal information of others (section 40)",
        "44": "Disclosure forbidden by law (section 44)",
    }
)
# Of these the public interest is weighed (section 2), and the answer says how.
WEIGHED = frozenset({"24", "30", "31", "38"})
# Told in tables of few people: who reads it might know of whom it is. Offered, not decided.
SUGGESTED: Mapping[str, str] = MappingProxyType(
    {
        "1.approvals.by": "40",
        "14.acceptance.who": "40",
        "15.each-of-them.alert": "40",
        "15.each-of-them.seconds": "40",
        "15.each-of-them.looked-under-18": "40",
    }
)
FIELD = re.compile(r"\d{1,2}\.[a-z0-9-]+(\.[a-z0-9-]+)?")
LEAST_REASON = 20
TITLE = "What is withheld, and why"
YOUR_RIGHTS = (
    "You may ask the force to review this answer, and complain to the Information Commissioner when you "
    "are not content with the review (FOIA, section 50)."
)


@dataclass(frozen=True)
class Withheld:
    """One field, the section of the Act, and the reason in words."""

    field: str
    section: str
    reason: str


@dataclass(frozen=True)
class Field:
    """`key` is the number of the answer with "text" for its paragraphs, or with table and column in short."""

    key: str
    words: str


def fields_of(report: Report) -> tuple[Field, ...]:
    """Every field that can be withheld, in the order of the report."""
    return tuple(
        each for number, section in enumerate(report.sections, 1) for each in _fields(number, section)
    )


def _fields(number: int, section: Section) -> Iterator[Field]:
    if section.paragraphs:
        yield Field(f"{number}.text", "The text of the answer")
    for table in section.tables:
        for column in table.columns:
            yield Field(_key(number, table, column), f"{table.caption}: {column.title}")


def _key(number: int, table: Table, column: Column) -> str:
    return f"{number}.{_short(table.caption)}.{_short(column.title)}"


def _short(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:40]


def check(report: Report, withheld: Iterable[Withheld]) -> tuple[Withheld, ...]:
    """In the order of the report. Raises RuleViolated with everything that is wrong with them."""
    known = {field.key: number for number, field in enumerate(fields_of(report))}
    found, problems = tuple(withheld), []
    for each in found:
        if each.field not in known:
            problems.append(f"There is no field {each.field} in this report.")
        if each.section not in EXEMPTIONS:
            problems.append(f"Section {each.section} is no exemption that is listed here.")
        if len(each.reason.strip()) < LEAST_REASON:
            weighed = " and how the public interest was weighed" if each.section in WEIGHED else ""
            problems.append(
                f"Field {each.field}: say why it is withheld{weighed}, in {LEAST_REASON} letters."
            )
    if len({each.field for each in found}) < len(found):
        problems.append("A field is withheld once, under one section.")
    if problems:
        raise RuleViolated(problems, code="foi")
    return tuple(sorted(found, key=lambda each: known[each.field]))


def withhold(report: Report, withheld: Iterable[Withheld]) -> Report:
    """The report as it is given out. Raises RuleViolated."""
    found = check(report, withheld)
    by_field = {each.field: _mark(each.section) for each in found}
    sections = tuple(_section(number, section, by_field) for number, section in enumerate(report.sections, 1))
    words = {field.key: field.words for field in fields_of(report)}
    return replace(
        report,
        title=f"{report.title}: answer under the Freedom of Information Act 2000",
        name=f"foi-{report.name}",
        sections=(*sections, _told(found, words)),
        # The numbers for programs are those of the tables: nothing goes out beside them unseen.
        data={"foi": {"withheld": [_plain(each, words) for each in found]}},
    )


def _mark(section: str) -> str:
    return f"[withheld: FOIA section {section}]"


def _section(number: int, section: Section, marks: Mapping[str, str]) -> Section:
    mark = marks.get(f"{number}.text")
    return replace(
        section,
        paragraphs=(mark,) if mark else section.paragraphs,
        # A chart is a picture of a table: it would show what the table withholds.
        charts=(),
        tables=tuple(_table(number, table, marks) for table in section.tables),
    )


def _table(number: int, table: Table, marks: Mapping[str, str]) -> Table:
    held = [marks.get(_key(number, table, column)) for column in table.columns]
    columns = tuple(
        Column(column.title) if mark else column for column, mark in zip(table.columns, held, strict=True)
    )
    rows = tuple(tuple(mark or cell for cell, mark in zip(row, held, strict=True)) for row in table.rows)
    return Table(table.caption, columns, rows)


def _told(found: tuple[Withheld, ...], words: Mapping[str, str]) -> Section:
    rows = tuple(
        (
            f"{each.field.partition('.')[0]}. {words[each.field]}",
            EXEMPTIONS[each.section],
            each.reason.strip(),
        )
        for each in found
    )
    table = Table("Withheld", (Column("Field"), Column("Exemption"), Column("Why")), rows)
    return Section(
        title=TITLE,
        paragraphs=("Nothing is withheld." if not rows else f"Fields withheld: {len(rows)}.", YOUR_RIGHTS),
        tables=(table,) if rows else (),
    )


def _plain(each: Withheld, words: Mapping[str, str]) -> dict[str, str]:
    return {
        "field": each.field,
        "words": words[each.field],
        "exemption": f"FOIA section {each.section}",
        "reason": each.reason.strip(),
    }


def parse(said: str) -> Withheld:
    """One field as it is written for the command: `14.acceptance.who=40:Whose decisions they are.` Raises "
    "RuleViolated."""
    field, _, rest = said.partition("=")
    section, _, reason = rest.partition(":")
    if not FIELD.fullmatch(field) or not section or not reason:
        raise RuleViolated(
            [f"“{said}”: write FIELD=SECTION:WHY, for instance 14.acceptance.who=40:Why it is."], code="foi"
        )
    return Withheld(field, section, reason)
