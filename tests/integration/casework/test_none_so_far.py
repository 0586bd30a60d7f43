"""Nought is somebody's word: without it the number is not recorded."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.casework import api, operations
from apps.casework.data import CaseKind, ComplaintState
from apps.casework.models import NoneStatement
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from tests.support.casework import breach, complaint, do, rights_request, worker

TODAY = london(utc_now()).date()


def state(stage, *kinds, actor=None, **of):
    do(stage, operations.state_none, kinds=kinds, of=operations.OfWhat(**of), actor=actor)


def of_deployment(stage):
    with stage.context():
        found = api.of_deployments(deployment_ids=[stage.deployment_id], now=utc_now())
    return found[stage.deployment_id].cases


def of_period(stage, first, last):
    with stage.context():
        return api.of_period(first=first, last=last, now=utc_now()).cases


def test_nought_is_not_recorded_until_somebody_says_so(stage):
    assert not of_deployment(stage).complaints.recorded
    state(stage, CaseKind.COMPLAINT, CaseKind.BREACH, deployment_id=stage.deployment_id)
    found = of_deployment(stage)
    assert found.complaints.recorded
    assert found.breaches.recorded
    assert not found.requests.recorded
    assert found.complaints.stated_none_at is not None
    assert found.complaints.total == 0
    with stage.context():
        [event] = AuditEvent.objects.filter(verb="casework.none_stated")
    assert event.payload["kinds"] == ["breach", "complaint"]
    complaint(stage)
    assert of_deployment(stage).complaints.by_state == {ComplaintState.RECEIVED: 1}


@pytest.mark.parametrize(
    ("kind", "enter"),
    [(CaseKind.COMPLAINT, complaint), (CaseKind.BREACH, breach), (CaseKind.REQUEST, rights_request)],
)
def test_it_is_not_said_where_there_is_one(stage, kind, enter):
    enter(stage)
    with pytest.raises(RuleViolated, match="1 recorded"):
        state(stage, kind, deployment_id=stage.deployment_id)
    with pytest.raises(RuleViolated, match="1 recorded"):
        state(stage, kind, first=TODAY - timedelta(days=5), last=TODAY)
    other = next(each for each in CaseKind if each is not kind)
    state(stage, other, deployment_id=stage.deployment_id)


def test_who_speaks_for_a_longer_time_speaks_for_its_days(stage):
    state(stage, CaseKind.BREACH, first=TODAY - timedelta(days=90), last=TODAY)
    assert of_period(stage, TODAY - timedelta(days=30), TODAY).breaches.recorded
    assert of_period(stage, TODAY - timedelta(days=90), TODAY).breaches.recorded
    assert not of_period(stage, TODAY - timedelta(days=91), TODAY).breaches.recorded
    assert not of_deployment(stage).breaches.recorded


@pytest.mark.parametrize(("first", "last"), [(1, 1), (0, -1), (-5, 1), (None, 0), (0, None)])
def test_nobody_speaks_for_days_to_come(stage, first, last):
    days = [None if day is None else TODAY + timedelta(days=day) for day in (first, last)]
    with pytest.raises(RuleViolated, match="still to come"):
        state(stage, CaseKind.BREACH, first=days[0], last=days[1])


def test_a_period_has_what_came_in_on_its_days(stage):
    complaint(stage, deployment_id=None, received_on=TODAY - timedelta(days=10))
    complaint(stage, received_on=TODAY - timedelta(days=40))
    rights_request(stage, received_on=TODAY - timedelta(days=10))
    breach(stage, became_aware_at=utc_now() - timedelta(days=10))
    edge = of_period(stage, TODAY - timedelta(days=10), TODAY - timedelta(days=10))
    assert (edge.complaints.total, edge.breaches.total, edge.requests.total) == (1, 1, 1)
    assert of_period(stage, TODAY - timedelta(days=40), TODAY).complaints.total == 2
    assert of_period(stage, TODAY - timedelta(days=9), TODAY).complaints.total == 0


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.OPERATOR, Role.SYSTEM_ENGINEER])
def test_other_roles_say_nothing(stage, role):
    with pytest.raises(NotPermitted):
        state(stage, CaseKind.BREACH, first=TODAY, last=TODAY, actor=worker(stage, role))


def test_nobody_speaks_for_another_force(stage, elsewhere):
    with pytest.raises(NotFound):
        state(stage, CaseKind.BREACH, deployment_id=elsewhere.deployment_id)
    state(elsewhere, CaseKind.BREACH, first=TODAY, last=TODAY)
    assert not of_period(stage, TODAY, TODAY).breaches.recorded
    with stage.context():
        assert not NoneStatement.objects.exists()


def test_a_period_costs_as_many_queries_however_much_is_in_it(stage):
    def queries():
        with stage.context(), CaptureQueriesContext(connection) as captured:
            api.of_period(first=TODAY, last=TODAY, now=utc_now())
        return len(captured)

    before = queries()
    for _ in range(4):
        complaint(stage)
        rights_request(stage)
    assert queries() == before <= 4
