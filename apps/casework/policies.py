"""Who may do what with casework. `check_*` raises; `can_*` is its boolean twin."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from apps.casework.states import DECIDERS, WORKERS
from apps.core.data import Actor
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.wording import say_list, say_role
from apps.deployments.data import DeploymentData, DutyData


def can_work(actor: Actor) -> bool:
    return actor.id is not None and actor.has(*WORKERS)


def check_works(actor: Actor) -> UUID:
    """The id of a person who works on cases. Raises NotPermitted."""
    if actor.id is None or not can_work(actor):
        names = sorted(say_role(role) for role in WORKERS)
        raise NotPermitted(f"Casework is for {say_list(names)}.")
    return actor.id


def can_decide(actor: Actor) -> bool:
    return actor.has(*DECIDERS)


def check_judges(actor: Actor, duties: Collection[DutyData]) -> None:
    """A complaint is decided by nobody who had a duty on the deployment that it is about.

    Raises NotPermitted.
    """
    if actor.id in {duty.actor_id for duty in duties}:
        raise NotPermitted(
            "You had a duty on the deployment that this complaint is about. Somebody else decides it."
        )


def check_no_part(said: bool) -> None:
    """Of a complaint about no deployment nobody can know who took part. Raises RuleViolated."""
    if not said:
        raise RuleViolated(
            [
                "Confirm that you had no part in what this complaint is about. If you had one, somebody else"
                " decides it."
            ],
            code="no_part",
        )


def can_judge(actor: Actor, duties: Collection[DutyData]) -> bool:
    return actor.id not in {duty.actor_id for duty in duties}


def check_began(deployment: DeploymentData) -> None:
    """Raises RuleViolated: before it began there is nothing to record of its day."""
    if deployment.started_at is None:
        raise RuleViolated(
            [f"{deployment.reference} has not begun. What happened on the day is recorded after it began."],
            code="not_begun",
        )
