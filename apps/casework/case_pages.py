"""The page of one case: what came in, what was done, and which steps somebody may take now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.casework.data import (
    ABOUT_LABELS,
    HOW_LABELS,
    RISK_LABELS,
    About,
    BreachKind,
    BreachState,
    CaseKind,
    ComplaintState,
    How,
    RequestKind,
    RequestState,
    Risk,
)
from apps.casework.models import Case, Complaint, DataBreach, RightsRequest
from apps.casework.page_data import BreachPage, CasePage, CaseRow, RequestPage
from apps.casework.policies import can_judge
from apps.casework.queries import steps_of
from apps.casework.rows import breach_row, complaint_row, request_row, say_day
from apps.casework.states import BREACHES, COMPLAINTS, ENDS, JUDGES, REQUESTS
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.wording import say_moment
from apps.deployments import api as deployments

NOT_YOURS = (
    "You had a duty on this deployment, so somebody else decides whether the complaint is upheld, not upheld"
    " or resolved."
)


def complaint_page(*, case_id: UUID, actor: Actor) -> CasePage:
    """Raises NotFound."""
    row = Complaint.objects.filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such complaint in this force")
    state = ComplaintState(row.state)
    can = {step.name for step in COMPLAINTS if COMPLAINTS.allows(step.name, current=state, actor=actor)}
    refusal = ""
    duties = deployments.duties(deployment_id=row.deployment_id) if row.deployment_id else []
    if can & JUDGES and not can_judge(actor, duties):
        can, refusal = can - JUDGES, NOT_YOURS
    alert = str(row.alert_number) if row.alert_number else ""
    own = [
        ("Received on", say_day(row.received_on)),
        ("How", HOW_LABELS[How(row.how)]),
        ("About", ABOUT_LABELS[About(row.about)]),
        ("Alert", alert),
    ]
    asks = row.deployment_id is None and bool(can & ENDS)
    return replace(_page(complaint_row(row), row, own, frozenset(can), refusal), asks_part=asks)


def breach_page(*, case_id: UUID, actor: Actor, now: datetime) -> BreachPage:
    """Raises NotFound."""
    row = DataBreach.objects.filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such breach in this force")
    state = BreachState(row.state)
    can = {step.name for step in BREACHES if BREACHES.allows(step.name, current=state, actor=actor)}
    if state is BreachState.OPEN:
        can.add("update")
    own = [
        ("Became aware", say_moment(row.became_aware_at)),
        ("Risk", RISK_LABELS[Risk(row.risk)]),
        ("Commissioner", breach_row(row, now).due or "Need not be told"),
        ("Past the 72 hours", _was_overdue_words(row)),
        ("Why not, or why late", row.ico_reason),
        ("People concerned", _people_words(row)),
        ("What was done", row.measures),
    ]
    return BreachPage(
        page=_page(breach_row(row, now), row, own, frozenset(can)),
        kind=BreachKind(row.kind),
        risk=Risk(row.risk),
        became_aware_at=row.became_aware_at,
        tell_by=row.tell_by,
        ico_told_at=row.ico_told_at,
        ico_reason=row.ico_reason,
        people_told=row.people_told,
        people_reason=row.people_reason,
        measures=row.measures,
    )


def _was_overdue_words(row: DataBreach) -> str:
    at = row.was_overdue_at
    return f"Overdue when the risk was lowered, {say_moment(at)}" if at else ""


def _people_words(row: DataBreach) -> str:
    if row.people_told is None:
        return "Not recorded"
    told = "Told" if row.people_told else "Not told"
    return f"{told}: {row.people_reason}" if row.people_reason else told


def request_page(*, case_id: UUID, actor: Actor, now: datetime) -> RequestPage:
    """Raises NotFound."""
    row = RightsRequest.objects.filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such request in this force")
    state = RequestState(row.state)
    can = {step.name for step in REQUESTS if REQUESTS.allows(step.name, current=state, actor=actor)}
    own = [("Received on", say_day(row.received_on)), ("Last day for an answer", say_day(row.due_on))]
    page = _page(request_row(row, now), row, own, frozenset(can))
    return RequestPage(page=page, kind=RequestKind(row.kind), due_on=row.due_on)


def _page(
    shown: CaseRow, row: Case, own: list[tuple[str, str]], can: frozenset[str], refusal: str = ""
) -> CasePage:
    facts = [
        ("State", shown.state),
        *own,
        ("The force's case reference", row.own_reference),
        ("In words", row.summary),
    ]
    return CasePage(
        row=shown,
        facts=tuple((label, words) for label, words in facts if words),
        steps=steps_of(CaseKind(shown.kind), row.id),
        can=can,
        refusal=refusal,
    )
