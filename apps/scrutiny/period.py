"""The deployments of a time, one a row in the columns of domain.md §7, and what they add up to (§8). No name
of anybody, and no face. A constant number of queries, whatever the time.

Operations and rehearsals are never summed together: in a rehearsal nobody was looked for. What never began
has no numbers, and is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.api import FalseAlerts
from apps.alerts.data import AlertSummary
from apps.core.clock import london
from apps.core.wording import say_duration
from apps.deployments import api as deployments
from apps.deployments.api import Reported
from apps.deployments.data import GapData
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.live import api as live
from apps.live.api import Counted
from apps.notices import api as notices
from apps.notices.data import DeletionState, DeletionStep
from apps.scrutiny.data import covered_seconds, notice_before, plain
from apps.scrutiny.exceptions import Period, say_deleted
from apps.scrutiny.queries import RECORDED
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

# Ten years of ten times the force that deploys most. Measured with 20,300 and their alerts: 145 MiB at most
# while a file is made, half of them to hash it, and 3 MiB of CSV; 15 MiB with ten years of that force.
MOST = 25_000
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class PeriodRow:
    """One deployment that began. `watchlist`: people looked for, at the seal. `tracks` None: nothing counted.
    `notice` None: nobody saw it from outside before the start. `is_short`: less of it than the minimum.
    `log_deleted`: by the schedule, so that its alerts are not 0 but not here, and in no sum."""

    reference: str
    place: str
    date: date
    started_at: datetime
    ended_at: datetime | None
    use_case: str
    watchlist: int
    threshold: float
    tracks: int | None
    alerts: AlertSummary
    notice: timedelta | None
    is_short: bool
    blind_s: float
    log_deleted: bool = False

    @property
    def notice_words(self) -> str:
        return "none that was seen from outside" if self.notice is None else say_duration(self.notice)


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


@dataclass(frozen=True)
class PeriodReport:
    """`rehearsals`: whether it is of these, or of operations; `others` how many there are of the other kind.
    `not_begun` counts by state. `summed` is of all rows; `false` of the tracks leaves out the rows without
    a count, `uncounted` of them. `shortest` and `median` notice are of the rows where somebody saw it.
    `deleted`: what the time had besides, and the schedule has deleted; `without_log` of the rows have no
    alerts here any more."""

    force: str
    period: Period
    rows: tuple[PeriodRow, ...]
    rehearsals: bool
    others: int
    not_begun: tuple[tuple[str, int], ...]
    summed: AlertSummary
    false: FalseAlerts
    tracks: int
    uncounted: int
    short: int
    shortest: timedelta | None
    median: timedelta | None
    deletions: tuple[DeletionsKept, ...]
    ran_s: float
    blind_s: float
    deleted: deployments.Deleted
    without_log: int

    @property
    def deleted_words(self) -> str:
        return say_deleted(self.deleted)

    @property
    def left_out(self) -> str:
        return alerts.say_left_out(unresolved=self.summed.unresolved, alerts=self.summed.alerts)


@dataclass(frozen=True)
class PeriodRead:
    """What an officer decided on, of one kind, as it was read once; `others` of the other kind. Lists, gaps
    and counters are of those that `begun`."""

    period: Period
    rehearsals: bool
    of_kind: Sequence[Reported]
    others: int
    begun: Sequence[Reported]
    lists: Mapping[UUID, WatchlistData]
    gaps: Mapping[UUID, Sequence[GapData]]
    counted: Mapping[UUID, Counted]


def read_period(period: Period, *, rehearsals: bool, most: int = MOST) -> PeriodRead:
    """Of the open force, by the day the window starts, the latest first. Raises RuleViolated for more than
    `most`."""
    found = deployments.reported(states=RECORDED, start=period.start, end=period.end, most=most)
    of_kind = [each for each in found if each.rehearsal is rehearsals]
    begun = [each for each in of_kind if each.started_at is not None]
    ids = [each.id for each in begun]
    return PeriodRead(
        period=period,
        rehearsals=rehearsals,
        of_kind=of_kind,
        others=len(found) - len(of_kind),
        begun=begun,
        lists=watchlists.get_for_deployments(deployment_ids=ids),
        gaps=deployments.gaps_of(deployment_ids=ids),
        counted=live.counted(deployment_ids=ids),
    )


def period_report(
    *, force: ForceData, period: Period, now: datetime, rehearsals: bool = False, most: int = MOST
) -> PeriodReport:
    """Of the open force: its operations, or its rehearsals. Raises RuleViolated for more than `most`."""
    return report_of(read_period(period, rehearsals=rehearsals, most=most), force=force, now=now)


def report_of(read: PeriodRead, *, force: ForceData, now: datetime) -> PeriodReport:
    """What was read, row by row and summed."""
    period, rehearsals = read.period, read.rehearsals
    # Also of what never began: its list was there, and had to be deleted.
    clocks = notices.deletions_of(deployment_ids=[each.id for each in read.of_kind])
    rows = _rows(force, read)
    seen = [row.notice for row in rows if row.notice is not None]
    return PeriodReport(
        force=force.name,
        period=period,
        rows=tuple(rows),
        rehearsals=rehearsals,
        others=read.others,
        not_begun=_by_state(each for each in read.of_kind if each.started_at is None),
        **_counted(rows),
        short=sum(row.is_short for row in rows),
        shortest=min(seen, default=None),
        median=timedelta(seconds=median(each.total_seconds() for each in seen)) if seen else None,
        deletions=_deletions(clocks.values(), now),
        ran_s=sum(((row.ended_at or now) - row.started_at).total_seconds() for row in rows),
        blind_s=sum(row.blind_s for row in rows),
        deleted=deployments.deleted_between(start=period.start, end=period.end, rehearsals=rehearsals),
        without_log=sum(row.log_deleted for row in rows),
    )


def _counted(rows: Sequence[PeriodRow]) -> dict[str, Any]:
    """The alerts of all rows that have them; those of tracks leave out the rows that nobody counted tracks
    for."""
    logged = [row for row in rows if not row.log_deleted]
    summed, counted = _sum(row.alerts for row in logged), [row for row in rows if row.tracks is not None]
    tracks = sum(row.tracks or 0 for row in counted)
    both = [row for row in counted if not row.log_deleted]
    of_tracks = alerts.false_alert_rates(
        _sum(row.alerts for row in both), tracks=sum(row.tracks or 0 for row in both)
    )
    of_alerts = alerts.false_alert_rates(summed, tracks=0).of_alerts
    return {
        "summed": summed,
        "false": replace(of_tracks, of_alerts=of_alerts),
        "tracks": tracks,
        "uncounted": len(rows) - len(counted),
    }


def _rows(force: ForceData, read: PeriodRead) -> list[PeriodRow]:
    summaries = alerts.summaries(deployment_ids=[each.id for each in read.begun])
    bound = forces.settings_of(force=force, versions={each.settings_version for each in read.begun})
    rows = []
    for each in read.begun:
        listed = read.lists.get(each.id)
        spans = [(gap.started_at, gap.ended_at) for gap in read.gaps.get(each.id, [])]
        rows.append(
            _row(
                each,
                bound[each.settings_version],
                read.counted.get(each.id),
                summaries[each.id],
                watchlist=listed.sealed_subjects - listed.sealed_volunteers if listed else 0,
                blind_s=covered_seconds(spans),
            )
        )
    return rows


def _row(
    deployment: Reported,
    rules: ForceData,
    counted: Counted | None,
    summary: AlertSummary,
    *,
    watchlist: int,
    blind_s: float,
) -> PeriodRow:
    started, seen = deployment.started_at, deployment.notice_verified_at
    if started is None:
        raise AssertionError("only what began has a row")
    minimum = None if seen is None else deployments.earliest_start(seen, rules.notice_minimum_days)
    return PeriodRow(
        reference=deployment.reference,
        place=deployment.place_name,
        date=london(started).date(),
        started_at=started,
        ended_at=deployment.ended_at,
        use_case=str(deployment.use_case).replace("_", " "),
        watchlist=watchlist,
        threshold=deployment.threshold,
        tracks=None if counted is None else counted.tracks,
        alerts=summary,
        notice=notice_before(started_at=started, seen_at=seen),
        is_short=minimum is None or started < minimum,
        blind_s=blind_s,
        log_deleted=deployment.log_deleted_at is not None,
    )


def _sum(summaries: Iterable[AlertSummary]) -> AlertSummary:
    names = [field.name for field in fields(AlertSummary) if field.name != "deployment_id"]
    found = dict.fromkeys(names, 0)
    for summary in summaries:
        for name in names:
            found[name] += getattr(summary, name)
    return AlertSummary(deployment_id=NOBODY, **found)


def as_json(found: PeriodReport) -> dict[str, object]:
    """JSON values only, the same numbers as on the page; times without a date in seconds."""
    values = plain(found)
    if not isinstance(values, dict):
        raise TypeError("a report is a mapping in JSON")
    del values["summed"]["deployment_id"]  # a sum is of no deployment
    for row in values["rows"]:
        if row["log_deleted"]:
            row["alerts"] = None
    return values


def _by_state(found: Iterable[Reported]) -> tuple[tuple[str, int], ...]:
    counts = Counter(str(each.state).replace("_", " ") for each in found)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _deletions(clocks: Iterable[Sequence[DeletionStep]], now: datetime) -> tuple[DeletionsKept, ...]:
    states: dict[str, Counter[DeletionState]] = {}
    titles: dict[str, str] = {}
    for step in (step for clock in clocks for step in clock):
        states.setdefault(step.data_class, Counter())[step.state(now)] += 1
        titles[step.data_class] = step.title
    return tuple(_kept(titles[name], states[name]) for name in sorted(states, key=titles.__getitem__))


def _kept(title: str, found: Mapping[DeletionState, int]) -> DeletionsKept:
    done, late = found.get(DeletionState.DONE, 0), found.get(DeletionState.DONE_LATE, 0)
    waiting, overdue = found.get(DeletionState.WAITING, 0), found.get(DeletionState.OVERDUE, 0)
    return DeletionsKept(title, done + late + waiting + overdue, done, late, waiting, overdue)
