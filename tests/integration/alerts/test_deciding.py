"""How long decisions took and how often two people saw it differently, over many deployments, by no name."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.deciding import Spread, _spread
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.core.clock import utc_now
from tests.support.alert_stage import make_stage

MATCH, NOT, UNSURE = OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH, OperatorDecision.UNSURE
ENGAGE, DO_NOT = EngagementDecision.ENGAGE, EngagementDecision.DO_NOT_ENGAGE
SECOND = uuid4()


@pytest.fixture
def stage(real_db):
    stage = make_stage("north")
    stage.wanted()
    return stage


def decided(stage, *said, subject=0, wrong=False, **changes):
    """An alert on which people decided: (who, what, after how many seconds), one after the other."""
    alert = stage.raise_alert(subject_id=stage.subjects[subject], track_id=uuid4().hex)
    with stage.context():
        # Long enough ago for the next alert about the same person.
        raised = utc_now() - timedelta(hours=1)
        Alert.objects.filter(id=alert.id).update(raised_at=raised, **changes)
        at = raised
        for who, value, after in said:
            at += timedelta(seconds=after)
            step = Step.OPERATOR if isinstance(value, OperatorDecision) else Step.ENGAGEMENT
            row = {"actor_id": who, "actor_label": "somebody", "reason": "", "decided_at": at}
            Decision.objects.create(alert_id=alert.id, step=step.value, value=value.value, **row)
        if wrong:
            AlertOutcome.objects.create(
                alert_id=alert.id,
                outcome=Outcome.RELEASED_IDENTITY_WRONG.value,
                recorded_at=at,
                actor_id=stage.officer.actor.id,
                actor_label="somebody",
            )
    return alert


def of(stage):
    with stage.context():
        return alerts.deciding(deployment_ids=[stage.deployment_id])


@pytest.fixture
def operator(stage):
    return stage.operator.actor.id


@pytest.fixture
def officer(stage):
    return stage.officer.actor.id


def test_times_run_from_the_alert_and_from_the_match(stage, operator, officer):
    decided(stage, (operator, MATCH, 4), (officer, ENGAGE, 10))
    decided(stage, (operator, NOT, 6))
    decided(stage, (operator, MATCH, 20), (officer, DO_NOT, 2))
    found = of(stage)
    assert found.operator == Spread(3, 6.0, 20.0, 20.0)
    assert found.officer == Spread(2, 2.0, 10.0, 10.0)
    assert (found.matches, found.not_engaged, found.contradicted, found.ran_out) == (2, 1, 0, 0)


def test_a_match_that_no_officer_decided_on_is_told_apart(stage, operator):
    decided(stage, (operator, MATCH, 4), state="expired")
    assert (of(stage).matches, of(stage).ran_out, of(stage).not_engaged) == (1, 1, 0)


def test_an_unsure_operator_is_counted_and_the_second_ones_time_is_the_time(stage, operator, officer):
    decided(stage, (operator, UNSURE, 3), (SECOND, MATCH, 9), (officer, ENGAGE, 5), wrong=True)
    decided(stage, (operator, UNSURE, 3))
    decided(stage, (operator, UNSURE, 3), (SECOND, UNSURE, 3))
    found = of(stage)
    assert (found.unsure, found.second_operator) == (3, 1)
    assert found.operator == Spread(1, 12.0, 12.0, 12.0)
    assert (found.matches, found.contradicted) == (1, 1)


def test_acceptance_is_by_person_and_step_and_in_no_order_of_it(stage, operator, officer):
    decided(stage, (operator, MATCH, 1), (officer, ENGAGE, 1))
    decided(stage, (operator, NOT, 1))
    decided(stage, (SECOND, NOT, 1))
    found = {(each.person_id, each.step): (each.decisions, each.yes) for each in of(stage).people}
    assert found == {
        (operator, Step.OPERATOR): (2, 1),
        (SECOND, Step.OPERATOR): (1, 0),
        (officer, Step.ENGAGEMENT): (1, 1),
    }
    assert [each.person_id for each in of(stage).people] == sorted(each for each, _ in found)


def test_decoys_and_volunteers_of_an_operation_and_other_deployments_are_in_none(stage, operator):
    decided(stage, (operator, MATCH, 1), counted_apart=True)
    assert of(stage) == alerts.Deciding(Spread(), Spread(), 0, 0, 0, 0, 0, 0, ())
    decided(stage, (operator, MATCH, 1))
    with stage.context():
        assert alerts.deciding(deployment_ids=[uuid4()]).matches == 0
    other = make_stage("south")
    with other.context():
        assert alerts.deciding(deployment_ids=[stage.deployment_id]).matches == 0


def test_more_alerts_cost_no_further_query(stage, operator, officer):
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            of(stage)
        counted.append(len(queries))
        for _ in range(4):
            decided(stage, (operator, MATCH, 4), (officer, ENGAGE, 10))
    assert counted[0] == counted[1]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_within_the_ninth_tenth_are_nine_of_ten_at_least(times):
    found = _spread(times)
    assert sum(each <= found.ninth_s for each in times) * 10 >= 9 * len(times)
    assert sum(each <= found.median_s for each in times) * 2 >= len(times)
    assert sum(each >= found.median_s for each in times) * 2 >= len(times)
    assert found.median_s <= found.ninth_s <= found.longest_s == max(times)
