"""Conditions of an approval, reports of a cancellation, and approvals that lapse (domain.md §2)."""

from datetime import timedelta

import pytest

from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.watchlists import api as watchlists
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, VERIFIED
from tests.support.plans import REASONS

CONDITIONS = ("Ask the school to keep its gate closed.", "  Put a second  sign at Church Lane. ", "")
LAPSES = START + timedelta(hours=1)


def conditions(day):
    return day.call(deployments.conditions, deployment_id=day.deployment_id)


def meet(day, condition, actor, now=CHECKED, note="The head teacher agreed by telephone."):
    return day.step(deployments.meet_condition, actor, now, condition_id=condition.id, note=note)


@pytest.fixture
def bound(day):
    day.to(S.SUBMITTED)
    day.approve(conditions=CONDITIONS)
    day.verify(now=VERIFIED)
    return day


def test_recognition_does_not_start_before_every_condition_is_met(bound):
    bound.import_list()
    bound.step(deployments.seal_watchlist, bound.planner, IMPORTED)
    bound.accept()
    bound.check()
    bound.step(deployments.make_ready, bound.silver, CHECKED)
    first, second = conditions(bound)
    assert (first.number, second.text) == (1, "Put a second sign at Church Lane.")
    met = meet(bound, first, bound.planner)
    assert (met.met_by, met.met_at, met.is_open) == ("planner", CHECKED, False)
    with pytest.raises(RuleViolated) as refused:
        bound.step(deployments.start, bound.silver, START)
    assert refused.value.reasons == (
        "Condition 2 of the approval is not met yet: Put a second sign at Church Lane.",
    )
    meet(bound, second, bound.silver)
    assert bound.step(deployments.start, bound.silver, START).state is S.LIVE


def test_a_condition_is_met_once_with_words_by_those_who_can(bound, other_day):
    first, _ = conditions(bound)
    for actor in (bound.operator, bound.engineer):
        with pytest.raises(NotPermitted):
            meet(bound, first, actor)
    with pytest.raises(RuleViolated):
        meet(bound, first, bound.planner, note=" ok ")
    meet(bound, first, bound.planner)
    with pytest.raises(RuleViolated, match="not open any more"):
        meet(bound, first, bound.silver)
    other_day.to(S.SUBMITTED)
    other_day.approve(conditions=CONDITIONS)
    with pytest.raises(NotFound):
        meet(other_day, first, other_day.planner)


def test_conditions_lapse_with_their_approval(bound):
    wider = bound.plan(max_subjects=11)
    bound.step(deployments.amend, bound.planner, VERIFIED, authority=wider, reason=REASONS)
    assert not any(condition.is_open for condition in conditions(bound))
    bound.step(deployments.submit, bound.planner, VERIFIED)
    bound.approve(now=VERIFIED)
    assert [condition.lapsed_at for condition in conditions(bound)] == [VERIFIED, VERIFIED]


def test_who_cancels_what_was_approved_reports(bound):
    with pytest.raises(RuleViolated, match="Report what"):
        bound.step(deployments.cancel, bound.planner, VERIFIED, reason="the event is off")
    report = {"done": "One sign was put up.", "collected": "Nothing was collected."}
    over = bound.step(deployments.cancel, bound.planner, VERIFIED, reason="the event is off", **report)
    assert (over.state, over.cancel_done, over.cancel_collected) == (S.CANCELLED, *report.values())


def test_what_has_not_started_in_time_lapses_before_its_window_is_over(day):
    day.draft(starts_by=LAPSES)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    day.verify(now=VERIFIED)
    day.import_list()
    moment = timedelta(microseconds=1)
    assert day.call(deployments.expire_overdue, now=LAPSES - moment) == 0
    assert day.call(deployments.expire_overdue, now=LAPSES + timedelta(hours=2)) == 1
    assert day.get().state is S.EXPIRED
    listed = day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id)
    assert listed.purge_due_at == LAPSES + timedelta(hours=24)
