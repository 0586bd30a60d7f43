"""A case as a row of a list: its words, and whether it is past its time."""

from __future__ import annotations

from datetime import date, datetime

from apps.casework.data import (
    ABOUT_LABELS,
    ANSWER_LABELS,
    BREACH_LABELS,
    COMPLAINT_STATE_LABELS,
    REQUEST_LABELS,
    About,
    Answer,
    BreachKind,
    BreachState,
    CaseKind,
    ComplaintState,
    RequestKind,
    RequestState,
    Risk,
    reference,
)
from apps.casework.deadlines import is_told_of
from apps.casework.models import Case, Complaint, DataBreach, RightsRequest
from apps.casework.page_data import CaseRow
from apps.casework.states import OPEN_COMPLAINTS
from apps.casework.summaries import facts_of
from apps.core.clock import london
from apps.core.wording import say_moment


def say_day(day: date) -> str:
    """For instance "4 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def _row(
    kind: CaseKind,
    row: Case,
    *,
    what: str,
    state: str,
    is_open: bool,
    came: str,
    due: str = "",
    is_overdue: bool = False,
) -> CaseRow:
    return CaseRow(
        kind=kind,
        id=row.id,
        number=row.number,
        reference=reference(kind, row.number),
        what=what,
        state=state,
        is_open=is_open,
        came=came,
        due=due,
        is_overdue=is_overdue,
        deployment_reference=row.deployment_reference,
        deployment_id=row.deployment_id,
    )


def complaint_row(row: Complaint) -> CaseRow:
    state = ComplaintState(row.state)
    return _row(
        CaseKind.COMPLAINT,
        row,
        what=ABOUT_LABELS[About(row.about)],
        state=COMPLAINT_STATE_LABELS[state],
        is_open=state in OPEN_COMPLAINTS,
        came=say_day(row.received_on),
    )


def breach_row(row: DataBreach, now: datetime) -> CaseRow:
    kind, risk = BreachKind(row.kind), Risk(row.risk)
    is_open = row.state == BreachState.OPEN
    return _row(
        CaseKind.BREACH,
        row,
        what=BREACH_LABELS[kind],
        state="Open" if is_open else "Closed",
        is_open=is_open,
        came=say_moment(row.became_aware_at),
        due=_tell_words(row, is_told=is_told_of(kind=kind, risk=risk)),
        is_overdue=facts_of(row).is_overdue(now),
    )


def _tell_words(row: DataBreach, *, is_told: bool) -> str:
    if row.ico_told_at is not None:
        late = row.tell_by is not None and row.ico_told_at > row.tell_by
        return f"Commissioner told {say_moment(row.ico_told_at)}{', late' if late else ''}"
    if row.ico_reason:
        return "Commissioner not told, with reasons"
    if row.tell_by is None or not is_told:
        return ""
    return f"Tell the Commissioner by {say_moment(row.tell_by)}"


def request_row(row: RightsRequest, now: datetime) -> CaseRow:
    state = RequestState(row.state)
    is_open = state is RequestState.RECEIVED
    return _row(
        CaseKind.REQUEST,
        row,
        what=REQUEST_LABELS[RequestKind(row.kind)],
        state=_request_state(row, state),
        is_open=is_open,
        came=say_day(row.received_on),
        due=f"Answer by {say_day(row.due_on)}" if is_open else "",
        is_overdue=is_open and row.due_on < london(now).date(),
    )


def _request_state(row: RightsRequest, state: RequestState) -> str:
    if state is RequestState.ANSWERED and row.answered_on is not None:
        late = ", late" if row.answered_on > row.due_on else ""
        return f"{ANSWER_LABELS[Answer(row.answer)]}, {say_day(row.answered_on)}{late}"
    return "Withdrawn" if state is RequestState.WITHDRAWN else "Open"
