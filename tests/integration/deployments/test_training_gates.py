"""Training currency is a property of each role-holder: an expired certificate blocks duty (domain.md §1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts import api as accounts
from apps.accounts.models import TrainingCertificate
from apps.core.clock import london
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, make_day
from tests.support.plans import REASONS

NOON = START + timedelta(hours=2)
DAY = timedelta(days=1)


@pytest.fixture
def day(real_db):
    return make_day("north")


def certificates(day, person, **changes):
    with force_context(day.force.id):
        TrainingCertificate.objects.filter(user_id=person.id).update(**changes)


def withdraw(day, person, now):
    certificates(day, person, withdrawn_at=now, withdrawn_by="x", withdrawn_reason="x")


def lose_role(day, person, role, now):
    day.call(accounts.revoke_role, user_id=person.id, role=role, actor=day.system, now=now, reason="Moved on")


def overnight(day):
    """A window from 10 in the evening to 4 in the morning."""
    evening = START + timedelta(hours=12)
    day.draft(window_start=evening, window_end=evening + timedelta(hours=6))
    return london(evening).date()


@pytest.mark.parametrize(
    ("issued", "expires", "may"),
    [
        pytest.param(-365, 1, True, id="both days"),
        pytest.param(-365, 0, False, id="ends at midnight"),
        pytest.param(-365, -1, False, id="ended the day before"),
        pytest.param(0, 1, True, id="begins that day"),
        pytest.param(1, 365, False, id="begins at midnight"),
    ],
)
def test_a_duty_needs_a_certificate_on_every_day_of_the_window(day, issued, expires, may):
    first = overnight(day)
    certificates(day, day.operator, issued_date=first + issued * DAY, expires_date=first + expires * DAY)
    asked = {"deployment_id": day.deployment_id, "duty": Duty.OPERATOR, "actor": day.operator}
    assert day.call(deployments.can_take_duty, **asked) is may
    if not may:
        with pytest.raises(NotPermitted, match="no certificate as operator that is current on"):
            day.step(deployments.record_duty, day.operator, PLANNED, duty=Duty.OPERATOR)
        assert day.call(deployments.duties, deployment_id=day.deployment_id)[1:] == []


@pytest.mark.parametrize("duty", [Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER])
def test_a_certificate_for_another_role_does_not_help(day, duty):
    day.draft()
    person = getattr(day, duty.value)
    certificates(day, person, role=Role.PLANNER)
    with pytest.raises(NotPermitted) as refused:
        day.step(deployments.record_duty, person, PLANNED, duty=duty)
    assert refused.value.code == "untrained"


def test_an_officer_without_training_approves_nothing_and_may_still_send_back(day):
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    withdraw(day, day.officer, PLANNED)
    with pytest.raises(NotPermitted, match="authorising officer"):
        day.approve()
    day.step(deployments.return_, day.officer, PLANNED, reasons=REASONS)


def test_a_planner_needs_none(day):
    withdraw(day, day.planner, PLANNED)
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)


def test_who_lost_their_training_or_their_role_while_on_duty_no_longer_counts(day):
    day.to(S.READY)
    lost = {
        "training": lambda: withdraw(day, day.operator, CHECKED),
        "role": lambda: lose_role(day, day.engagement, Role.ENGAGEMENT_OFFICER, CHECKED),
    }
    for take_away in lost.values():
        take_away()
        with pytest.raises(RuleViolated, match="no longer holds the role"):
            day.step(deployments.start, day.silver, START)
    words = " ".join(day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=START))
    assert (
        "No operator on duty counts: operator no longer holds the role with a current certificate." in words
    )
    assert "No engagement officer on duty counts: " in words
    assert "with a current certificate" in words


def test_training_that_lapses_keeps_a_suspended_deployment_suspended_and_never_hinders_a_stop(day):
    day.to(S.LIVE)
    certificates(day, day.operator, expires_date=london(START).date() - DAY)
    certificates(day, day.silver, expires_date=london(START).date() - DAY)
    day.step(deployments.suspend, day.operator, NOON, reason="somebody fell")
    with pytest.raises(NotPermitted, match="silver commander"):
        day.step(deployments.resume, day.silver, NOON)
    fresh = day.person("fresh", Role.SILVER_COMMANDER)
    with pytest.raises(RuleViolated, match="operator no longer holds the role"):
        day.step(deployments.resume, fresh, NOON)
    day.step(deployments.end, day.silver, NOON)
    assert day.get().state is S.ENDED


def test_an_item_of_the_checklist_is_vouched_for_by_somebody_trained(day):
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    day.verify()
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    withdraw(day, day.engineer, IMPORTED)
    item = {"kind": CheckKind.CAMERA_FOCUS, "passed": True}
    with pytest.raises(NotPermitted, match="system engineer"):
        day.step(deployments.record_check, day.engineer, CHECKED, **item)
    # Of two roles that may vouch for it, the one that they are trained for.
    both = day.with_roles(day.engineer, Role.SILVER_COMMANDER)
    day.step(deployments.record_check, both, CHECKED, **item)
    duties = day.call(deployments.duties, deployment_id=day.deployment_id)
    assert [duty.duty for duty in duties if duty.actor_id == both.id] == [Duty.SILVER]
