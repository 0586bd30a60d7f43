"""The report of urgent approvals of a time: the same sums and rows as its page."""

from __future__ import annotations

from datetime import datetime

from apps.core.clock import london
from apps.scrutiny.data import plain
from apps.scrutiny.exceptions import ExceptionRow, Exceptions
from apps.scrutiny.exports.report import Column, Report, Section, Table

COLUMNS = (
    *(Column("Reference"), Column("Place"), Column("Approved"), Column("By"), Column("Ground")),
    *(Column("Confirmation"), Column("Window"), Column("Started")),
    *(Column("Notice before the start (hours)", True), Column("Less than the minimum")),
)


def report_of_exceptions(found: Exceptions) -> Report:
    first, last = found.period.first, found.period.last
    return Report(
        title="Live facial recognition: urgent exceptions over a time",
        force=found.force,
        period_words=found.period.words,
        name=f"urgent-exceptions-{first}-{last}",
        sections=(_sums(found), *_each(found)),
        data=as_json(found),
    )


def as_json(found: Exceptions) -> dict[str, object]:
    """JSON values only, the same numbers as on the page; times without a date in seconds."""
    values = plain(found)
    if not isinstance(values, dict):
        raise TypeError("a report is a mapping in JSON")
    return values


def _sums(found: Exceptions) -> Section:
    summed = found.summed
    rows = (
        ("Approvals, urgent or not", str(summed.approvals)),
        ("Urgent approvals", str(summed.urgent)),
        ("Of these, started", str(summed.started)),
        ("Started with less notice than the minimum", str(summed.short)),
        *((f"Ground: {words}", str(number)) for words, number in summed.grounds),
        *((f"Approved by: {words}", str(number)) for words, number in summed.roles),
        *((f"Confirmation: {words.lower()}", str(number)) for words, number in summed.confirmations),
    )
    return Section(
        title="What it adds up to",
        paragraphs=(
            "The public has a right to notice. An urgent approval allows less of it, on one of two grounds. "
            f"Here is each that {found.force} gave, by the day of the approval. Withdrawn plans count too.",
        ),
        tables=(Table("Sums of the time", (Column("What"), Column("How many", True)), rows),),
        notes=_missing(found),
    )


def _each(found: Exceptions) -> tuple[Section, ...]:
    if not found.rows:
        return (Section("Each approval", ("No urgent approval was given in this time.",)),)
    table = Table("Urgent approvals, the latest first", COLUMNS, tuple(_values(row) for row in found.rows))
    notes = ("An empty cell: not started, or nobody saw the notice from outside before the start.",)
    return (Section("Each approval", tables=(table,), notes=(*notes, *_missing(found))),)


def _missing(found: Exceptions) -> tuple[str, ...]:
    return (f"{found.deleted_words}. Their approvals are not counted.",) if found.deleted else ()


def _values(row: ExceptionRow) -> tuple[str, ...]:
    return (
        *(row.reference, row.place, _minute(row.approved_at), row.by, row.ground, row.confirmation),
        _minute(row.window_start),
        "" if row.started_at is None else _minute(row.started_at),
        "" if row.notice is None else f"{row.notice.total_seconds() / 3600:.1f}",
        "yes" if row.is_short else "no",
    )


def _minute(instant: datetime) -> str:
    return london(instant).isoformat(sep=" ", timespec="minutes")
