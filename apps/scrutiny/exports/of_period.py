"""The report of a time: the same sums and rows as its page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from apps.alerts import api as alerts
from apps.alerts.api import Rate
from apps.core.clock import london
from apps.core.wording import say_duration
from apps.scrutiny.exports.period_charts import charts_of
from apps.scrutiny.exports.report import Column, Report, Section, Table
from apps.scrutiny.period import PeriodReport, as_json
from apps.scrutiny.period_rows import PackedRows, PeriodRow

TRACKS = (
    "One person who passes one camera is one track, and a broken track counts twice. A rate of tracks leaves "
    "out the deployments of which nobody counted the tracks."
)
STATES = ("Due or done", "In time", "Late", "Not yet due", "Overdue")
COLUMNS = (
    *(Column("Reference"), Column("Date"), Column("Place"), Column("Started"), Column("Ended")),
    *(Column("Use case"), Column("Watchlist", True), Column("Threshold", True), Column("Tracks", True)),
    *(Column("Alerts", True), Column("Rejected by the operator", True), Column("Confirmed true", True)),
    *(Column("Confirmed false", True), Column("Unresolved", True), Column("False of alerts", True)),
    *(Column("False of tracks", True), Column("Engagements", True), Column("Arrests", True)),
    *(Column("Other disposals", True), Column("No action", True), Column("Not located", True)),
    *(Column("Notice before the start (hours)", True), Column("Less than the minimum")),
    Column("Without recognition (s)", True),
)


def report_of_period(found: PeriodReport) -> Report:
    kind = "rehearsals" if found.rehearsals else "operations"
    first, last = found.period.first, found.period.last
    name = "rehearsals" if found.rehearsals else "deployments"
    return Report(
        title=f"Live facial recognition: {kind} over a time",
        force=found.force,
        period_words=found.period.words,
        name=f"{name}-{first}-{last}",
        sections=(_sums(found, kind), *_pictures(found), *_deletions(found), *_each(found)),
        data=as_json(found),
    )


def _sums(found: PeriodReport, kind: str) -> Section:
    never = tuple((f"Never began: {words}", str(number)) for words, number in found.not_begun)
    rows: tuple[tuple[str, str], ...] = (("Deployments that began", str(len(found.rows))), *never)
    if found.without_log:
        rows += (("Of these without a log of alerts: deleted by the schedule", str(found.without_log)),)
    if found.deleted:
        rows += (("Deleted by the schedule, in no number here", str(found.deleted.deployments)),)
    if found.rows:
        rows += _counted(found)
    other = "operation" if found.rehearsals else "rehearsal"
    many = "" if found.others == 1 else "s"
    notes = (f"{found.others} {other}{many} in the same time, counted nowhere here.",)
    return Section(
        title="What it adds up to",
        paragraphs=(
            f"What {found.force} did with live facial recognition in this time: its {kind}, by the day each "
            "deployment was to begin. Operations and rehearsals are never added together.",
        ),
        tables=(Table("Sums of the time", (Column("What"), Column("How many", True)), rows),),
        notes=(*notes, *_missing(found), TRACKS, *((found.left_out,) if found.left_out else ())),
    )


def _counted(found: PeriodReport) -> tuple[tuple[str, str], ...]:
    counts = found.summed
    return (
        ("Time that they ran", _ran(found.ran_s)),
        ("Faces seen, in tracks", str(found.tracks)),
        ("Deployments of which nobody counted the tracks", str(found.uncounted)),
        ("Alerts", str(counts.alerts)),
        ("Rejected by the operator", str(counts.operator_rejected)),
        ("Confirmed true", str(counts.confirmed_true)),
        ("Confirmed false", str(counts.confirmed_false)),
        ("Unresolved", str(counts.unresolved)),
        ("False, of alerts", found.false.of_alerts.words),
        ("False, of tracks", found.false.of_tracks.words if found.false.of_tracks else "not known"),
        ("Engagements", str(counts.engagements)),
        ("Arrests", str(counts.arrests)),
        ("Other disposals", str(counts.other_disposals)),
        ("No action", str(counts.no_action)),
        ("Not located", str(counts.not_located)),
        ("Shortest notice before a start", say_duration(found.shortest) if found.shortest else "none"),
        ("Median notice before a start", say_duration(found.median) if found.median else "none"),
        ("Less notice than the minimum", str(found.short)),
        ("At least one camera without recognition", _ran(found.blind_s) if found.blind_s else "none"),
    )


def _missing(found: PeriodReport) -> tuple[str, ...]:
    return (f"{found.deleted_words}. They are in no number here.",) if found.deleted else ()


def _ran(seconds: float) -> str:
    return say_duration(timedelta(seconds=seconds))


def _pictures(found: PeriodReport) -> tuple[Section, ...]:
    charts = charts_of(found)
    notes = ("“None seen”: nobody saw the notice from outside before the start.",)
    return (Section("In pictures", charts=charts, notes=notes),) if charts else ()


def _deletions(found: PeriodReport) -> tuple[Section, ...]:
    table = Table(
        "Whether what was to be deleted was deleted in time",
        (Column("What"), *(Column(name, True) for name in STATES)),
        tuple(
            (each.title, *(str(n) for n in (each.due, each.done, each.late, each.waiting, each.overdue)))
            for each in found.deletions
        ),
    )
    return (Section("Deletion", tables=(table,)),) if found.deletions else ()


def _each(found: PeriodReport) -> tuple[Section, ...]:
    if not found.rows:
        return ()
    notes = (
        *("An empty cell was not counted, or is deleted by the schedule, and is not 0.",),
        *("False: rejected or confirmed false.", *_missing(found)),
    )
    return (
        Section("Each deployment", tables=(Table("Deployments", COLUMNS, _Cells(found.rows)),), notes=notes),
    )


class _Cells(Collection[tuple[str, ...]]):
    """Of each row, made anew each time that they are read."""

    def __init__(self, rows: PackedRows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return map(_values, self._rows)

    def __contains__(self, cells: object) -> bool:
        return any(each == cells for each in self)


def _values(row: PeriodRow) -> tuple[str, ...]:
    counts, rates = row.alerts, alerts.false_alert_rates(row.alerts, tracks=row.tracks or 0)
    numbers = (counts.alerts, counts.operator_rejected, counts.confirmed_true, counts.confirmed_false)
    more = (counts.engagements, counts.arrests, counts.other_disposals, counts.no_action, counts.not_located)
    of_log = (
        *(str(number) for number in (*numbers, counts.unresolved)),
        *(_share(rates.of_alerts), _share(rates.of_tracks)),
        *(str(number) for number in more),
    )
    return (
        *(row.reference, row.date.isoformat(), row.place, _minute(row.started_at)),
        *(_minute(row.ended_at) if row.ended_at else "", row.use_case, str(row.watchlist)),
        *(str(row.threshold), "" if row.tracks is None else str(row.tracks)),
        *([""] * len(of_log) if row.log_deleted else of_log),
        "" if row.notice is None else f"{row.notice.total_seconds() / 3600:.1f}",
        "yes" if row.is_short else "no",
        f"{row.blind_s:.0f}",
    )


def _minute(instant: datetime) -> str:
    return london(instant).isoformat(sep=" ", timespec="minutes")


def _share(rate: Rate | None) -> str:
    """Never with an exponent: a spreadsheet, and a reader, would take it for text."""
    if rate is None or rate.share is None:
        return ""
    return f"{rate.share:.8f}".rstrip("0").rstrip(".") or "0"
