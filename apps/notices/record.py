"""The public record of a force (domain.md §7): what is published of each deployment, and what it adds up to.

All of it comes from published notices, so that nothing stands here that a notice does not say. Operations and
rehearsals are never summed together: in a rehearsal nobody was looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.clock import LONDON, london
from apps.core.errors import NotFound
from apps.notices.corrections import following
from apps.notices.data import NoticeStatus, OldResults, ResultRate, ResultsData
from apps.notices.models import Notice
from apps.notices.states import RECORDED

# What of a notice's content a row needs: the rest of it is the greater part.
CONTENT = ("reference", "place_name", "use_case", "rehearsal", "window_end")
LAST_YEAR = 9_998


@dataclass(frozen=True)
class RecordRow:
    """One deployment with published results; `rehearsal` is what its notice announced."""

    slug: str
    reference: str
    place: str
    status: NoticeStatus
    use_case: str
    rehearsal: bool
    window_start: datetime
    results: ResultsData
    old_results: tuple[OldResults, ...]

    @property
    def year(self) -> int:
        return london(self.window_start).year

    @property
    def began(self) -> datetime:
        return self.results.started_at or self.window_start

    def after(self, old: OldResults) -> ResultsData:
        """What took the place of old results."""
        return following(old, self.old_results, self.results)


@dataclass(frozen=True)
class CalledOffRow:
    """One deployment that was announced, and never began."""

    slug: str
    reference: str
    place: str
    status: NoticeStatus
    use_case: str
    rehearsal: bool
    window_start: datetime
    window_end: datetime

    @property
    def year(self) -> int:
        return london(self.window_start).year


@dataclass(frozen=True)
class AlertCounts:
    """What rates are worked out from: the parts of all alerts."""

    operator_rejected: int
    confirmed_true: int
    confirmed_false: int
    unresolved: int


@dataclass(frozen=True)
class Sums:
    """Over deployments with published results. `tracks` and the rate of faces leave out the rows without a
    published count, `uncounted` of them; `other_disposals` those that withhold it, `other_unknown`; where
    that is all of them, None and never 0. The unresolved are in no rate. `withheld`: what some of them do
    not publish."""

    deployments: int
    first: datetime | None
    tracks: int | None
    uncounted: int
    alerts: int
    operator_rejected: int
    confirmed_true: int
    confirmed_false: int
    unresolved: int
    false_of_alerts: ResultRate
    false_of_tracks: ResultRate | None
    engagements: int
    arrests: int
    other_disposals: int | None
    other_unknown: int
    no_action: int
    not_located: int
    corrected: int
    withheld: frozenset[str]


@dataclass(frozen=True)
class Record:
    """The latest first. `year` None: everything since the first deployment."""

    year: int | None
    rows: tuple[RecordRow, ...]
    called_off: tuple[CalledOffRow, ...]

    @property
    def operations(self) -> tuple[RecordRow, ...]:
        return tuple(row for row in self.rows if not row.rehearsal)

    @property
    def rehearsals(self) -> tuple[RecordRow, ...]:
        return tuple(row for row in self.rows if row.rehearsal)

    @property
    def years(self) -> tuple[int, ...]:
        found = {row.year for row in self.rows} | {row.year for row in self.called_off}
        return tuple(sorted(found, reverse=True))

    def newest(self, most: int) -> Record:
        """The latest of each kind."""
        rows = (*self.operations[:most], *self.rehearsals[:most])
        return Record(self.year, rows, self.called_off[:most])

    def of_year(self, year: int) -> Record:
        return Record(
            year,
            tuple(row for row in self.rows if row.year == year),
            tuple(row for row in self.called_off if row.year == year),
        )


# (the rate of alerts, the rate of tracks or None) of counts and tracks.
RatesOf = Callable[[AlertCounts, int], tuple[ResultRate, ResultRate | None]]
_rates: list[RatesOf] = []


def rates_by(function: RatesOf) -> None:
    """Told by scrutiny as it starts: board, record and results have their rates from one function of the
    alerts (domain.md §7), and this app stands beside them."""
    _rates[:] = [function]


def public_record(*, force_id: UUID, year: int | None = None) -> Record:
    """For anybody; one query. Raises NotFound for a year in which there was nothing."""
    shown = Notice.objects.filter(force_id=force_id, published_at__isnull=False, status__in=sorted(RECORDED))
    if year is not None:
        if not 1 < year <= LAST_YEAR:
            raise NotFound("there is no record of such a year")
        begin, end = (datetime(each, 1, 1, tzinfo=LONDON) for each in (year, year + 1))
        shown = shown.filter(window_start__gte=begin, window_start__lt=end)
    parts = ("slug", "status", "window_start", "results", "old_results")
    found = list(
        shown.order_by("-window_start", "-id").values(*parts, *(f"content__{each}" for each in CONTENT))
    )
    if year is not None and not found:
        raise NotFound("there is no record of such a year")
    return Record(
        year,
        tuple(_row(values) for values in found if values["results"] is not None),
        tuple(_called_off(values) for values in found if values["results"] is None),
    )


def _common(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "slug": values["slug"],
        "reference": values["content__reference"],
        "place": values["content__place_name"],
        "status": NoticeStatus(values["status"]),
        "use_case": values["content__use_case"],
        "rehearsal": values["content__rehearsal"],
        "window_start": values["window_start"],
    }


def _row(values: Mapping[str, Any]) -> RecordRow:
    return RecordRow(
        **_common(values),
        results=ResultsData.from_snapshot(values["results"]),
        old_results=tuple(OldResults.from_snapshot(each) for each in values["old_results"]),
    )


def _called_off(values: Mapping[str, Any]) -> CalledOffRow:
    return CalledOffRow(**_common(values), window_end=datetime.fromisoformat(values["content__window_end"]))


def sums(rows: Sequence[RecordRow]) -> Sums:
    found = [row.results for row in rows]
    counted = [each for each in found if each.tracks is not None]
    tracks = _added([each.tracks for each in found])
    names = ("alerts", "operator_rejected", "confirmed_true", "confirmed_false", "unresolved", "engagements")
    more = ("arrests", "no_action", "not_located")
    return Sums(
        deployments=len(rows),
        first=min((row.began for row in rows), default=None),
        tracks=tracks,
        uncounted=len(found) - len(counted),
        **{name: sum(getattr(each, name) for each in found) for name in (*names, *more)},
        false_of_alerts=_rates[0](_counts(found), 0)[0],
        false_of_tracks=_rates[0](_counts(counted), tracks or 0)[1],
        other_disposals=_added([each.other_disposals for each in found]),
        other_unknown=sum(each.other_disposals is None for each in found),
        corrected=sum(bool(row.old_results) for row in rows),
        withheld=frozenset(name for each in found for name in each.withheld),
    )


def _added(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known or not numbers else None


def _counts(found: Iterable[ResultsData]) -> AlertCounts:
    several = list(found)
    return AlertCounts(
        operator_rejected=sum(each.operator_rejected for each in several),
        confirmed_true=sum(each.confirmed_true for each in several),
        confirmed_false=sum(each.confirmed_false for each in several),
        unresolved=sum(each.unresolved for each in several),
    )
