"""Complaints: what came in, and each step of it. Who complained is never known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.casework.data import About, CaseKind, ComplaintState, How, reference
from apps.casework.models import Complaint
from apps.casework.operations.shared import add_step, begun, check_alert, next_number, record
from apps.casework.policies import check_judges, check_no_part, check_works
from apps.casework.states import COMPLAINTS, ENDS, OPEN_COMPLAINTS
from apps.casework.wording import check_reference, check_words, needed
from apps.core.clock import london
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.deployments import api as deployments

KIND = CaseKind.COMPLAINT
OWN_REFERENCE, ABOUT_WHAT, WORDS = "The force's case reference", "What it is about, in words", "In words"


@dataclass(frozen=True, slots=True)
class NewComplaint:
    received_on: date
    how: How
    about: About
    own_reference: str = ""
    summary: str = ""
    deployment_id: UUID | None = None
    alert_number: int | None = None


@transaction.atomic
def enter_complaint(*, entered: NewComplaint, actor: Actor, now: datetime) -> UUID:
    """Returns its id. Raises NotFound, NotPermitted, RuleViolated."""
    actor_id = check_works(actor)
    deployment = begun(entered.deployment_id)
    check_alert(entered.deployment_id, entered.alert_number)
    check_reference(OWN_REFERENCE, entered.own_reference)
    check_words({ABOUT_WHAT: entered.summary})
    if entered.received_on > london(now).date():
        raise RuleViolated(["The day on which it came in is still to come."], code="received_on")
    row = Complaint.objects.create(
        number=next_number(KIND),
        deployment_id=entered.deployment_id,
        deployment_reference=deployment.reference if deployment else "",
        alert_number=entered.alert_number,
        own_reference=entered.own_reference,
        summary=entered.summary.strip(),
        received_on=entered.received_on,
        how=entered.how,
        about=entered.about,
        state=ComplaintState.RECEIVED,
        actor_id=actor_id,
        actor_label=actor.label,
        recorded_at=now,
    )
    add_step(KIND, row.id, step="record", words="", actor=actor, now=now)
    payload = {"reference": reference(KIND, row.number), "about": str(entered.about)}
    record(actor, "complaint_entered", KIND, row.id, payload, now)
    return row.id


@transaction.atomic
def step_complaint(
    *, case_id: UUID, step: str, words: str, actor: Actor, now: datetime, no_part: bool = False
) -> ComplaintState:
    """Take a step of the table. Every step has words: of a result, what was found. `no_part`: whoever ends it
    says that they had no part in what it is about; asked where no deployment says who had one.

    Raises NotFound, NotPermitted, InvalidTransition, RuleViolated.
    """
    check_works(actor)
    row = Complaint.objects.select_for_update().filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such complaint in this force")
    moved = COMPLAINTS.apply(step, current=ComplaintState(row.state), actor=actor)
    if step in ENDS and row.deployment_id is not None:
        check_judges(actor, deployments.duties(deployment_id=row.deployment_id))
    is_asked = step in ENDS and row.deployment_id is None
    if is_asked:
        check_no_part(no_part)
    check_words({WORDS: words})
    if step != "begin_review" and (problem := needed(WORDS, words)):
        raise RuleViolated([problem], code="words")
    row.state = moved.target
    row.closed_at = None if moved.target in OPEN_COMPLAINTS else now
    row.save(update_fields=["state", "closed_at"])
    said = True if is_asked else None
    add_step(KIND, row.id, step=step, words=words, actor=actor, now=now, no_part=said)
    verb = moved.audit_verb.removeprefix("casework.")
    payload: dict[str, Any] = {"reference": reference(KIND, row.number), "state": str(moved.target)}
    if is_asked:
        payload["no_part"] = True
    record(actor, verb, KIND, row.id, payload, now)
    return moved.target
