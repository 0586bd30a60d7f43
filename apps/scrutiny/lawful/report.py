"""The exhibit: what was in force at an instant, as a report that every writer of files understands."""

from __future__ import annotations

from apps.core.clock import london
from apps.scrutiny.data import plain
from apps.scrutiny.exports.report import Column, Report, Section, Table
from apps.scrutiny.lawful.course import at_moment
from apps.scrutiny.lawful.data import Line, Moment, Records, Standing
from apps.scrutiny.lawful.rules import NOT_A_VERDICT

COLUMNS = (Column("Rule"), Column("Kept"), Column("What it was"))
SOURCES = (Column("Rule"), Column("What it says, and where the answer stands in the record"))
WORDS = {
    Standing.KEPT: "Kept",
    Standing.NOT_KEPT: "Not kept",
    Standing.NOT_RECORDED: "Not recorded",
    Standing.NOT_ASKED: "Not asked: no recognition",
}
CLAIM = "In force at"


def report_of_moment(records: Records, moment: Moment) -> Report:
    at = london(moment.at)
    return Report(
        title=f"{records.reference}: what was in force at {at:%H:%M:%S}",
        force=records.force,
        period_words=at_moment(moment.at),
        name=f"in-force-{records.reference}-{at:%Y-%m-%dT%H%M%S}",
        sections=tuple(sections_of(moment)),
        data={"reference": records.reference, **data_of(moment)},
    )


def sections_of(moment: Moment, *, level: int = 2) -> tuple[Section, ...]:
    """Of this report and of others that hold it."""
    said = tuple((line.title, WORDS[line.standing], "\n".join(line.was)) for line in moment.lines)
    stands = tuple(
        (line.title, "\n".join((f"{line.section}: {line.rule}", *line.source))) for line in moment.lines
    )
    return (
        Section(
            f"{CLAIM} {at_moment(moment.at)}",
            paragraphs=(moment.conclusion, NOT_A_VERDICT, "Times without a date are of this day."),
            tables=(Table("Each rule at this moment", COLUMNS, said),),
            level=level,
        ),
        Section(
            "The rules, and where each answer stands",
            tables=(Table("Rules and sources", SOURCES, stands),),
            notes=("The sections are those of the platform's description of its rules (docs/domain.md).",),
            level=level,
        ),
    )


def data_of(moment: Moment) -> dict[str, object]:
    """For a program."""
    return {
        "at": moment.at.isoformat(),
        "at_london": london(moment.at).isoformat(),
        "conclusion": moment.conclusion,
        "impossible": list(moment.impossible),
        "lines": [_line(line) for line in moment.lines],
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "key": line.key,
        "title": line.title,
        "standing": str(line.standing),
        "was": plain(line.was),
        "section": line.section,
        "rule": line.rule,
        "source": plain(line.source),
    }
