"""What the deployments of a time add up to, taken row by row (period.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.api import FalseAlerts
from apps.alerts.data import AlertSummary
from apps.notices.data import DeletionState, DeletionStep
from apps.scrutiny.period_rows import PackedRows, PeriodRow

NOBODY = UUID(int=0)
COUNTS = tuple(field.name for field in fields(AlertSummary) if field.name != "deployment_id")


@dataclass(frozen=True)
class DeletionsKept:
    """One class of data over all deployments of the time: how often something of it was there, and whether it
    was proven to be deleted in time."""

    title: str
    due: int
    done: int
    late: int
    waiting: int
    overdue: int


class Sums:
    """The alerts of all rows that have them; those of tracks leave out the rows that nobody counted tracks
    for. What still runs ran until `now`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._rows = PackedRows()
        self._alerts: Counter[str] = Counter()
        # Of the rows that have both alerts and a count of tracks.
        self._both: Counter[str] = Counter()
        self._tracks_of_both = self._tracks = 0
        self._uncounted = self._short = self._without_log = 0
        self._ran_s = self._blind_s = 0.0
        self._notices: list[timedelta] = []

    def add(self, row: PeriodRow) -> None:
        self._rows.add(row)
        if not row.log_deleted:
            counts = {name: getattr(row.alerts, name) for name in COUNTS}
            self._alerts.update(counts)
            if row.tracks is not None:
                self._both.update(counts)
                self._tracks_of_both += row.tracks
        self._tracks += row.tracks or 0
        self._uncounted += row.tracks is None
        self._short += row.is_short
        self._without_log += row.log_deleted
        self._ran_s += ((row.ended_at or self._now) - row.started_at).total_seconds()
        self._blind_s += row.blind_s
        if row.notice is not None:
            self._notices.append(row.notice)

    def as_fields(self) -> dict[str, Any]:
        """Those of a PeriodReport that the rows give."""
        return {
            "rows": self._rows,
            "summed": _summary(self._alerts),
            "false": self._false(),
            "tracks": self._tracks,
            "uncounted": self._uncounted,
            "short": self._short,
            "shortest": min(self._notices, default=None),
            "median": _median(self._notices),
            "ran_s": self._ran_s,
            "blind_s": self._blind_s,
            "without_log": self._without_log,
        }

    def _false(self) -> FalseAlerts:
        of_tracks = alerts.false_alert_rates(_summary(self._both), tracks=self._tracks_of_both)
        of_alerts = alerts.false_alert_rates(_summary(self._alerts), tracks=0).of_alerts
        return replace(of_tracks, of_alerts=of_alerts)


def _summary(counts: Mapping[str, int]) -> AlertSummary:
    return AlertSummary(deployment_id=NOBODY, **{name: counts.get(name, 0) for name in COUNTS})


def _median(found: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(each.total_seconds() for each in found)) if found else None


class Deletions:
    """Of the public deletion clocks, by what they stand at `now`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._states: dict[str, Counter[DeletionState]] = {}
        self._titles: dict[str, str] = {}

    def add(self, clocks: Iterable[Sequence[DeletionStep]]) -> None:
        for step in (step for clock in clocks for step in clock):
            self._states.setdefault(step.data_class, Counter())[step.state(self._now)] += 1
            self._titles[step.data_class] = step.title

    @property
    def all(self) -> tuple[DeletionsKept, ...]:
        in_order = sorted(self._states, key=self._titles.__getitem__)
        return tuple(_kept(self._titles[name], self._states[name]) for name in in_order)


def _kept(title: str, found: Mapping[DeletionState, int]) -> DeletionsKept:
    done, late = found.get(DeletionState.DONE, 0), found.get(DeletionState.DONE_LATE, 0)
    waiting, overdue = found.get(DeletionState.WAITING, 0), found.get(DeletionState.OVERDUE, 0)
    return DeletionsKept(title, done + late + waiting + overdue, done, late, waiting, overdue)
