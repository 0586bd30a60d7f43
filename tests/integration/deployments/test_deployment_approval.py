"""Who may approve what, and what a refused attempt leaves behind: nothing."""

import pytest

from apps.audit import api as audit
from apps.core.data import Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from tests.support.days import CHECKED, IMPORTED, PLANNED, START
from tests.support.plans import REASONS

EVERY_ROLE = tuple(set(Role) - {Role.SYSTEM})


def record(day):
    """Everything an attempt could have changed."""
    return (
        day.get(),
        day.call(deployments.decisions, deployment_id=day.deployment_id),
        day.call(deployments.duties, deployment_id=day.deployment_id),
        len(day.call(audit.events_about, object_id=day.deployment_id)),
    )


def refused(day, error, operation, actor, now, **arguments) -> DomainError:
    before = record(day)
    with pytest.raises(error) as refusal:
        day.step(operation, actor, now, **arguments)
    assert record(day) == before
    return refusal.value


def approval(day) -> dict[str, str]:
    return {"reasons": REASONS, "authority_hash": day.get().authority_hash}


def test_the_planner_never_approves_whatever_roles_they_hold(day):
    day.to(S.SUBMITTED)
    both = day.with_roles(day.planner, *EVERY_ROLE)
    for operation in (deployments.approve,):
        refused(day, NotPermitted, operation, both, PLANNED, **approval(day))
    for operation in (deployments.return_, deployments.refuse):
        refused(day, NotPermitted, operation, both, PLANNED, reasons=REASONS)


def test_whoever_amended_it_never_approves(day):
    day.to(S.SUBMITTED)
    second = day.person("second planner", Role.PLANNER, Role.AUTHORISING_OFFICER)
    day.step(deployments.amend, second, PLANNED, authority=day.plan(max_subjects=9))
    refused(day, NotPermitted, deployments.approve, second, PLANNED, **approval(day))


def test_whoever_returned_it_cannot_plan_it(day):
    day.to(S.SUBMITTED)
    officer = day.with_roles(day.officer, Role.PLANNER)
    day.step(deployments.return_, officer, PLANNED, reasons=REASONS)
    refused(day, NotPermitted, deployments.amend, officer, PLANNED, authority=day.plan(max_subjects=9))
    refused(day, NotPermitted, deployments.submit, officer, PLANNED)
    assert day.step(deployments.submit, day.planner, PLANNED, answer=REASONS).state is S.SUBMITTED


@pytest.mark.parametrize("answer", ["", " \n" * 30, "fine", "ok" + " " * 40 + "."], ids=str)
def test_what_was_returned_is_not_just_submitted_again(day, answer):
    day.to(S.SUBMITTED)
    day.step(deployments.return_, day.officer, PLANNED, reasons=REASONS)
    error = refused(day, RuleViolated, deployments.submit, day.planner, PLANNED, answer=answer)
    assert "Change it, or answer the officer's reasons" in error.message
    # There and back again is no change.
    for size in (9, 10):
        day.step(deployments.amend, day.planner, PLANNED, authority=day.plan(max_subjects=size))
    refused(day, RuleViolated, deployments.submit, day.planner, PLANNED, answer=answer)


def test_a_returned_plan_goes_on_with_a_change_or_with_an_answer(day):
    day.to(S.SUBMITTED)
    day.step(deployments.return_, day.officer, PLANNED, reasons=REASONS)
    answer = "  The square has no other approach; see the drawing. "
    day.step(deployments.submit, day.planner, PLANNED, answer=answer)
    log = day.call(deployments.decisions, deployment_id=day.deployment_id)
    assert [row.reasons for row in log if row.kind == "submit"] == ["", answer.strip()]
    day.step(deployments.return_, day.officer, PLANNED, reasons=REASONS)
    day.step(deployments.amend, day.planner, PLANNED, authority=day.plan(max_subjects=9))
    assert day.step(deployments.submit, day.planner, PLANNED).state is S.SUBMITTED


@pytest.mark.parametrize("role", sorted(set(EVERY_ROLE) - {Role.AUTHORISING_OFFICER}))
def test_no_other_role_approves(day, role):
    day.to(S.SUBMITTED)
    refused(day, NotPermitted, deployments.approve, day.person("x", role), PLANNED, **approval(day))


@pytest.mark.parametrize("reasons", ["", "   \n ", "fine", "a" + " " * 60 + "b"])
def test_an_approval_without_written_reasons_is_none(day, reasons):
    day.to(S.SUBMITTED)
    asked = approval(day) | {"reasons": reasons}
    refused(day, RuleViolated, deployments.approve, day.officer, PLANNED, **asked)


def test_an_approval_is_of_what_the_officer_read(day):
    day.to(S.SUBMITTED)
    read = approval(day)
    day.step(deployments.amend, day.planner, PLANNED, authority=day.plan(max_subjects=9))
    error = refused(day, RuleViolated, deployments.approve, day.officer, PLANNED, **read)
    assert "read it again" in error.message
    approved = day.step(deployments.approve, day.officer, PLANNED, **approval(day))
    assert approved.approved_hash == approved.authority.sha256() != read["authority_hash"]
    assert (approved.approver_id, approved.approved_at) == (day.officer.id, PLANNED)


