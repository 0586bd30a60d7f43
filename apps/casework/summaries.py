"""What the scrutiny report reads: counts of deployments and of a period, in as many queries for one as for a
hundred. Lateness goes by `now`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.alerts import api as alerts
from apps.casework.data import (
    About,
    Answer,
    ArrestCounts,
    BreachCounts,
    BreachKind,
    BreachState,
    CaseCounts,
    CaseKind,
    CaseworkSummary,
    ComplaintCounts,
    ComplaintState,
    HoursData,
    HoursRole,
    LineData,
    Offence,
    PeriodCasework,
    RequestCounts,
    RequestKind,
    RequestState,
    Result,
    Risk,
)
from apps.casework.deadlines import DAY, end_of, is_told_of
from apps.casework.models import (
    ArrestResult,
    Complaint,
    DataBreach,
    HoursLine,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
from apps.core.clock import london


@dataclass(frozen=True, slots=True)
class BreachFacts:
    kind: BreachKind
    risk: Risk
    tell_by: datetime | None
    told_at: datetime | None
    reasoned: bool
    is_open: bool
    was_overdue: bool

    def is_overdue(self, now: datetime) -> bool:
        """To be told of, past its hours, neither told nor reasoned."""
        if self.tell_by is None or not is_told_of(kind=self.kind, risk=self.risk):
            return False
        return self.told_at is None and not self.reasoned and now > self.tell_by


def facts_of(row: DataBreach) -> BreachFacts:
    return _facts(
        row.kind, row.risk, row.tell_by, row.ico_told_at, row.ico_reason, row.state, row.was_overdue_at
    )


def _facts(
    kind: str,
    risk: str,
    by: datetime | None,
    told: datetime | None,
    reason: str,
    state: str,
    was_overdue_at: datetime | None,
) -> BreachFacts:
    is_open = state == BreachState.OPEN
    return BreachFacts(
        BreachKind(kind), Risk(risk), by, told, bool(reason), is_open, was_overdue_at is not None
    )


def of_deployments(*, deployment_ids: Collection[UUID], now: datetime) -> Mapping[UUID, CaseworkSummary]:
    """A row for each deployment that was asked for. Needs an open force context."""
    ids = tuple(dict.fromkeys(deployment_ids))
    hours, arrests, cases = _hours(ids), _arrests(ids), cases_of_deployments(ids, now)
    return {each: CaseworkSummary(each, hours.get(each), arrests[each], cases[each]) for each in ids}


def of_period(*, first: date, last: date, now: datetime) -> PeriodCasework:
    """Cases that came in on these days in London, whatever they are about. Hours and arrests are those of the
    deployments of the period: `of_deployments`."""
    return PeriodCasework(first, last, cases_of_period(first, last, now))


def totals(counts: CaseCounts) -> Mapping[CaseKind, int]:
    return {
        CaseKind.COMPLAINT: counts.complaints.total,
        CaseKind.BREACH: counts.breaches.total,
        CaseKind.REQUEST: counts.requests.total,
    }


def _hours(ids: Collection[UUID]) -> Mapping[UUID, HoursData]:
    latest: dict[UUID, HoursVersion] = {}
    for row in HoursVersion.objects.filter(deployment_id__in=ids).order_by("number"):
        latest[row.deployment_id] = row
    lines: dict[UUID, list[LineData]] = defaultdict(list)
    order = list(HoursRole)
    for line in HoursLine.objects.filter(version_id__in=[row.id for row in latest.values()]):
        lines[line.version_id].append(LineData(HoursRole(line.role), line.people, line.hours, line.cost))
    return {
        deployment_id: HoursData(
            version=row.number,
            recorded_at=row.recorded_at,
            lines=tuple(sorted(lines[row.id], key=lambda line: order.index(line.role))),
        )
        for deployment_id, row in latest.items()
    }


def latest_results(ids: Collection[UUID]) -> Mapping[UUID, Mapping[int, ArrestResult]]:
    """The version that holds, by deployment and number of the alert."""
    latest: dict[UUID, dict[int, ArrestResult]] = {each: {} for each in ids}
    for row in ArrestResult.objects.filter(deployment_id__in=ids).order_by("number"):
        latest[row.deployment_id][row.alert_number] = row
    return latest


def _arrests(ids: Collection[UUID]) -> Mapping[UUID, ArrestCounts]:
    found, latest = alerts.arrests(deployment_ids=ids), latest_results(ids)
    return {each: _arrest_counts(found[each], latest[each]) for each in ids}


def _arrest_counts(numbers: Collection[int], results: Mapping[int, ArrestResult]) -> ArrestCounts:
    known = [results[number] for number in numbers if number in results]
    on_purpose = sum(row.on_purpose for row in known)
    return ArrestCounts(
        total=len(numbers),
        by_result=Counter(Result(row.result) for row in known),
        by_offence=Counter(Offence(row.offence) for row in known),
        on_purpose=on_purpose,
        off_purpose=len(known) - on_purpose,
        without=tuple(number for number in numbers if number not in results),
    )


def cases_of_deployments(ids: Collection[UUID], now: datetime) -> Mapping[UUID, CaseCounts]:
    asked = Q(deployment_id__in=ids)
    rows = _Rows(asked, asked, asked)
    stated = _stated(asked)
    return {each: rows.counts(each, stated.get(each, {}), now) for each in ids}


def cases_of_period(first: date, last: date, now: datetime) -> CaseCounts:
    received = Q(received_on__gte=first, received_on__lte=last)
    aware = Q(became_aware_at__gte=end_of(first - DAY), became_aware_at__lt=end_of(last))
    # Said of these days and perhaps of more: who speaks for a year speaks for its months.
    stated = _stated(Q(deployment_id__isnull=True, first__lte=first, last__gte=last))
    return _Rows(received, aware, received, by_deployment=False).counts(None, stated.get(None, {}), now)


def _stated(asked: Q) -> Mapping[UUID | None, Mapping[CaseKind, datetime]]:
    found: dict[UUID | None, dict[CaseKind, datetime]] = defaultdict(dict)
    rows = NoneStatement.objects.filter(asked).order_by("recorded_at")
    for deployment_id, kind, at in rows.values_list("deployment_id", "kind", "recorded_at"):
        found[deployment_id][CaseKind(kind)] = at
    return found


class _Rows:
    """The cases that were asked for, read once, by deployment or all under None."""

    def __init__(self, complaints: Q, breaches: Q, requests: Q, *, by_deployment: bool = True) -> None:
        self._by_deployment = by_deployment
        self.complaints = self._group(
            Complaint.objects.filter(complaints).values_list("deployment_id", "state", "about")
        )
        self.breaches = self._group(
            DataBreach.objects.filter(breaches).values_list(
                "deployment_id",
                "kind",
                "risk",
                "tell_by",
                "ico_told_at",
                "ico_reason",
                "state",
                "was_overdue_at",
            )
        )
        self.requests = self._group(
            RightsRequest.objects.filter(requests).values_list(
                "deployment_id", "kind", "state", "due_on", "answered_on", "answer"
            )
        )

    def _group(self, rows: Iterable[tuple[Any, ...]]) -> dict[UUID | None, list[tuple[Any, ...]]]:
        found: dict[UUID | None, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            found[row[0] if self._by_deployment else None].append(row[1:])
        return found

    def counts(self, key: UUID | None, stated: Mapping[CaseKind, datetime], now: datetime) -> CaseCounts:
        complaints = self.complaints.get(key, [])
        return CaseCounts(
            complaints=ComplaintCounts(
                total=len(complaints),
                by_state=Counter(ComplaintState(state) for state, _ in complaints),
                by_about=Counter(About(about) for _, about in complaints),
                stated_none_at=stated.get(CaseKind.COMPLAINT),
            ),
            breaches=_breach_counts(self.breaches.get(key, []), stated.get(CaseKind.BREACH), now),
            requests=_request_counts(self.requests.get(key, []), stated.get(CaseKind.REQUEST), now),
        )


def _breach_counts(rows: list[tuple[Any, ...]], stated: datetime | None, now: datetime) -> BreachCounts:
    facts = [_facts(*row) for row in rows]
    told = [(each, each.told_at) for each in facts if each.told_at is not None and each.tell_by is not None]
    in_time = sum(each.tell_by is not None and at <= each.tell_by for each, at in told)
    return BreachCounts(
        total=len(facts),
        by_kind=Counter(each.kind for each in facts),
        open=sum(each.is_open for each in facts),
        told_in_time=in_time,
        told_late=len(told) - in_time,
        not_told=sum(each.tell_by is not None and each.told_at is None and each.reasoned for each in facts),
        overdue=sum(each.is_overdue(now) for each in facts),
        was_overdue=sum(each.was_overdue for each in facts),
        stated_none_at=stated,
    )


def _request_counts(rows: list[tuple[Any, ...]], stated: datetime | None, now: datetime) -> RequestCounts:
    today = london(now).date()
    return RequestCounts(
        total=len(rows),
        by_kind=Counter(RequestKind(kind) for kind, *_ in rows),
        by_answer=Counter(Answer(answer) for *_, answer in rows if answer),
        open=sum(state == RequestState.RECEIVED for _, state, *_ in rows),
        withdrawn=sum(state == RequestState.WITHDRAWN for _, state, *_ in rows),
        late=sum(on is not None and on > due for _, _, due, on, _ in rows),
        overdue=sum(state == RequestState.RECEIVED and due < today for _, state, due, *_ in rows),
        stated_none_at=stated,
    )
