"""Every from, to and role of a deployment, against a table written by hand from domain.md §1 and §2."""

from itertools import product

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.deployments.data import DeploymentState as S
from apps.deployments.states import APPROVED_STATES, BEFORE_APPROVAL, CLOSED, DEPLOYMENTS
from tests.support.plans import FORCE_ID, person

PLANNER = {Role.PLANNER}
OFFICER = {Role.AUTHORISING_OFFICER}
SILVER = {Role.SILVER_COMMANDER}
SYSTEM = {Role.SYSTEM}
ON_DUTY = {
    Role.SILVER_COMMANDER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
    Role.SYSTEM,
}
WAITING = (S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY)

ALLOWED: dict[tuple[S, S], set[Role]] = {
    (S.DRAFT, S.SUBMITTED): PLANNER,
    (S.RETURNED, S.SUBMITTED): PLANNER,
    (S.SUBMITTED, S.RETURNED): OFFICER,
    (S.SUBMITTED, S.REFUSED): OFFICER,
    (S.SUBMITTED, S.APPROVED): OFFICER,
    (S.APPROVED, S.NOTICE_PUBLISHED): SYSTEM,
    (S.NOTICE_PUBLISHED, S.LIST_SEALED): PLANNER,
    (S.LIST_SEALED, S.READY): SILVER,
    (S.READY, S.LIVE): SILVER,
    (S.LIVE, S.SUSPENDED): ON_DUTY,
    (S.SUSPENDED, S.LIVE): SILVER,
    (S.LIVE, S.ENDED): SILVER | SYSTEM,
    (S.SUSPENDED, S.ENDED): SILVER | SYSTEM,
    (S.ENDED, S.REVIEWED): SILVER | OFFICER,
    (S.REVIEWED, S.RESULTS_PUBLISHED): SYSTEM,
    (S.LIVE, S.REVOKED): OFFICER,
    (S.SUSPENDED, S.REVOKED): OFFICER,
    **{(state, S.DRAFT): PLANNER for state in WAITING},
    **{(state, S.EXPIRED): SYSTEM for state in WAITING},
    **{(state, S.REVOKED): OFFICER for state in WAITING},
    **{(state, S.CANCELLED): PLANNER for state in (S.DRAFT, S.SUBMITTED, S.RETURNED, *WAITING)},
}


def holder(role: Role) -> Actor:
    return Actor.system(force_id=FORCE_ID, label="sweep") if role is Role.SYSTEM else person(role)


@pytest.mark.parametrize(("source", "target", "role"), list(product(S, S, Role)))
def test_it_moves_only_along_the_table(source: S, target: S, role: Role):
    steps = [step for step in DEPLOYMENTS if step.target is target]
    moved = set()
    for step in steps:
        try:
            moved.add(DEPLOYMENTS.apply(step.name, current=source, actor=holder(role)).target)
        except (InvalidTransition, NotPermitted):
            assert not DEPLOYMENTS.allows(step.name, current=source, actor=holder(role))
    assert moved == ({target} if role in ALLOWED.get((source, target), set()) else set())


@pytest.mark.parametrize("state", sorted(CLOSED - {S.ENDED, S.REVIEWED}))
def test_nothing_leads_out_of_an_end(state: S):
    assert not [step.name for step in DEPLOYMENTS if state in step.sources]


def test_every_state_is_of_exactly_one_group():
    assert set(S) == BEFORE_APPROVAL | APPROVED_STATES | CLOSED
    assert not BEFORE_APPROVAL & APPROVED_STATES
    assert not CLOSED & (BEFORE_APPROVAL | APPROVED_STATES)


def test_every_step_leaves_an_audit_event_of_its_own():
    verbs = [step.audit_verb for step in DEPLOYMENTS]
    assert len(set(verbs)) == len(verbs)


@pytest.mark.parametrize("role", [Role.URGENT_AUTHORISING_OFFICER, Role.OVERSIGHT, Role.FORCE_ADMIN])
def test_some_roles_move_nothing(role: Role):
    """An urgent approval needs its confirmation deadline first; until that exists there is none."""
    assert not [step.name for step in DEPLOYMENTS if role in step.roles]
