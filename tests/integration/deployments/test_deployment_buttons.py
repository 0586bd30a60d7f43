"""A button is there and can be pressed exactly when the operation behind it would let that person through.

Every stage of a deployment, everybody who could be there, every step, against the operations themselves;
and, for people who did nothing on it before, against a table written by hand from domain.md §1 and §2.
"""

import pytest

from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty, Step
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.states import BEFORE_APPROVAL
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, VERIFIED
from tests.support.deployment_stages import (
    NOON,
    STAGES,
    accepted,
    approved,
    calls,
    ended,
    goes_through,
    people,
    submitted,
    words_of,
)


def compare(day, now):
    """Every person and step: what the pages say, and what the operations do."""
    said, done = {}, {}
    with force_context(day.force.id):
        deployment = deployments.get(deployment_id=day.deployment_id)
        for name, actor in people(day).items():
            found = deployments.actions(deployment_id=deployment.id, actor=actor, now=now)
            for step, (operation, arguments) in calls(day, deployment, actor, now).items():
                said[name, step] = found[step].allowed
                if step is Step.NARROW and deployment.state in BEFORE_APPROVAL:
                    # The same operation, but there it is an edit: there is no approval to keep.
                    done[name, step] = False
                    continue
                asked = {"deployment_id": deployment.id, "actor": actor, "now": now, **arguments}
                done[name, step] = goes_through(operation, **asked)
    return said, done


def differing(said, done):
    return {key: f"button {said[key]}, operation {done[key]}" for key in said if said[key] != done[key]}


@pytest.mark.parametrize("stage", list(STAGES))
def test_the_button_and_the_operation_agree(day, stage):
    drive, now, state, newcomers_may = STAGES[stage]
    drive(day)
    assert day.get().state is state
    if state in (S.LIVE, S.SUSPENDED):
        day.step(deployments.record_duty, day.operator, NOON, duty=Duty.OPERATOR)
    said, done = compare(day, now)
    assert differing(said, done) == {}
    may = {(str(role), step) for role, steps in newcomers_may.items() for step in steps}
    newcomers = {str(role) for role in Role}
    assert {key for key, allowed in said.items() if allowed and key[0] in newcomers} == may
    assert not any(allowed for (name, _), allowed in said.items() if name == "another force's")


@pytest.mark.parametrize("state", ["reviewed", "results_published", "expired"])
def test_nobody_does_anything_to_what_is_over(day, owner_connection, state):
    ended(day)
    owner_connection.execute(
        "UPDATE deployments_deployment SET state = %s WHERE id = %s", [state, day.deployment_id]
    )
    said, done = compare(day, END)
    assert not any(said.values())
    assert not any(done.values())
    with force_context(day.force.id):
        for actor in people(day).values():
            found = deployments.actions(deployment_id=day.deployment_id, actor=actor, now=END)
            assert not any(action.shown for action in found.values())


def shown(day, actor, now):
    found = day.call(deployments.actions, deployment_id=day.deployment_id, actor=actor, now=now)
    return {step: action.reasons for step, action in found.items() if action.shown}


def test_an_officer_never_sees_a_planners_button_nor_a_planner_an_officers(day):
    submitted(day)
    assert set(shown(day, day.officer, PLANNED)) == {Step.APPROVE, Step.RETURN, Step.REFUSE}
    assert set(shown(day, day.planner, PLANNED)) == {Step.EDIT, Step.CANCEL}


def test_who_planned_it_reads_for_whom_it_waits(day):
    submitted(day)
    both = day.with_roles(day.planner, Role.AUTHORISING_OFFICER)
    (reason,) = shown(day, both, PLANNED)[Step.APPROVE]
    assert reason == (
        "You have acted as planner on this deployment, so you cannot act as authorising officer on it."
        " It waits for an authorising officer other than you."
    )


