"""The deployments of a time as pictures: what became of the alerts, and how long the notice was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from apps.scrutiny.charts import bars
from apps.scrutiny.exports.report import Chart, Column, Table
from apps.scrutiny.period import PeriodReport
from apps.scrutiny.period_rows import PackedRows, PeriodRow

# More bars than this are no picture, nor a page of paper: then one for each month, and then for each year.
MOST_BARS = 24
KINDS = (*("confirmed_true", "confirmed_false", "operator_rejected", "unresolved"), "alerts")


class Bar:
    """One deployment, or those of a month or a year together. `alerts` None: the schedule has deleted all."""

    def __init__(self) -> None:
        self.alerts: list[int] | None = None
        self._shortest: timedelta | None = None
        self._unseen = False

    def add(self, row: PeriodRow) -> None:
        if not row.log_deleted:
            before = self.alerts or [0] * len(KINDS)
            counts = (getattr(row.alerts, kind) for kind in KINDS)
            self.alerts = [a + b for a, b in zip(before, counts, strict=True)]
        if row.notice is None:
            self._unseen = True
        else:
            self._shortest = row.notice if self._shortest is None else min(self._shortest, row.notice)

    @property
    def notice(self) -> str:
        """Of several the shortest, and none is shorter than any."""
        if self._unseen or self._shortest is None:
            return "none seen"
        return f"{self._shortest.total_seconds() / 3600:.1f}"


def charts_of(found: PeriodReport) -> tuple[Chart, ...]:
    """For the page and for the files."""
    if not found.rows:
        return ()
    by, named = _named(found.rows)
    return (_alerts(named, by), _notice(named, by))


def _named(rows: PackedRows) -> tuple[str, list[tuple[str, Bar]]]:
    """By what they are together, and each with its name, the earliest first."""
    if len(rows) <= MOST_BARS:
        in_order = sorted(rows, key=lambda row: row.started_at)
        return "Deployment", _together(in_order, lambda row: row.reference)
    by_month = _by_name(_together(rows, lambda row: f"{row.date:%Y-%m}"))
    if len(by_month) <= MOST_BARS:
        return "Month", by_month
    return "Year", _by_name(_together(rows, lambda row: f"{row.date:%Y}"))


def _by_name(named: list[tuple[str, Bar]]) -> list[tuple[str, Bar]]:
    return sorted(named, key=lambda pair: pair[0])


def _together(rows: Iterable[PeriodRow], name: Callable[[PeriodRow], str]) -> list[tuple[str, Bar]]:
    found: dict[str, Bar] = {}
    for row in rows:
        found.setdefault(name(row), Bar()).add(row)
    return list(found.items())


def _alerts(named: Sequence[tuple[str, Bar]], by: str) -> Chart:
    table = Table(
        f"Alerts by what became of them, by {by.lower()}",
        (
            *(Column(by), Column("Confirmed true", True), Column("Confirmed false", True)),
            *(Column("Rejected by the operator", True), Column("Unresolved", True), Column("All", True)),
        ),
        tuple((name, *map(str, bar.alerts)) for name, bar in named if bar.alerts is not None),
    )
    return bars(table, unit="alerts", key="alerts", total=5)


def _notice(named: Sequence[tuple[str, Bar]], by: str) -> Chart:
    title = "Notice (hours)" if by == "Deployment" else "Shortest notice (hours)"
    table = Table(
        f"Notice before the start, by {by.lower()}",
        (Column(by), Column(title, True)),
        tuple((name, bar.notice) for name, bar in named),
    )
    return bars(table, unit="hours of notice", key="notice")