def test_a_plan_that_became_impossible_while_it_waited_is_not_approved(day):
    day.to(S.SUBMITTED)
    refused(day, RuleViolated, deployments.approve, day.officer, IMPORTED, **approval(day))


def test_an_incomplete_draft_is_kept_but_not_submitted(day):
    day.draft(necessity="", cameras=(), max_subjects=0)
    error = refused(day, RuleViolated, deployments.submit, day.planner, PLANNED)
    assert len(error.reasons) == 3


def test_a_submitted_plan_cannot_be_amended_into_an_incomplete_one(day):
    day.to(S.SUBMITTED)
    refused(day, RuleViolated, deployments.amend, day.planner, PLANNED, authority=day.plan(necessity=""))


@pytest.mark.parametrize("operation", [deployments.refuse, deployments.return_])
def test_declining_needs_reasons_too(day, operation):
    day.to(S.SUBMITTED)
    refused(day, RuleViolated, operation, day.officer, PLANNED, reasons="no")
    day.step(operation, day.officer, PLANNED, reasons=REASONS)
    assert day.get().state in (S.REFUSED, S.RETURNED)


def test_the_silver_commander_is_not_the_planner_the_officer_or_the_operator(day):
    day.to(S.LIST_SEALED)
    silver = Role.SILVER_COMMANDER
    day.step(deployments.record_duty, day.operator, CHECKED, duty=Duty.OPERATOR)
    for person in (day.planner, day.officer, day.operator):
        refused(day, NotPermitted, deployments.make_ready, day.with_roles(person, silver), CHECKED)
    day.step(deployments.make_ready, day.silver, CHECKED)
    for person in (day.planner, day.officer, day.operator):
        refused(day, NotPermitted, deployments.start, day.with_roles(person, silver), START)
    day.step(deployments.start, day.silver, START)


def test_and_the_other_way_round(day):
    day.to(S.LIVE)
    everything = day.with_roles(day.silver, *EVERY_ROLE)
    refused(day, NotPermitted, deployments.record_duty, everything, START, duty=Duty.OPERATOR)
    refused(day, NotPermitted, deployments.amend, everything, START, authority=day.plan(max_subjects=9))


def test_the_officer_neither_operates_nor_engineers_nor_decides_on_alerts(day):
    day.to(S.LIVE)
    everything = day.with_roles(day.officer, *EVERY_ROLE)
    for duty in (Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER, Duty.SILVER):
        refused(day, NotPermitted, deployments.record_duty, everything, START, duty=duty)
    refused(day, NotPermitted, deployments.end, everything, START)
    focus = {"kind": CheckKind.CAMERA_FOCUS, "passed": True}
    refused(day, NotPermitted, deployments.record_check, everything, START, **focus)


def test_somebody_who_operates_another_deployment_may_approve_this_one(day, real_db):
    day.to(S.LIVE)
    both = day.with_roles(day.operator, Role.AUTHORISING_OFFICER)
    day.step(deployments.record_duty, both, START, duty=Duty.OPERATOR)
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    assert day.approve(actor=both).approver_id == both.id


def test_a_duty_is_taken_once(day):
    day.to(S.LIVE)
    for _ in range(2):
        day.step(deployments.record_duty, day.operator, START, duty=Duty.OPERATOR)
    taken = day.call(deployments.duties, deployment_id=day.deployment_id)
    assert [duty.actor_id for duty in taken].count(day.operator.id) == 1


def test_a_duty_needs_its_role(day):
    day.to(S.LIVE)
    refused(day, NotPermitted, deployments.record_duty, day.engineer, START, duty=Duty.OPERATOR)


@pytest.mark.parametrize("name", ["operator", "engagement", "engineer", "silver", "system"])
def test_anyone_on_duty_may_suspend(day, name):
    day.to(S.LIVE)
    actor = getattr(day, name)
    assert day.step(deployments.suspend, actor, START, reason="smoke").state is S.SUSPENDED


def test_a_suspension_needs_a_word_of_reason(day):
    day.to(S.LIVE)
    refused(day, RuleViolated, deployments.suspend, day.operator, START, reason="   ")


def test_an_actor_of_another_force_does_nothing_here(day, other_day):
    day.to(S.SUBMITTED)
    refused(day, DomainError, deployments.approve, other_day.officer, PLANNED, **approval(day))


@pytest.mark.parametrize("reference", ["", "a", "no/slash", "x" * 41, "späte"])
def test_a_reference_is_an_address(day, reference):
    with pytest.raises(RuleViolated, match="reference"):
        day.call(deployments.draft, authority=day.plan(), actor=day.planner, now=PLANNED, reference=reference)


def test_references_are_given_and_never_twice(day):
    def draft(**more):
        return day.call(deployments.draft, authority=day.plan(), actor=day.planner, now=PLANNED, **more)

    given = [
        draft().reference,
        draft(reference="lfr-2026-003").reference,
        draft().reference,
        draft().reference,
    ]
    assert given == ["LFR-2026-001", "LFR-2026-003", "LFR-2026-002", "LFR-2026-004"]
    with pytest.raises(RuleViolated, match="taken"):
        draft(reference="LFR-2026-003")
