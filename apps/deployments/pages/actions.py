"""Buttons and turns, for pages: what somebody may do to a deployment now, and whom it waits for.

Everything is asked of the gates that the operations pass through. The number of queries does not depend on
the number of deployments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from apps.core.data import Actor
from apps.deployments import facts, queries
from apps.deployments.data import Action, CheckItem, CheckKind, DeploymentData, Duty, Step, WaitsFor
from apps.deployments.rules import gates
from apps.deployments.rules.policies import CHECK_DUTIES, DUTY_ROLES
from apps.deployments.rules.waiting import turn
from apps.forces.data import ForceData


def actions(*, deployment_id: UUID, actor: Actor, now: datetime) -> Mapping[Step, Action]:
    """Every step. Raises NotFound."""
    deployment = queries.get(deployment_id=deployment_id)
    return actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id]


def actions_of(
    *, deployments: Sequence[DeploymentData], actor: Actor, now: datetime
) -> Mapping[UUID, Mapping[Step, Action]]:
    """Every step of each deployment, by its id."""
    shelf = facts.Shelf(deployments)
    return {
        deployment.id: actions_on(known=shelf.facts(deployment.id), actor=actor, now=now)
        for deployment in deployments
    }


def actions_on(*, known: gates.Facts, actor: Actor, now: datetime) -> Mapping[Step, Action]:
    """Every step, for a page that has the facts already."""
    return {step: _action(step, known, actor, now) for step in Step}


def _action(step: Step, known: gates.Facts, actor: Actor, now: datetime) -> Action:
    if not gates.is_shown(step, known, actor):
        return Action(step, shown=False)
    return Action(step, shown=True, reasons=gates.reasons_against(step, known, actor, now))


def check_actions(*, deployment_id: UUID, actor: Actor) -> Mapping[CheckKind, Action]:
    """Each item of the checklist: shown to those whose role may record it. Raises NotFound."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    return {kind: _check_action(kind, known, actor) for kind in CheckKind}


def check_item(*, kind: CheckKind, known: gates.Facts, actor: Actor, now: datetime) -> CheckItem:
    """One item of the checklist as this person finds it."""
    action = _check_action(kind, known, actor)
    duty = gates.check_item(kind, known, actor) if action.allowed else None
    noted = any(past.actor_id == actor.id and past.duty is duty for past in known.duties)
    return CheckItem(
        check=next(check for check in known.checks if check.kind is kind),
        action=action,
        cannot_pass=gates.refusals(lambda: gates.check_result(kind, known, actor, now)),
        duty=None if noted else duty,
    )


def _check_action(kind: CheckKind, known: gates.Facts, actor: Actor) -> Action:
    roles = {role for duty in CHECK_DUTIES.get(kind, ()) for role in DUTY_ROLES[duty]}
    if not actor.has(*roles):
        return Action(Step.CHECK, shown=False)
    reasons = gates.refusals(lambda: gates.check_item(kind, known, actor))
    return Action(Step.CHECK, shown=True, reasons=reasons)


def duty_refusals(*, deployment_id: UUID, actor: Actor) -> Mapping[Duty, tuple[str, ...]]:
    """For each duty that the actor has a role for, why they may not take it here; empty when they may.

    Raises NotFound.
    """
    known = facts.of(queries.get(deployment_id=deployment_id))
    return duty_refusals_on(known=known, actor=actor)


def duty_refusals_on(*, known: gates.Facts, actor: Actor) -> Mapping[Duty, tuple[str, ...]]:
    """The same, for a page that has the facts already."""
    return {
        duty: gates.refusals(partial(gates.check_take_duty, duty, known, actor))
        for duty, roles in DUTY_ROLES.items()
        if actor.has(*roles)
    }


def can_take_duty(*, deployment_id: UUID, duty: Duty, actor: Actor) -> bool:
    """Whether `record_duty` would let the actor take this duty. Raises NotFound."""
    return not duty_refusals(deployment_id=deployment_id, actor=actor).get(duty, ("no role for it",))


def waits_for(*, deployment: DeploymentData, now: datetime, force: ForceData | None = None) -> WaitsFor:
    """Whose turn it is. Pass the `force` where it is known already: it saves a query."""
    return waits_on(known=facts.of(deployment, force=force), now=now)


def waits_of(*, deployments: Sequence[DeploymentData], now: datetime) -> Mapping[UUID, WaitsFor]:
    """Whose turn it is on each deployment, by its id: two queries for any number."""
    shelf = facts.Shelf(deployments)
    return {deployment.id: waits_on(known=shelf.facts(deployment.id), now=now) for deployment in deployments}


def waits_on(*, known: gates.Facts, now: datetime) -> WaitsFor:
    """The same, for a page that has the facts already."""
    return turn(known.deployment, force=known.force, now=now, awaited=known.awaited)


def waiting_for(*, deployment: DeploymentData, now: datetime, force: ForceData | None = None) -> str:
    """Whose turn it is, as one sentence for everybody."""
    return waits_for(deployment=deployment, now=now, force=force).words


def open_items_of(*, deployments: Sequence[DeploymentData]) -> Mapping[UUID, tuple[CheckKind, ...]]:
    """The items of the checklist that somebody has to record (again), by deployment: one query for any
    number. What the platform works out by itself is nobody's to record and not among them."""
    shelf = facts.Shelf(deployments)
    return {deployment.id: shelf.facts(deployment.id).open_items for deployment in deployments}
