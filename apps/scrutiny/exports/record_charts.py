"""Pictures of one deployment, each of the table beside it: what became of the alerts, and how long people
took to decide. The same on the page and in the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from apps.alerts import api as alerts
from apps.alerts.api import Times
from apps.core.wording import say_duration
from apps.scrutiny.charts import bars
from apps.scrutiny.data import DeploymentRecord
from apps.scrutiny.exports.report import Chart, Column, Section, Table
from apps.scrutiny.pages import RecordWords

NUMBERS = (Column("What"), Column("Number", True))
FROM_WHEN = (
    "The operator's time is from the alert to the decision that ended that step, the officer's from there to "
    "theirs. Of an alert that nobody decided there is no time. Nobody is ranked by these times."
)


@dataclass(frozen=True)
class RecordCharts:
    """`came_to` None and `deciding` empty: there is nothing to draw, or it is deleted."""

    came_to: Chart | None
    deciding: tuple[Chart, ...]
    # Of `deciding`, in one sentence each.
    spreads: tuple[str, ...] = ()
    note: str = FROM_WHEN

    @property
    def section(self) -> tuple[Section, ...]:
        if not self.deciding:
            return ()
        return (Section("How long people took to decide", self.spreads, self.deciding, notes=(self.note,)),)


def came_to_table(page: RecordWords) -> Table:
    rows = tuple((words, str(number)) for words, number in page.alerts)
    return Table("Alerts. The rows below the first one add up to it", NUMBERS, rows)


def charts_of_record(record: DeploymentRecord, page: RecordWords, times: tuple[Times, Times]) -> RecordCharts:
    if record.log_deleted_at is not None or not record.alerts.total:
        return RecordCharts(None, ())
    came_to = bars(came_to_table(page), unit="alerts", key="came-to", above=True)
    who = (("operators", "the operators'", times[0]), ("officers", "the engagement officers'", times[1]))
    known = [(key, whose, found) for key, whose, found in who if found.spread.number]
    return RecordCharts(
        came_to,
        tuple(_deciding(key, whose, found) for key, whose, found in known),
        tuple(_spread(whose, found) for _, whose, found in known),
    )


def _deciding(key: str, whose: str, times: Times) -> Chart:
    rows = tuple((words, str(number)) for words, number in zip(_bands(), times.bands, strict=True))
    columns = (Column("Time"), Column("Decisions", True))
    return bars(Table(f"How long {whose} decisions took", columns, rows), unit="decisions", key=key)


def _bands() -> list[str]:
    """For instance "under 5 s", "5 to 10 s", "120 s or more": short enough to stand beside a bar."""
    first, *_, last = alerts.BANDS_S
    between = [f"{low} to {high} s" for low, high in pairwise(alerts.BANDS_S) if low != first]
    return [f"under {alerts.BANDS_S[1]} s", *between, f"{last} s or more"]


def _spread(whose: str, times: Times) -> str:
    half, ninth, longest = (
        say_duration(timedelta(seconds=seconds or 0.0))
        for seconds in (times.spread.median_s, times.spread.ninth_s, times.spread.longest_s)
    )
    return (
        f"{whose.capitalize()} decisions: {times.spread.number:,}. Half took at most {half}, "
        f"nine of ten at most {ninth}, the longest {longest}."
    )
