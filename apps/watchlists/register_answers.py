""" "Was I listed?": the one question that is asked of the membership register, by an exact reference.

A planner asks it. Planners read the references of their force's lists already and can tell whose number of
the case system somebody is; whoever administers people, engineers and the oversight body never read one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.audit import api as audit
from apps.core.clock import LONDON
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import prose_problems, unseen_characters
from apps.forces import api as forces
from apps.watchlists import policies, register, retention_register
from apps.watchlists.models import MembershipRegister

ASKERS = frozenset({Role.PLANNER})
MIN_REASON, MOST_REASON = 5, 300
CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Question:
    """`since` and `until` are days in London, both included; None is open."""

    reference: str
    reason: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One listing. `still_listed`: the list is there and they are on it, at the time of the question."""

    deployment_id: UUID
    reference: str
    category: str
    listed_at: datetime
    ends_at: datetime
    removed_early: bool
    still_listed: bool


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What the register says. It covers whoever was on a list after `covers_from`; `earlier_asked` when the
    question reaches further back, `nothing_left` when all of it does."""

    entries: tuple[RegisterEntry, ...]
    covers_from: datetime
    years: int
    earlier_asked: bool
    nothing_left: bool


@transaction.atomic
def ask_register(*, question: Question, actor: Actor, now: datetime) -> RegisterAnswer:
    """Every listing of this reference in the open force, the latest first; one look through an index.

    Who asked, why, and how many were found is in the audit, with a code in place of the reference. Raises
    NotPermitted, and RuleViolated for a question that cannot be asked.
    """
    policies.check_role(actor, ASKERS, "ask the membership register")
    _check(question)
    start, end = _bounds(question)
    found = MembershipRegister.objects.filter(folded=register.folded(question.reference))
    if start is not None:
        found = found.filter(ends_at__gt=start)
    if end is not None:
        found = found.filter(listed_at__lt=end)
    covers_from = retention_register.covers_from(now)
    # An entry past its years is no answer, whether or not the purge has run.
    rows = list(found.filter(ends_at__gt=now - retention_register.keep()).order_by("-listed_at", "id"))
    _record(question, len(rows), actor=actor, now=now)
    return RegisterAnswer(
        entries=tuple(_entry(row, now) for row in rows),
        covers_from=covers_from,
        years=forces.get_force(force_id=current_force_id()).register_years,
        earlier_asked=start is None or start < covers_from,
        nothing_left=end is not None and end <= covers_from,
    )


def _entry(row: MembershipRegister, now: datetime) -> RegisterEntry:
    return RegisterEntry(
        deployment_id=row.deployment_id,
        reference=row.reference,
        category=row.category,
        listed_at=row.listed_at,
        ends_at=row.ends_at,
        removed_early=row.removed_early,
        still_listed=row.ends_at > now,
    )


def _check(question: Question) -> None:
    reference, reason = question.reference.strip(), " ".join(question.reason.split())
    problems = prose_problems([("Why you ask", question.reason)])
    if not reference:
        problems.append("Enter the reference.")
    if unseen_characters(reference):
        problems.append("The reference has characters that nobody sees. Type it instead of pasting it.")
    if len(reference) > policies.LONGEST["reference"]:
        problems.append(f"A reference has at most {policies.LONGEST['reference']} characters.")
    if not MIN_REASON <= len(reason) <= MOST_REASON:
        problems.append(f"Say why you ask, in {MIN_REASON} to {MOST_REASON} characters: it is recorded.")
    if reference and _holds(reason, reference):
        problems.append("Leave the reference out of the reason: the record of this question has none.")
    if question.since and question.until and question.since > question.until:
        problems.append("The period ends before it begins.")
    if problems:
        raise RuleViolated(problems, code="register_question")


def _holds(text: str, reference: str) -> bool:
    """Whether the reference stands in the text as a word of its own."""
    return bool(re.search(rf"(?<!\w){re.escape(register.folded(reference))}(?!\w)", text.casefold()))


def _bounds(question: Question) -> tuple[datetime | None, datetime | None]:
    """The first instant of the period, and the first after it."""
    after = None if question.until is None else min(question.until, date.max - timedelta(days=1))
    return (
        None if question.since is None else datetime.combine(question.since, time.min, LONDON),
        None if after is None else datetime.combine(after + timedelta(days=1), time.min, LONDON),
    )


def code_of(reference: str) -> str:
    """What stands for a reference in the audit: the same for the same one, in this force alone. Keyed with
    the platform's secret, so that nobody works out a number by trying them all."""
    keyed = salted_hmac(
        "watchlists.register", f"{current_force_id()} {register.folded(reference)}", algorithm="sha256"
    )
    return f"N-{keyed.hexdigest()[:CODE_LENGTH].upper()}"


def _record(question: Question, found: int, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb="watchlist.register_asked",
        object_type="register",
        object_id=current_force_id(),
        payload={
            "asked": code_of(question.reference),
            "since": question.since and question.since.isoformat(),
            "until": question.until and question.until.isoformat(),
            "found": found,
        },
        now=now,
        reason=question.reason.strip(),
    )
