"""The deployments of a time, one a row in the columns of domain.md §7, and what they add up to (§8). No name
of anybody, and no face. A constant number of queries for AT_ONCE deployments, and again for each so many.

Operations and rehearsals are never summed together: in a rehearsal nobody was looked for. What never began
has no numbers, and is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.api import FalseAlerts
from apps.alerts.data import AlertSummary
from apps.core.clock import london
from apps.core.json_text import Each
from apps.deployments import api as deployments
from apps.deployments.api import Reported
from apps.deployments.data import GapData
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.live import api as live
from apps.live.api import Counted
from apps.notices import api as notices
from apps.scrutiny.data import covered_seconds, notice_before, plain
from apps.scrutiny.exceptions import Period, say_deleted
from apps.scrutiny.period_rows import PackedRows, PeriodRow
from apps.scrutiny.period_sums import Deletions, DeletionsKept, Sums
from apps.scrutiny.queries import RECORDED
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

# Ten years of ten times the force that deploys most (ADR 25 has what that costs).
MOST = 25_000
# Read together, in one round of queries: ten years of the force that deploys most are one part.
AT_ONCE = 2_500


@dataclass(frozen=True)
class PeriodReport:
    """`rehearsals`: whether it is of these, or of operations; `others` how many there are of the other kind.
    `not_begun` counts by state. `summed` is of all rows; `false` of the tracks leaves out the rows without
    a count, `uncounted` of them. `shortest` and `median` notice are of the rows where somebody saw it.
    `deleted`: what the time had besides, and the schedule has deleted; `without_log` of the rows have no
    alerts here any more."""

    force: str
    period: Period
    rows: PackedRows
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
    """All at once, for who needs more of each than a row. Raises RuleViolated for more than `most`."""
    (read,) = read_in_parts(period, rehearsals=rehearsals, most=most, at_once=most + 1)
    return read


def read_in_parts(period: Period, *, rehearsals: bool, most: int, at_once: int) -> Iterator[PeriodRead]:
    """Of the open force, by the day the window starts, the latest first. Raises RuleViolated for more than
    `most`."""
    every = deployments.reported(
        states=RECORDED, start=period.start, end=period.end, most=most, at_once=at_once
    )
    for found in every:
        of_kind = [each for each in found if each.rehearsal is rehearsals]
        begun = [each for each in of_kind if each.started_at is not None]
        ids = [each.id for each in begun]
        yield PeriodRead(
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
    *,
    force: ForceData,
    period: Period,
    now: datetime,
    rehearsals: bool = False,
    most: int = MOST,
    at_once: int = AT_ONCE,
) -> PeriodReport:
    """Of the open force: its operations, or its rehearsals. Raises RuleViolated for more than `most`."""
    parts = read_in_parts(period, rehearsals=rehearsals, most=most, at_once=at_once)
    return report_of(parts, force=force, period=period, rehearsals=rehearsals, now=now)


def report_of(
    parts: Iterable[PeriodRead], *, force: ForceData, period: Period, rehearsals: bool, now: datetime
) -> PeriodReport:
    """What was read, row by row and summed; no more than a part of it is open at a time."""
    sums, others = Sums(now), 0
    not_begun: Counter[str] = Counter()
    kept = Deletions(now)
    for read in parts:
        others += read.others
        not_begun.update(
            str(each.state).replace("_", " ") for each in read.of_kind if each.started_at is None
        )
        # Also of what never began: its list was there, and had to be deleted.
        kept.add(notices.deletions_of(deployment_ids=[each.id for each in read.of_kind]).values())
        for row in _rows(force, read):
            sums.add(row)
    return PeriodReport(
        force=force.name,
        period=period,
        rehearsals=rehearsals,
        others=others,
        not_begun=tuple(sorted(not_begun.items(), key=lambda pair: (-pair[1], pair[0]))),
        deletions=kept.all,
        deleted=deployments.deleted_between(start=period.start, end=period.end, rehearsals=rehearsals),
        **sums.as_fields(),
    )


def _rows(force: ForceData, read: PeriodRead) -> Iterator[PeriodRow]:
    """Without what the schedule deleted since it was read: that is in no number, and is said."""
    summaries = alerts.summaries(deployment_ids=[each.id for each in read.begun])
    bound = forces.settings_of(force=force, versions={each.settings_version for each in read.begun})
    kept = deployments.logs_kept(deployment_ids=summaries.keys())
    for each in read.begun:
        if each.id not in kept:
            continue
        listed = read.lists.get(each.id)
        spans = [(gap.started_at, gap.ended_at) for gap in read.gaps.get(each.id, [])]
        yield _row(
            each,
            bound[each.settings_version],
            read.counted.get(each.id),
            summaries[each.id],
            watchlist=listed.sealed_subjects - listed.sealed_volunteers if listed else 0,
            blind_s=covered_seconds(spans),
            log_deleted=not kept[each.id],
        )


def _row(
    deployment: Reported,
    rules: ForceData,
    counted: Counted | None,
    summary: AlertSummary,
    *,
    watchlist: int,
    blind_s: float,
    log_deleted: bool,
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
        log_deleted=log_deleted,
    )


def as_json(found: PeriodReport) -> dict[str, object]:
    """JSON values only, the same numbers as on the page, the rows one by one; times without a date in
    seconds."""
    values = plain(replace(found, rows=PackedRows()))
    if not isinstance(values, dict):
        raise TypeError("a report is a mapping in JSON")
    del values["summed"]["deployment_id"]  # a sum is of no deployment
    return values | {"rows": Each(lambda: map(_of_program, found.rows.plain()))}


def _of_program(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"alerts": None} if row["log_deleted"] else row
