"""Whose turn it is, for the person who looks: a role is not enough where what they did before bars them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts import api as accounts
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted
from apps.deployments import facts
from apps.deployments.data import Action, DeploymentData, DeploymentState, Duty, Step, WaitsFor
from apps.deployments.pages import actions as gated
from apps.deployments.rules import gates
from apps.deployments.rules.policies import DUTY_ROLES
from apps.deployments.rules.separation import check_duty

# The steps by which somebody in a role gets a deployment off their desk.
OFFICERS = frozenset({Step.APPROVE, Step.RETURN, Step.REFUSE, Step.ACCEPT_LIST})
STEPS_OF_ROLE: Mapping[Role, frozenset[Step]] = {
    Role.PLANNER: frozenset({Step.SUBMIT, Step.EDIT, Step.IMPORT_LIST, Step.SEAL_LIST}),
    Role.AUTHORISING_OFFICER: OFFICERS | {Step.REVIEW, Step.CONFIRM, Step.RESUME},
    Role.URGENT_AUTHORISING_OFFICER: OFFICERS,
    Role.SYSTEM_ENGINEER: frozenset({Step.CHECK}),
    Role.SILVER_COMMANDER: frozenset(
        {Step.CHECK, Step.MAKE_READY, Step.START, Step.RESUME, Step.END, Step.REVIEW}
    ),
}
NOBODY_ELSE = "Nobody else in your force holds that role: an administrator can give it to somebody."


@dataclass(frozen=True)
class Turn:
    waits: WaitsFor
    is_mine: bool


def is_turn_of(
    actor: Actor, *, deployment: DeploymentData, waits: WaitsFor, actions: Mapping[Step, Action]
) -> bool:
    """They hold the role that is awaited, and one of its steps is open to them."""
    if not actor.has(*waits.roles):
        return False
    if deployment.state in {DeploymentState.DRAFT, DeploymentState.RETURNED}:
        return deployment.planner_id == actor.id
    if deployment.state is DeploymentState.NOTICE_PUBLISHED and actor.has(Role.AUTHORISING_OFFICER):
        # A signature is no step of the deployment: it is another person's than the planner's.
        return Role.AUTHORISING_OFFICER in waits.roles and deployment.planner_id != actor.id
    steps = {step for role in waits.roles if actor.has(role) for step in STEPS_OF_ROLE.get(role, ())}
    return any(actions[step].allowed for step in steps | waits.steps)


def turns_of(*, deployments: Sequence[DeploymentData], actor: Actor, now: datetime) -> Mapping[UUID, Turn]:
    """By deployment, in a constant number of queries."""
    shelf = facts.Shelf(deployments)
    found = {}
    for deployment in deployments:
        known = shelf.facts(deployment.id)
        waits = gated.waits_on(known=known, now=now)
        # What is over, and what waits for another role, needs no look at every step.
        can = gated.actions_on(known=known, actor=actor, now=now) if actor.has(*waits.roles) else {}
        mine = is_turn_of(actor, deployment=deployment, waits=waits, actions=can)
        found[deployment.id] = Turn(waits, mine)
    return found


def barred_words(*, known: gates.Facts, waits: WaitsFor, actor: Actor) -> str:
    """Why it is not the turn of somebody who holds the awaited role; empty when nothing bars them."""
    for duty, roles in DUTY_ROLES.items():
        if not actor.has(*roles.intersection(waits.roles)):
            continue
        try:
            check_duty(known.duties, actor=actor, duty=duty)
        except NotPermitted as barred:
            others = accounts.holders(roles=roles.intersection(waits.roles)) - {actor.id}
            return barred.message if others else f"{barred.message} {NOBODY_ELSE}"
    return ""


def barred_duties(*, deployments: Sequence[DeploymentData], actor: Actor) -> Mapping[UUID, frozenset[Duty]]:
    """By deployment, the duties that what they did on it keeps this person from. One query."""
    shelf = facts.Shelf(deployments)
    return {
        deployment.id: frozenset(duty for duty in Duty if _is_barred(shelf, deployment.id, actor, duty))
        for deployment in deployments
    }


def _is_barred(shelf: facts.Shelf, deployment_id: UUID, actor: Actor, duty: Duty) -> bool:
    done = shelf.duties.get(deployment_id, ())
    return bool(gates.refusals(lambda: check_duty(done, actor=actor, duty=duty)))
