"""What the oversight body attaches to a notice, and what the force replies: public, in their own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.text import prose_problems
from apps.forces import api as forces
from apps.notices.attached import Attached, Question
from apps.notices.models import Notice
from apps.notices.rows import note_audit, own_row, write_row

REPLIES = (Role.PLANNER, Role.AUTHORISING_OFFICER, Role.FORCE_ADMIN)
MOST_QUESTIONS = 20
LONGEST_LINE = 200
LONGEST_TEXT = 1_000
SHORTEST_TEXT = 10
MEETING_GIVEN = "The oversight body announced its community meeting."
MEETING_CHANGED = "The oversight body changed its community meeting."
ASKED = "The oversight body asked a question."
REPLIED = "The force replied to a question."


@transaction.atomic
def announce_meeting(
    *, deployment_id: UUID, at: datetime, place: str, webcast: str, actor: Actor, now: datetime
) -> None:
    """Raises NotPermitted, NotFound, and RuleViolated with everything that is wrong."""
    row, attached = _open(deployment_id, actor, Role.OVERSIGHT)
    problems = _text_problems("Place of the meeting", place, shortest=3, longest=LONGEST_LINE)
    if webcast and not forces.is_web_address(webcast):
        problems.append("Webcast: write an address that starts with https://")
    if at <= now:
        problems.append("The meeting must lie ahead.")
    if problems:
        raise RuleViolated(problems, code="meeting")
    after = replace(attached, meeting_at=at, meeting_place=place.strip(), webcast=webcast.strip())
    text = MEETING_CHANGED if attached.meeting_at else MEETING_GIVEN
    _keep(row, after, text, "notice.meeting_announced", actor, now)


@transaction.atomic
def ask(*, deployment_id: UUID, text: str, actor: Actor, now: datetime) -> None:
    """Raises NotPermitted, NotFound and RuleViolated."""
    row, attached = _open(deployment_id, actor, Role.OVERSIGHT)
    problems = _text_problems("Question", text, shortest=SHORTEST_TEXT, longest=LONGEST_TEXT)
    if len(attached.questions) >= MOST_QUESTIONS:
        problems.append(f"There are {MOST_QUESTIONS} questions on this notice. Ask further ones in writing.")
    if problems:
        raise RuleViolated(problems, code="question")
    question = Question(len(attached.questions) + 1, text.strip(), now)
    after = replace(attached, questions=(*attached.questions, question))
    _keep(row, after, ASKED, "notice.question_asked", actor, now, number=question.number)


@transaction.atomic
def reply(*, deployment_id: UUID, number: int, text: str, actor: Actor, now: datetime) -> None:
    """One reply a question: it is public, and what was public is not rewritten.

    Raises NotPermitted, NotFound and RuleViolated.
    """
    row, attached = _open(deployment_id, actor, *REPLIES)
    question = next((one for one in attached.questions if one.number == number), None)
    if question is None:
        raise NotFound("there is no such question on this notice")
    problems = _text_problems("Reply", text, shortest=SHORTEST_TEXT, longest=LONGEST_TEXT)
    if question.reply:
        problems.append("Somebody has replied to this question already.")
    if problems:
        raise RuleViolated(problems, code="reply")
    answered = replace(question, reply=text.strip(), replied_at=now)
    questions = tuple(answered if one.number == number else one for one in attached.questions)
    _keep(row, replace(attached, questions=questions), REPLIED, "notice.replied", actor, now, number=number)


def _open(deployment_id: UUID, actor: Actor, *roles: Role) -> tuple[Notice, Attached]:
    row = own_row(deployment_id)
    if row is None or row.published_at is None:
        raise NotFound("there is no published notice of this deployment")
    if not actor.has(*roles) or actor.force_id != row.force_id:
        raise NotPermitted("That is for the oversight body to write, and for the force to answer.")
    return row, Attached.from_snapshot(row.attached)


def _keep(
    row: Notice, attached: Attached, text: str, verb: str, actor: Actor, now: datetime, **payload: Any
) -> None:
    row.attached = attached.snapshot()
    write_row(row, text, now)
    note_audit(row, verb, now=now, actor=actor, digest=row.digest, **payload)


def _text_problems(label: str, text: str, *, shortest: int, longest: int) -> list[str]:
    found = prose_problems([(label, text)])
    length = len(" ".join(text.split()))
    if not shortest <= length <= longest:
        found.append(f"{label}: write {shortest} to {longest:,} characters; it has {length}.")
    return found
