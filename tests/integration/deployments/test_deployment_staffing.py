"""Minimum staffing: nothing begins, and nothing goes on, without somebody for each decision on an alert."""

import pytest

from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from tests.support.days import CHECKED, START
from tests.support.deployment_stages import NOON, accepted, suspended

STAFFED = {"kind": CheckKind.STAFFING, "passed": True}
NO_OPERATOR = "No operator has taken their duty yet."
NO_ENGAGEMENT = "No engagement officer has taken their duty yet."


def refusals(day, operation, now, **arguments) -> tuple[str, ...]:
    with pytest.raises(RuleViolated) as refused:
        day.step(operation, day.silver, now, **arguments)
    return refused.value.reasons


def taken(day):
    return {(d.actor_id, d.duty) for d in day.call(deployments.duties, deployment_id=day.deployment_id)}


def test_it_does_not_go_live_with_nobody_to_decide(day):
    """One commander and one engineer, and a tick that says otherwise: the trial's day."""
    accepted(day)
    day.signs()
    for kind in (CheckKind.CAMERA_FOCUS, CheckKind.ZONE_MARKED, CheckKind.SIGNAGE):
        day.step(deployments.record_check, day.engineer, CHECKED, kind=kind, passed=True)
    for kind in (CheckKind.BLUE_LIST_PASS, CheckKind.CLOCKS_IN_SYNC):
        day.step(deployments.record_check, day.silver, CHECKED, kind=kind, passed=True)
    assert refusals(day, deployments.record_check, CHECKED, **STAFFED) == (
        NO_OPERATOR,
        NO_ENGAGEMENT,
        "Only 2 people are on duty here. Your force needs at least 3.",
    )
    ready = refusals(day, deployments.make_ready, CHECKED)
    assert {NO_OPERATOR, NO_ENGAGEMENT} < set(ready)
    assert day.get().state is S.LIST_SEALED


def test_each_of_the_two_decisions_needs_somebody(day):
    accepted(day)
    helpers = [day.person(f"operator {n}", *day.operator.roles) for n in range(3)]
    for helper in helpers:
        day.step(deployments.record_duty, helper, CHECKED, duty=Duty.OPERATOR)
    assert refusals(day, deployments.record_check, CHECKED, **STAFFED) == (NO_ENGAGEMENT,)
    day.step(deployments.record_duty, day.engagement, CHECKED, duty=Duty.ENGAGEMENT)
    day.step(deployments.record_check, day.silver, CHECKED, **STAFFED)


def test_who_records_the_staffing_is_on_duty_by_it_and_counts(day):
    accepted(day)
    day.take_duties()
    day.step(deployments.record_check, day.silver, CHECKED, **STAFFED)
    assert (day.silver.id, Duty.SILVER) in taken(day)


def test_a_refused_tick_leaves_nothing_behind(day):
    accepted(day)
    before = taken(day)
    refusals(day, deployments.record_check, CHECKED, **STAFFED)
    assert taken(day) == before
    checks = day.call(deployments.checklist, deployment_id=day.deployment_id)
    assert all(check.recorded_at is None for check in checks)


def test_that_somebody_is_missing_can_always_be_recorded_and_stops_it(day):
    day.to(S.LIVE)
    missing = {"kind": CheckKind.STAFFING, "passed": False, "note": "the operator was taken ill"}
    assert day.step(deployments.record_check, day.silver, START, **missing).state is S.SUSPENDED


@pytest.mark.parametrize(
    ("drive", "operation", "now"),
    [
        (lambda day: day.to(S.LIST_SEALED), deployments.make_ready, CHECKED),
        (lambda day: day.to(S.READY), deployments.start, START),
        (suspended, deployments.resume, NOON),
    ],
    ids=["ready", "start", "resume"],
)
def test_it_is_asked_again_at_each_step(day, owner_connection, drive, operation, now):
    """A force that wants more people than it did an hour ago gets them before anything begins."""
    drive(day)
    before = day.get()
    owner_connection.execute("UPDATE forces_force SET minimum_staffing = 9 WHERE id = %s", [day.force.id])
    (reason,) = refusals(day, operation, now)
    # Commander, operator, engagement officer and the engineer who recorded items.
    assert reason == "Only 4 people are on duty here. Your force needs at least 9."
    assert day.get() == before


def test_another_forces_people_and_another_days_do_not_count(day, other_day):
    other_day.to(S.LIVE)
    day.to(S.LIVE)
    accepted(day)
    assert NO_OPERATOR in refusals(day, deployments.record_check, CHECKED, **STAFFED)


def test_open_items_are_those_that_somebody_has_to_record(day):
    def open_items():
        found = [day.get()]
        return day.call(deployments.open_items_of, deployments=found)[day.deployment_id]

    day.to(S.NOTICE_PUBLISHED)
    assert open_items() == ()
    accepted(day)
    assert set(open_items()) == set(CheckKind) - {CheckKind.MODEL_MATCHES, CheckKind.WATCHLIST_MATCHES}
    day.check(without=CheckKind.CAMERA_FOCUS)
    assert open_items() == (CheckKind.CAMERA_FOCUS,)
    day.to(S.LIVE)
    assert open_items() == ()
    fell = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "the north sign fell"}
    day.step(deployments.record_check, day.engagement, NOON, **fell)
    assert open_items() == (CheckKind.SIGNAGE,)
    day.step(deployments.end, day.silver, NOON)
    assert open_items() == ()
