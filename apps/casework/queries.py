"""What the pages of casework read, in a fixed number of queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from apps.alerts import api as alerts
from apps.casework.data import (
    CASE_WORDS,
    OFFENCE_LABELS,
    RESULT_LABELS,
    BreachState,
    CaseKind,
    HoursRole,
    LineData,
    Offence,
    RequestState,
    Result,
)
from apps.casework.models import (
    ArrestResult,
    CaseStep,
    Complaint,
    DataBreach,
    HoursLine,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
from apps.casework.page_data import (
    ArrestRow,
    ArrestVersionRow,
    Board,
    CaseRow,
    ClassRow,
    DeploymentPage,
    HoursVersionRow,
    MissingRow,
    StepRow,
)
from apps.casework.rows import breach_row, complaint_row, request_row
from apps.casework.states import OPEN_COMPLAINTS, STEP_LABELS
from apps.casework.summaries import latest_results
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S

# Those that began: before that there is nothing to record of the day.
BEGAN = frozenset({S.LIVE, S.SUSPENDED, S.ENDED, S.REVIEWED, S.RESULTS_PUBLISHED})
PAGE_SIZE = 25
M = TypeVar("M", bound=Model)


def board(*, now: datetime, before: str | None = None, after: str | None = None) -> Board:
    """Open cases, those past their time apart, and the latest deployments with what is not recorded."""
    found = [complaint_row(row) for row in Complaint.objects.filter(state__in=sorted(OPEN_COMPLAINTS))]
    found += [breach_row(row, now) for row in DataBreach.objects.filter(state=BreachState.OPEN)]
    found += [request_row(row, now) for row in RightsRequest.objects.filter(state=RequestState.RECEIVED)]
    page = deployments.list_page(states=BEGAN, limit=PAGE_SIZE, before=before, after=after)
    ids = [each.id for each in page.items]
    with_hours = set(
        HoursVersion.objects.filter(deployment_id__in=ids, number=1).values_list("deployment_id", flat=True)
    )
    arrests, results = alerts.arrests(deployment_ids=ids), latest_results(ids)
    return Board(
        overdue=tuple(row for row in found if row.is_overdue),
        open=tuple(row for row in found if not row.is_overdue),
        deployments=tuple(
            MissingRow(
                deployment=each,
                hours_recorded=each.id in with_hours,
                arrests=len(arrests[each.id]),
                without=sum(number not in results[each.id] for number in arrests[each.id]),
            )
            for each in page.items
        ),
        older=page.before,
        newer=page.after,
    )


def cases(*, kind: CaseKind, below: int | None, now: datetime) -> tuple[tuple[CaseRow, ...], int | None]:
    """A page of all cases of a class, the latest first, and the number below which the next one begins."""
    rows = _of_kind(kind, _page(_rows_of(kind), below), now)
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].number if len(rows) > PAGE_SIZE else None


def _rows_of(kind: CaseKind) -> QuerySet[Any]:
    models = {
        CaseKind.COMPLAINT: Complaint.objects,
        CaseKind.BREACH: DataBreach.objects,
        CaseKind.REQUEST: RightsRequest.objects,
    }
    found: QuerySet[Any] = models[kind].all()
    return found


def _page(rows: QuerySet[M], below: int | None) -> QuerySet[M]:
    rows = rows if below is None else rows.filter(number__lt=below)
    return rows.order_by("-number")[: PAGE_SIZE + 1]


def _of_kind(kind: CaseKind, rows: Iterable[Any], now: datetime) -> tuple[CaseRow, ...]:
    if kind is CaseKind.COMPLAINT:
        return tuple(complaint_row(row) for row in rows)
    make = breach_row if kind is CaseKind.BREACH else request_row
    return tuple(make(row, now) for row in rows)


def deployment_page(*, deployment_id: UUID, now: datetime) -> DeploymentPage:
    """Everything that was recorded about one deployment. Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    stated: dict[CaseKind, datetime] = {}
    statements = NoneStatement.objects.filter(deployment_id=deployment_id)
    for kind, at in statements.order_by("recorded_at").values_list("kind", "recorded_at"):
        stated[CaseKind(kind)] = at
    classes = []
    for kind in CaseKind:
        rows = _rows_of(kind).filter(deployment_id=deployment_id).order_by("-number")
        found = _of_kind(kind, rows, now)
        classes.append(ClassRow(kind, CASE_WORDS[kind], len(found), stated.get(kind), found))
    return DeploymentPage(deployment, _hours(deployment_id), _arrests(deployment_id), tuple(classes))


def _hours(deployment_id: UUID) -> tuple[HoursVersionRow, ...]:
    lines: dict[UUID, list[LineData]] = defaultdict(list)
    order = list(HoursRole)
    for line in HoursLine.objects.filter(version__deployment_id=deployment_id):
        lines[line.version_id].append(LineData(HoursRole(line.role), line.people, line.hours, line.cost))
    return tuple(
        HoursVersionRow(
            number=row.number,
            reason=row.reason,
            by=row.actor_label,
            at=row.recorded_at,
            lines=tuple(sorted(lines[row.id], key=lambda line: order.index(line.role))),
        )
        for row in HoursVersion.objects.filter(deployment_id=deployment_id).order_by("number")
    )


def _arrests(deployment_id: UUID) -> tuple[ArrestRow, ...]:
    """Each arrest with every version of its result, the first one first."""
    versions: dict[int, list[ArrestVersionRow]] = defaultdict(list)
    for row in ArrestResult.objects.filter(deployment_id=deployment_id).order_by("number"):
        versions[row.alert_number].append(_arrest_version(row))
    numbers = alerts.arrests(deployment_ids=[deployment_id])[deployment_id]
    return tuple(ArrestRow(number, tuple(versions[number])) for number in numbers)


def _arrest_version(row: ArrestResult) -> ArrestVersionRow:
    return ArrestVersionRow(
        number=row.number,
        result=RESULT_LABELS[Result(row.result)],
        result_code=row.result,
        decided_on=row.decided_on,
        offence=OFFENCE_LABELS[Offence(row.offence)],
        offence_code=row.offence,
        on_purpose=row.on_purpose,
        reason=row.reason,
        by=row.actor_label,
        at=row.recorded_at,
    )


def steps_of(kind: CaseKind, case_id: UUID) -> tuple[StepRow, ...]:
    rows = CaseStep.objects.filter(kind=kind, case_id=case_id).order_by("recorded_at", "id")
    return tuple(
        StepRow(STEP_LABELS[row.step], row.words, row.actor_label, row.recorded_at, bool(row.no_part))
        for row in rows
    )
