"""Writes, each with its entry in the history and its audit event in one transaction."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from apps.audit import api as audit
from apps.core.clock import london
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.core.transitions import Transition
from apps.deployments.data import DeploymentData
from apps.notices import api as notices
from apps.notices.answer_data import AnswerData, AnswerKind, Standing
from apps.oversight import policies, states
from apps.oversight.data import Kind, Publication, QuestionState, RecommendationState
from apps.oversight.models import Entry, Matter
from apps.oversight.texts import text_problems

REPLY_OF = {Kind.QUESTION: "Answer", Kind.RECOMMENDATION: "Reply"}
MOST_OPEN = 200


@transaction.atomic
def put(
    *,
    kind: Kind,
    text: str,
    due_on: date,
    reference: str = "",
    first: date | None = None,
    last: date | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """A new question or recommendation, numbered by the force. Returns its id.

    Raises NotPermitted, and RuleViolated with everything that is wrong.
    """
    policies.check_put(actor)
    _one_at_a_time(kind)
    deployment = _checked(kind, text, due_on, reference, first, last, actor=actor, now=now)
    latest = Matter.objects.filter(kind=kind).order_by("-number").values_list("number", flat=True).first()
    matter = Matter.objects.create(
        kind=kind,
        number=(latest or 0) + 1,
        state=QuestionState.PUT if kind is Kind.QUESTION else RecommendationState.MADE,
        text=text.strip(),
        deployment_id=deployment.id if deployment else None,
        reference=deployment.reference if deployment else "",
        first=first,
        last=last,
        due_on=due_on,
        put_at=now,
    )
    _note(matter, states.PUT, "", f"oversight.{kind}_put", actor, now)
    return matter.id


def _checked(
    kind: Kind,
    text: str,
    due_on: date,
    reference: str,
    first: date | None,
    last: date | None,
    *,
    actor: Actor,
    now: datetime,
) -> DeploymentData | None:
    """The deployment that is meant. Raises RuleViolated with everything that is wrong."""
    problems = text_problems(kind.capitalize(), text, actor=actor)
    problems += policies.days_problems(due_on=due_on, first=first, last=last, today=london(now).date())
    deployment = None
    try:
        deployment = policies.deployment_meant(reference)
    except RuleViolated as unknown:
        problems += unknown.reasons
    if Matter.objects.filter(kind=kind, state__in=sorted(states.WAITS_FOR_FORCE)).count() >= MOST_OPEN:
        problems.append(f"{MOST_OPEN} wait for the force already. Withdraw some, or wait for answers.")
    if problems:
        raise RuleViolated(problems, code="matter")
    return deployment


@transaction.atomic
def take(*, matter_id: UUID, step: str, text: str, actor: Actor, now: datetime) -> None:
    """One step of the tables with its words, but for publishing: an answer, a verdict, a withdrawal.

    Raises NotFound, NotPermitted, InvalidTransition, and RuleViolated with everything that is wrong.
    """
    matter = _locked(matter_id, actor)
    transition = _transition(matter, step, actor)
    label = _label(matter, step)
    if problems := text_problems(label, text, actor=actor):
        raise RuleViolated(problems, code="words")
    _move(matter, transition)
    _note(matter, step, text.strip(), transition.audit_verb, actor, now)
    if matter.published_at and step in {states.FIND_DONE, states.FIND_NOT_DONE}:
        notices.renew_standing(number=matter.number, standing=Standing(matter.state))


@transaction.atomic
def publish(*, matter_id: UUID, seen: int, actor: Actor, now: datetime) -> None:
    """Put it and the latest reply onto the public page of the force. It stays there.

    `seen` is how many entries the history had when the body read it: a reply that came since is not published
    unread. Raises NotFound, NotPermitted, ReauthenticationNeeded, InvalidTransition and RuleViolated.
    """
    matter = _locked(matter_id, actor)
    verb = _check_publish(matter, actor)
    check_reauthenticated(actor)
    entries = list(matter.entries.all())
    replies = [entry for entry in entries if entry.step in states.REPLIES]
    if len(entries) != seen or not replies:
        raise RuleViolated(["Something was added since you read it. Read it again."], code="changed")
    reply = replies[-1]
    matter.published_at = now
    matter.save(update_fields=["state", "published_at"])
    notices.publish_answer(
        answer=AnswerData(
            kind=AnswerKind(matter.kind),
            number=matter.number,
            text=matter.text,
            reply=reply.text,
            asked_at=matter.put_at,
            replied_at=reply.at,
            standing=_standing(matter, entries),
        ),
        deployment_id=matter.deployment_id,
        now=now,
    )
    _note(matter, states.PUBLISH, "", verb, actor, now)


def _check_publish(matter: Matter, actor: Actor) -> str:
    """The audit verb. Of a question it is a step of its own table and moves it there."""
    if matter.kind == Kind.QUESTION:
        transition = _transition(matter, states.PUBLISH, actor)
        matter.state = transition.target
        return transition.audit_verb
    current = Publication.PUBLIC if matter.published_at else Publication.INSIDE
    verb = states.PUBLICATION.apply(states.PUBLISH, current=current, actor=actor).audit_verb
    if matter.state not in states.REPLIED:
        raise RuleViolated(["It is published with the force's reply, and there is none."], code="no_reply")
    return verb


def _standing(matter: Matter, entries: list[Entry]) -> Standing | None:
    """What the force says of it being done is not public before the body has looked."""
    if matter.kind == Kind.QUESTION:
        return None
    said = {
        states.ACCEPT: Standing.ACCEPTED,
        states.ACCEPT_PARTLY: Standing.PARTLY_ACCEPTED,
        states.NOT_ACCEPT: Standing.NOT_ACCEPTED,
        states.FIND_DONE: Standing.DONE,
        states.FIND_NOT_DONE: Standing.NOT_DONE,
    }
    return [said[entry.step] for entry in entries if entry.step in said][-1]


def _locked(matter_id: UUID, actor: Actor) -> Matter:
    if actor.force_id != current_force_id():
        raise NotPermitted("that is another force's")
    policies.check_read(actor)
    matter = Matter.objects.select_for_update().filter(id=matter_id).first()
    if matter is None:
        raise NotFound("there is no such question or recommendation")
    return matter


def _transition(
    matter: Matter, step: str, actor: Actor
) -> Transition[QuestionState] | Transition[RecommendationState]:
    """Checked. Raises NotFound for a step of the other kind, NotPermitted, InvalidTransition."""
    is_question = matter.kind == Kind.QUESTION
    if step not in {each.name for each in (states.QUESTIONS if is_question else states.RECOMMENDATIONS)}:
        raise NotFound(f"there is no such step of a {matter.kind}")
    if is_question:
        return states.QUESTIONS.apply(step, current=QuestionState(matter.state), actor=actor)
    return states.RECOMMENDATIONS.apply(step, current=RecommendationState(matter.state), actor=actor)


def _move(matter: Matter, transition: Transition[QuestionState] | Transition[RecommendationState]) -> None:
    matter.state = transition.target
    matter.save(update_fields=["state"])


def _label(matter: Matter, step: str) -> str:
    if step in states.REPLIES:
        return REPLY_OF[Kind(matter.kind)]
    return {states.WITHDRAW: "Reason", states.REPORT_DONE: "What was done"}.get(step, "What you found")


def _one_at_a_time(kind: Kind) -> None:
    """Two people who put something at once get numbers one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"oversight {kind} {current_force_id()}"],
        )


def _note(matter: Matter, step: str, text: str, verb: str, actor: Actor, now: datetime) -> None:
    if actor.id is None:
        raise NotPermitted("a person puts and answers")
    Entry.objects.create(
        matter=matter,
        number=matter.entries.count() + 1,
        step=step,
        text=text,
        actor_id=actor.id,
        actor_label=actor.label,
        actor_rank=actor.rank,
        at=now,
    )
    audit.record(
        actor=actor,
        verb=verb,
        object_type="oversight",
        object_id=matter.id,
        payload={
            "kind": matter.kind,
            "number": matter.number,
            "state": matter.state,
            **({"deployment_id": str(matter.deployment_id)} if matter.deployment_id else {}),
        },
        now=now,
    )
