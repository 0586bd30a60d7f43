"""Alerts that wait stand first on the home of whoever they wait for, as a number and nothing else."""

from datetime import timedelta

import pytest

from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert
from apps.core.clock import utc_now
from tests.support.alert_stage import make_stage


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def home(person):
    return person.client().get("/").content.decode()


def test_an_alert_waits_for_the_operator_and_then_for_the_engagement_officer(stage):
    alert = stage.raise_alert()
    operator, officer = home(stage.operator), home(stage.officer)
    assert "1 deployment waits for you" in operator
    assert "1 alert waits for an operator." in operator
    assert "No alert waits for the engagement officer." in officer
    stage.decide(alert.id, OperatorDecision.MATCH)
    assert "No alert waits for an operator." in home(stage.operator)
    assert "1 alert waits for the engagement officer." in home(stage.officer)


def test_an_alert_whose_time_is_up_waits_for_nobody_also_before_the_sweep(stage):
    old = stage.raise_alert(now=utc_now() - timedelta(seconds=61))
    assert stage.alert(old.id).state is AlertState.RAISED
    assert "No alert waits for an operator." in home(stage.operator)
    matched = stage.raise_alert(subject_id=stage.subjects[1])
    stage.decide(matched.id, OperatorDecision.MATCH)
    stage.within(lambda: Alert.objects.filter(id=matched.id).update(expires_at=utc_now()))
    assert stage.alert(matched.id).state is AlertState.DISPATCHED
    assert "No alert waits for the engagement officer." in home(stage.officer)


def test_nothing_of_the_alert_itself_is_on_a_home(stage):
    alert = stage.raise_alert()
    page = home(stage.operator)
    assert str(alert.id) not in page
    assert "TEST-01" not in page
    assert "0.6172" not in page
