"""Who reads and what is asked of a matter before it is written. `check_*` raises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.oversight.data import Kind, MatterData, Publication, QuestionState
from apps.oversight.states import (
    BODY,
    FORCE,
    PUBLICATION,
    PUBLISH,
    QUESTIONS,
    RECOMMENDATIONS,
    REPLIED,
)

READERS = (Role.OVERSIGHT, *sorted(FORCE))
# Plans that no officer has decided on are nobody's record, and the body does not learn that they are there.
PLANS = frozenset({DeploymentState.DRAFT, DeploymentState.SUBMITTED, DeploymentState.RETURNED})
LONGEST_DUE = timedelta(days=366)
NO_DEPLOYMENT = "There is no decided deployment with this reference."


def sees_names(actor: Actor) -> bool:
    """People of the force read each other's names, the oversight body rank and pseudonym (ADR 14)."""
    return not actor.has(Role.OVERSIGHT)


def check_read(actor: Actor) -> None:
    if not actor.has(*READERS):
        raise NotPermitted("questions and recommendations are for the oversight body and who answers it")


def check_put(actor: Actor) -> None:
    if not actor.has(*BODY):
        raise NotPermitted("only the oversight body puts questions and recommendations")


def can_take(matter: MatterData, step: str, *, actor: Actor) -> bool:
    """The twin of what `operations.take` checks, for the forms on a page."""
    if isinstance(matter.state, QuestionState):
        known = {transition.name for transition in QUESTIONS}
        return step in known and QUESTIONS.allows(step, current=matter.state, actor=actor)
    known = {transition.name for transition in RECOMMENDATIONS}
    return step in known and RECOMMENDATIONS.allows(step, current=matter.state, actor=actor)


def can_publish(matter: MatterData, *, actor: Actor) -> bool:
    if matter.kind is Kind.QUESTION:
        return can_take(matter, PUBLISH, actor=actor)
    current = Publication.PUBLIC if matter.published_at else Publication.INSIDE
    return matter.state in REPLIED and PUBLICATION.allows(PUBLISH, current=current, actor=actor)


def deployment_meant(reference: str) -> DeploymentData | None:
    """None for no reference. Raises RuleViolated for one that names nothing the body may know of."""
    if not reference.strip():
        return None
    try:
        found = deployments.get_by_reference(reference=reference.strip())
    except NotFound:
        raise RuleViolated([NO_DEPLOYMENT], code="deployment") from None
    called_off_before = found.state is DeploymentState.CANCELLED and found.notice_published_at is None
    if found.state in PLANS or called_off_before:
        raise RuleViolated([NO_DEPLOYMENT], code="deployment")
    return found


def days_problems(*, due_on: date, first: date | None, last: date | None, today: date) -> Sequence[str]:
    found = []
    if not today < due_on <= today + LONGEST_DUE:
        found.append("The answer is to be due after today, and within a year.")
    if (first is None) is not (last is None):
        found.append("Give both days of the period, or neither.")
    elif first is not None and last is not None and first > last:
        found.append("The last day of the period comes before the first.")
    return found
