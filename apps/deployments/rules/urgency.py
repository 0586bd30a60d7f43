"""The urgent path (domain.md §1 and §3): less notice than the minimum, on grounds, confirmed in time.

Nothing here reads the database or a clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.wording import say_moment
from apps.deployments.data import Authority, DeploymentData, Step, UrgentGrounds
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.authority import MIN_TEXT
from apps.deployments.rules.states import APPROVED_STATES

# What an officer below superintendent may do to a plan that gives urgent grounds, and to no other plan.
URGENT_STEPS = frozenset({Step.APPROVE, Step.RETURN, Step.REFUSE, Step.ACCEPT_LIST})
# An approval that is confirmed or refused afterwards may have run already.
CONFIRMABLE = APPROVED_STATES | {S.ENDED, S.REVIEWED}
ORDINARY = "This plan is not urgent, so it waits for an authorising officer."


def is_urgent(authority: Authority) -> bool:
    """Whether it asks for an exception from the notice; whether it may have one is `urgent_missing`."""
    return bool(authority.urgent_grounds)


def never_urgent(authority: Authority) -> list[str]:
    """Why its kind gets no exception, in words. What its grounds lack is for `missing_from` to say."""
    if is_urgent(authority) and authority.rehearsal:
        return ["A rehearsal is never urgent. Give it the whole notice."]
    return []


def has_exception(authority: Authority) -> bool:
    """Whether an approval of it is one of less notice than the minimum: complete grounds, nothing else."""
    return (
        authority.urgent_grounds in list(UrgentGrounds)
        and len(" ".join(authority.urgent_reason.split())) >= MIN_TEXT
        and not never_urgent(authority)
    )


def may_decide(step: Step, authority: Authority, actor: Actor) -> bool:
    """An authorising officer decides on any plan; an urgent one on plans with urgent grounds only."""
    if step not in URGENT_STEPS or actor.has(Role.AUTHORISING_OFFICER):
        return True
    return is_urgent(authority)


def check_decider(step: Step, authority: Authority, actor: Actor) -> None:
    if not may_decide(step, authority, actor):
        raise NotPermitted(ORDINARY, code="not_urgent")


def confirmation_due(*, actor: Actor, now: datetime, hours: int) -> datetime | None:
    """Until when a superintendent has to confirm what `actor` approves; None where one approves it."""
    return None if actor.has(Role.AUTHORISING_OFFICER) else now + timedelta(hours=hours)


def awaits_confirmation(deployment: DeploymentData) -> bool:
    return (
        deployment.confirm_by is not None
        and deployment.confirmed_at is None
        and deployment.refused_afterwards_at is None
        and deployment.state in CONFIRMABLE
    )


def is_unconfirmed(deployment: DeploymentData, now: datetime) -> bool:
    """The time for the confirmation is over: nothing runs on this approval until there is one."""
    return (
        deployment.confirm_by is not None and deployment.confirmed_at is None and now >= deployment.confirm_by
    )


def unconfirmed(deployment: DeploymentData, now: datetime) -> list[str]:
    """Why recognition may not run on an urgent approval, in words; empty when it may."""
    if deployment.confirm_by is None or not is_unconfirmed(deployment, now):
        return []
    return [
        f"The urgent approval was to be confirmed by {say_moment(deployment.confirm_by)} and was not. It "
        "waits for an authorising officer."
    ]


def check_confirmable(deployment: DeploymentData) -> None:
    """Raises RuleViolated: only an urgent approval is confirmed, and once."""
    if deployment.confirm_by is None:
        raise RuleViolated(["This approval needs no confirmation."], code="no_confirmation")
    if deployment.confirmed_at is not None:
        raise RuleViolated(
            [f"It was confirmed already, on {say_moment(deployment.confirmed_at)}."], code="confirmed_already"
        )
    if deployment.refused_afterwards_at is not None:
        raise RuleViolated(["It was refused afterwards already."], code="confirmed_already")
