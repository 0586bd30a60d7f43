"""Breaches of personal data, of the authority and of rules: whom the force told, when, and why not.

DPA 2018 s.67: the Commissioner is told within 72 hours, or it is written down why not or why later; s.68: so
are the people concerned where the risk is high. `[check]`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.casework.data import BreachKind, BreachState, CaseKind, Risk, reference
from apps.casework.deadlines import is_told_of, tell_by
from apps.casework.models import DataBreach
from apps.casework.operations.complaints import OWN_REFERENCE, WORDS
from apps.casework.operations.shared import add_step, next_number, of_force, record
from apps.casework.policies import check_works
from apps.casework.states import BREACHES
from apps.casework.summaries import facts_of
from apps.casework.wording import check_reference, check_words, needed
from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, RuleViolated

KIND = CaseKind.BREACH
HAPPENED = "What happened"
ICO_REASON, PEOPLE_REASON, MEASURES = (
    "Why the Commissioner was not told, or was told late",
    "Why, or why not",
    "What was done about it",
)


@dataclass(frozen=True, slots=True)
class NewBreach:
    became_aware_at: datetime
    kind: BreachKind
    risk: Risk
    summary: str
    own_reference: str = ""
    deployment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about a breach so far, as a whole."""

    risk: Risk
    ico_told_at: datetime | None = None
    ico_reason: str = ""
    people_told: bool | None = None
    people_reason: str = ""
    measures: str = ""


@transaction.atomic
def enter_breach(*, entered: NewBreach, actor: Actor, now: datetime) -> UUID:
    """Returns its id. Raises NotFound, NotPermitted, RuleViolated."""
    actor_id = check_works(actor)
    deployment = of_force(entered.deployment_id)
    check_reference(OWN_REFERENCE, entered.own_reference)
    check_words({HAPPENED: entered.summary})
    if problem := needed(HAPPENED, entered.summary):
        raise RuleViolated([problem], code="summary")
    if entered.became_aware_at > now:
        raise RuleViolated(["When the force became aware of it is still to come."], code="became_aware_at")
    row = DataBreach.objects.create(
        number=next_number(KIND),
        deployment_id=entered.deployment_id,
        deployment_reference=deployment.reference if deployment else "",
        own_reference=entered.own_reference,
        summary=entered.summary.strip(),
        became_aware_at=entered.became_aware_at,
        kind=entered.kind,
        risk=entered.risk,
        tell_by=tell_by(kind=entered.kind, aware_at=entered.became_aware_at),
        state=BreachState.OPEN,
        actor_id=actor_id,
        actor_label=actor.label,
        recorded_at=now,
    )
    add_step(KIND, row.id, step="record", words="", actor=actor, now=now)
    payload = {
        "reference": reference(KIND, row.number),
        "kind": str(entered.kind),
        "tell_by": row.tell_by.isoformat() if row.tell_by else None,
    }
    record(actor, "breach_entered", KIND, row.id, payload, now)
    return row.id


@transaction.atomic
def update_breach(*, case_id: UUID, done: Done, actor: Actor, now: datetime) -> None:
    """Enter what was done; what was entered before stays in the steps. Raises as `step_complaint`."""
    check_works(actor)
    row = _get(case_id)
    if row.state != BreachState.OPEN:
        raise InvalidTransition("breach: it is closed; open it again first")
    _check_done(row, done, now)
    changed = [name for name in Done.__dataclass_fields__ if getattr(row, name) != getattr(done, name)]
    if not changed:
        return
    words = _said(row, done, changed)
    was_overdue = _was_overdue(row, done, now)
    if was_overdue and row.was_overdue_at is None:
        row.was_overdue_at = now
    for name in changed:
        setattr(row, name, getattr(done, name))
    row.save(update_fields=[*changed, "was_overdue_at"])
    add_step(KIND, row.id, step="update", words=words, actor=actor, now=now)
    payload = {
        "reference": reference(KIND, row.number),
        "changed": changed,
        "risk": str(done.risk),
        "ico_told_at": done.ico_told_at.isoformat() if done.ico_told_at else None,
        "people_told": done.people_told,
        "was_overdue": was_overdue,
    }
    record(actor, "breach_updated", KIND, row.id, payload, now)


def _was_overdue(row: DataBreach, done: Done, now: datetime) -> bool:
    """That its risk is lowered, so that it need not be told of, after its hours and while unanswered."""
    return facts_of(row).is_overdue(now) and not is_told_of(kind=BreachKind(row.kind), risk=done.risk)


def _get(case_id: UUID) -> DataBreach:
    row = DataBreach.objects.select_for_update().filter(id=case_id).first()
    if row is None:
        raise NotFound("there is no such breach in this force")
    return row


def _check_done(row: DataBreach, done: Done, now: datetime) -> None:
    check_words({ICO_REASON: done.ico_reason, PEOPLE_REASON: done.people_reason, MEASURES: done.measures})
    told, reasons = done.ico_told_at, []
    if told is not None and not row.became_aware_at <= told <= now:
        reasons.append("The Commissioner is told after the force became aware, and not in time to come.")
    if told is not None and row.tell_by is not None and told > row.tell_by:
        reasons.append(needed(ICO_REASON, done.ico_reason))
    if done.ico_reason:
        reasons.append(needed(ICO_REASON, done.ico_reason))
    if done.people_told is not None:
        reasons.append(needed(PEOPLE_REASON, done.people_reason))
    if found := [reason for reason in dict.fromkeys(reasons) if reason]:
        raise RuleViolated(found, code="done")


def _said(row: DataBreach, done: Done, changed: list[str]) -> str:
    """What stood there before, so that nothing is lost by writing over it."""
    before = [
        f"{name.replace('_', ' ')}: {getattr(row, name)}"
        for name in changed
        if getattr(row, name) not in (None, "")
    ]
    return f"Before it was: {'; '.join(before)}." if before else ""


@transaction.atomic
def step_breach(*, case_id: UUID, step: str, words: str, actor: Actor, now: datetime) -> BreachState:
    """Close it, once everything is answered, or open it again. Raises as `step_complaint`."""
    check_works(actor)
    row = _get(case_id)
    moved = BREACHES.apply(step, current=BreachState(row.state), actor=actor)
    check_words({WORDS: words})
    reasons = [needed(WORDS, words), *(_open_points(row) if step == "close" else ())]
    if found := [reason for reason in reasons if reason]:
        raise RuleViolated(found, code="close")
    row.state, row.closed_at = moved.target, now if moved.target is BreachState.CLOSED else None
    row.save(update_fields=["state", "closed_at"])
    add_step(KIND, row.id, step=step, words=words, actor=actor, now=now)
    payload = {"reference": reference(KIND, row.number), "state": str(moved.target)}
    record(actor, moved.audit_verb.removeprefix("casework."), KIND, row.id, payload, now)
    return moved.target


def _open_points(row: DataBreach) -> tuple[str, ...]:
    points = []
    if is_told_of(kind=BreachKind(row.kind), risk=Risk(row.risk)):
        if row.ico_told_at is None and not row.ico_reason:
            points.append("Enter when the Commissioner was told, or why not.")
        if row.people_told is None:
            points.append("Enter whether the people concerned were told, and why.")
    if not row.measures:
        points.append("Enter what was done about it.")
    return tuple(points)
