"""Requests for access and other rights over information. Who asked is never known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.casework.data import Answer, CaseKind, RequestKind, RequestState, reference
from apps.casework.deadlines import due_on
from apps.casework.models import RightsRequest
from apps.casework.operations.complaints import ABOUT_WHAT, OWN_REFERENCE, WORDS
from apps.casework.operations.shared import add_step, next_number, of_force, record
from apps.casework.policies import check_works
from apps.casework.states import REQUESTS
from apps.casework.wording import check_reference, check_words, needed
from apps.core.clock import london
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated

KIND = CaseKind.REQUEST


@dataclass(frozen=True, slots=True)
class NewRequest:
    received_on: date
    kind: RequestKind
    own_reference: str = ""
    summary: str = ""
    deployment_id: UUID | None = None


@transaction.atomic
def enter_request(*, entered: NewRequest, actor: Actor, now: datetime) -> UUID:
    """Returns its id. Its last day is counted now and stored. Raises NotFound, NotPermitted, RuleViolated."""
    actor_id = check_works(actor)
    deployment = of_force(entered.deployment_id)
    check_reference(OWN_REFERENCE, entered.own_reference)
    check_words({ABOUT_WHAT: entered.summary})
    if entered.received_on > london(now).date():
        raise RuleViolated(["The day on which it came in is still to come."], code="received_on")
    row = RightsRequest.objects.create(
        number=next_number(KIND),
        deployment_id=entered.deployment_id,
        deployment_reference=deployment.reference if deployment else "",
        own_reference=entered.own_reference,
        summary=entered.summary.strip(),
        received_on=entered.received_on,
        kind=entered.kind,
        due_on=due_on(kind=entered.kind, received_on=entered.received_on),
        state=RequestState.RECEIVED,
        actor_id=actor_id,
        actor_label=actor.label,
        recorded_at=now,
    )
    add_step(KIND, row.id, step="record", words="", actor=actor, now=now)
    payload = {
        "reference": reference(KIND, row.number),
        "kind": str(entered.kind),
        "due_on": row.due_on.isoformat(),
    }
    record(actor, "request_entered", KIND, row.id, payload, now)
    return row.id


@transaction.atomic
def step_request(
    *,
    case_id: UUID,
    step: str,
    words: str,
    actor: Actor,
    now: datetime,
    answered_on: date | None = None,
    answer: Answer | None = None,
) -> RequestState:
    """Answer it (with day and result), note that it was withdrawn, or open it again.

    Raises NotFound, NotPermitted, InvalidTransition, RuleViolated.
    """
    check_works(actor)
    row = RightsRequest.objects.select_for_update().filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such request in this force")
    moved = REQUESTS.apply(step, current=RequestState(row.state), actor=actor)
    check_words({WORDS: words})
    if moved.target is RequestState.ANSWERED:
        _check_answer(row, answered_on, answer, now)
    elif problem := needed(WORDS, words):
        raise RuleViolated([problem], code="words")
    is_answered = moved.target is RequestState.ANSWERED
    row.state = moved.target
    row.answered_on = answered_on if is_answered else None
    row.answer = answer if is_answered and answer else ""
    row.closed_at = None if moved.target is RequestState.RECEIVED else now
    row.save(update_fields=["state", "answered_on", "answer", "closed_at"])
    add_step(KIND, row.id, step=step, words=words, actor=actor, now=now)
    payload = {
        "reference": reference(KIND, row.number),
        "state": str(moved.target),
        "answer": row.answer or None,
        "answered_on": answered_on.isoformat() if is_answered and answered_on else None,
    }
    record(actor, moved.audit_verb.removeprefix("casework."), KIND, row.id, payload, now)
    return moved.target


def _check_answer(row: RightsRequest, on: date | None, answer: Answer | None, now: datetime) -> None:
    if on is None or answer is None:
        raise RuleViolated(["Enter the day of the answer and its result."], code="answer")
    if not row.received_on <= on <= london(now).date():
        raise RuleViolated(
            ["The day of the answer is not before the request came in and not to come."], code="answered_on"
        )
