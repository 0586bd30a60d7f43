"""Attempts to record an arrest of somebody who is not, or not yet known to be, the listed person."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from tests.support import engaging
from tests.support.engaging import do

WRONG = Outcome.RELEASED_IDENTITY_WRONG


@pytest.fixture
def engaged(stage):
    """An alert of somebody suspected on which an officer engaged; nobody established who the person is."""
    stage.wanted()
    return engaging.engaged(stage)


def record(stage, alert, *outcomes):
    return do(stage, alerts.record_outcome, alert, outcomes=outcomes, status_confirmed=True)


def outcome_events(stage, alert):
    with stage.context():
        return AuditEvent.objects.filter(verb="alert.outcome_recorded", object_id=alert.id).count()


def test_an_arrest_waits_for_the_identity(stage, engaged):
    with pytest.raises(RuleViolated, match="establish the identity"):
        record(stage, engaged, Outcome.ARREST)
    with pytest.raises(RuleViolated, match="establish the identity"):
        record(stage, engaged, Outcome.SAFEGUARDED, Outcome.ARREST)
    assert stage.outcomes(engaged.id) == ()
    assert outcome_events(stage, engaged) == 0
    do(stage, alerts.establish_identity, engaged)
    record(stage, engaged, Outcome.ARREST)
    assert stage.outcomes(engaged.id) == (Outcome.ARREST,)


@pytest.mark.parametrize("identified", [False, True], ids=["unidentified", "identified"])
def test_after_a_release_nothing_more_can_be_recorded(stage, engaged, identified, subtests):
    if identified:
        do(stage, alerts.establish_identity, engaged)
    do(stage, alerts.identity_contradicted, engaged)
    before = stage.alert(engaged.id)
    for outcome in Outcome:
        with subtests.test(outcome=str(outcome)):
            with pytest.raises(RuleViolated, match="released as the wrong one"):
                record(stage, engaged, outcome)
            assert stage.outcomes(engaged.id) == (WRONG,)
            assert stage.alert(engaged.id) == before
            assert outcome_events(stage, engaged) == 0


def test_the_identity_cannot_be_established_after_the_release_to_arrest_all_the_same(stage, engaged):
    do(stage, alerts.identity_contradicted, engaged)
    with pytest.raises(RuleViolated, match="contradicted"):
        do(stage, alerts.establish_identity, engaged)
    assert stage.alert(engaged.id).identity_established_at is None


def test_release_and_arrest_in_one_request_are_refused_whole(stage, engaged):
    do(stage, alerts.establish_identity, engaged)
    for outcomes in ((WRONG, Outcome.ARREST), (Outcome.ARREST, WRONG)):
        with pytest.raises(RuleViolated, match="both wrong and correct"):
            record(stage, engaged, *outcomes)
    assert stage.outcomes(engaged.id) == ()


def test_a_colleague_cannot_either(stage, engaged):
    do(stage, alerts.establish_identity, engaged)
    do(stage, alerts.identity_contradicted, engaged)
    colleague = stage.person("colleague", Role.ENGAGEMENT_OFFICER).actor
    with stage.context(), pytest.raises(RuleViolated):
        alerts.record_outcome(
            alert_id=engaged.id,
            outcomes=[Outcome.ARREST],
            status_confirmed=True,
            actor=colleague,
            now=utc_now(),
        )


def test_over_http_with_a_page_that_still_shows_the_form(stage, engaged):
    do(stage, alerts.identity_contradicted, engaged)
    client = stage.officer.client()
    fields = {"outcomes": ["arrest"], "status_confirmed": True}
    answer = client.post(f"/alerts/{engaged.id}/outcome", json.dumps(fields), content_type="application/json")
    assert answer.status_code == 422
    assert "released as the wrong one" in answer.json()["error"]
    plain = client.post(f"/alerts/{engaged.id}/outcome", {"outcomes": "arrest", "status_confirmed": "on"})
    assert plain.status_code == 422
    (item,) = client.get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    assert item["actions"] == []
    with stage.context():
        assert alerts.summary(deployment_id=stage.deployment_id).arrests == 0


def test_a_release_stays_possible_after_an_arrest(stage, engaged):
    do(stage, alerts.establish_identity, engaged)
    record(stage, engaged, Outcome.ARREST)
    do(stage, alerts.identity_contradicted, engaged)
    assert set(stage.outcomes(engaged.id)) == {Outcome.ARREST, WRONG}
    with stage.context():
        assert alerts.summary(deployment_id=stage.deployment_id).confirmed_false == 1


def test_of_a_release_and_an_arrest_at_once_the_arrest_never_follows_the_release(stage):
    officer = stage.officer.actor

    def attempt(alert, operation, **more):
        try:
            with stage.context():
                operation(alert_id=alert.id, actor=officer, now=utc_now(), **more)
        except RuleViolated:
            return False
        finally:
            connection.close()
        return True

    stage.wanted()
    with ThreadPoolExecutor(2) as pool:
        # The second release suspends the deployment: no third alert is raised.
        for subject in stage.subjects[:2]:
            alert = stage.raise_alert(subject_id=subject)
            stage.decide(alert.id, OperatorDecision.MATCH)
            do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")
            do(stage, alerts.establish_identity, alert)
            released = pool.submit(attempt, alert, alerts.identity_contradicted)
            arrest = {"outcomes": [Outcome.ARREST], "status_confirmed": True}
            arrested = pool.submit(attempt, alert, alerts.record_outcome, **arrest)
            assert released.result(20), "a release was refused"
            with stage.context():
                events = AuditEvent.objects.filter(object_id=alert.id).order_by("ordinal")
                verbs = [event.verb for event in events]
            if arrested.result(20):
                assert verbs.index("alert.outcome_recorded") < verbs.index("alert.identity_contradicted")
            else:
                assert stage.outcomes(alert.id) == (WRONG,)


def test_who_established_the_identity_and_when_is_kept_and_shown(stage, engaged):
    officer = stage.officer.client()
    (item,) = officer.get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    assert item["identity"] is None
    do(stage, alerts.establish_identity, engaged)
    (item,) = officer.get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    kept = stage.alert(engaged.id)
    assert item["identity"] == {
        "at": kept.identity_established_at.isoformat(),
        "by": stage.officer.actor.label,
        "entered_by": "",
    }
    assert item["card"]["offence"] == "an invented serious offence"