def test_a_start_is_shown_with_its_reasons_from_the_approval_on(day):
    approved(day)
    assert "The notice publishes itself on" in shown(day, day.silver, PLANNED)[Step.START][0]
    day.to(S.NOTICE_PUBLISHED)
    (reason,) = shown(day, day.silver, VERIFIED)[Step.START]
    assert "The list can be imported from Wednesday 9 December 2026 at 10am." in reason
    (reason,) = shown(day, day.planner, VERIFIED)[Step.IMPORT_LIST]
    assert reason == (
        "The list can be imported from Wednesday 9 December 2026 at 10am, 24 hours before the start."
    )
    day.import_list()
    assert shown(day, day.planner, IMPORTED)[Step.IMPORT_LIST] == (
        "A list is already imported. Discard it before you import another one.",
    )
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    assert "Waiting for an authorising officer" in shown(day, day.silver, IMPORTED)[Step.START][0]
    assert Step.IMPORT_LIST not in shown(day, day.planner, IMPORTED)
    assert shown(day, day.officer, IMPORTED)[Step.ACCEPT_LIST] == ()
    day.accept()
    assert Step.ACCEPT_LIST not in shown(day, day.officer, IMPORTED)


def test_every_refusal_is_a_sentence_that_names_no_code(day):
    """What officers read: capital letter, full stop, no underscore, no state or role as it is stored."""
    read = set()
    for drive, now, _, _ in (STAGES[name] for name in ("draft incomplete", "approved", "half checked")):
        drive(day)
        with force_context(day.force.id):
            for actor in people(day).values():
                for operation, arguments in calls(day, day.get(), actor, now).values():
                    asked = {"deployment_id": day.deployment_id, "actor": actor, "now": now, **arguments}
                    read |= words_of(operation, asked)
    assert len(read) > 20
    for words in read:
        assert words[0].isupper(), words
        assert words.endswith("."), words
        assert "_" not in words, words


def test_an_item_of_the_checklist_is_offered_to_those_who_can_know(day):
    accepted(day)
    offered = {
        name: {
            kind
            for kind, action in day.call(
                deployments.check_actions, deployment_id=day.deployment_id, actor=getattr(day, name)
            ).items()
            if action.allowed
        }
        for name in ("planner", "officer", "silver", "operator", "engagement", "engineer")
    }
    ticked = set(CheckKind) - {CheckKind.MODEL_MATCHES, CheckKind.WATCHLIST_MATCHES}
    assert offered == {
        "planner": set(),
        "officer": set(),
        "operator": set(),
        "silver": ticked,
        "engagement": {CheckKind.SIGNAGE},
        "engineer": ticked - {CheckKind.STAFFING},
    }


def test_an_operator_with_several_roles_vouches_in_the_role_that_is_left(day):
    """Commander would be barred for an operator; the signs may still be seen as engagement officer."""
    accepted(day)
    day.step(deployments.record_duty, day.operator, CHECKED, duty=Duty.OPERATOR)
    operator = day.with_roles(day.operator, Role.SILVER_COMMANDER, Role.ENGAGEMENT_OFFICER)
    day.signs()
    signs = {"kind": CheckKind.SIGNAGE, "passed": True}
    day.step(deployments.record_check, operator, CHECKED, **signs)
    duties = day.call(deployments.duties, deployment_id=day.deployment_id)
    assert {duty.duty for duty in duties if duty.actor_id == operator.id} == {Duty.OPERATOR, Duty.ENGAGEMENT}


def test_a_duty_is_offered_to_those_who_may_take_it(day):
    day.to(S.LIVE)
    for actor in people(day).values():
        refusals = day.call(deployments.duty_refusals, deployment_id=day.deployment_id, actor=actor)
        for duty in Duty:
            asked = {"deployment_id": day.deployment_id, "duty": duty, "actor": actor}
            with force_context(day.force.id):
                can = deployments.can_take_duty(**asked)
                assert can is goes_through(deployments.record_duty, now=NOON, **asked)
            assert can is (refusals.get(duty) == ())
