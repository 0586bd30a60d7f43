"""A match that no engagement officer decides on ends by itself, and that is always "no stop"."""

from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, PictureKind
from apps.alerts.escalation import escalate
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.errors import InvalidTransition, NotPermitted, RuleViolated
from tests.support.alert_stage import make_stage

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def dispatched(stage):
    alert = stage.raise_alert()
    return stage.decide(alert.id, OperatorDecision.MATCH)


def decide(stage, alert, decision, now):
    about = {"alert_id": alert.id, "actor": stage.officer.actor, "now": now}
    reason = "They left" if decision is EngagementDecision.DO_NOT_ENGAGE else ""
    return stage.within(alerts.engagement_decide, decision=decision, reason=reason, **about)


def card(stage, person):
    (item,) = person.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    return item


def test_its_time_is_the_forces_and_runs_from_the_match(real_db):
    for minutes in (5, 30):
        stage = make_stage(f"waits-{minutes}", dispatch_minutes=minutes)
        before = utc_now()
        alert = stage.decide(stage.raise_alert().id, OperatorDecision.MATCH)
        assert before <= alert.expires_at - timedelta(minutes=minutes) <= utc_now()


def test_until_the_very_moment_an_officer_engages_and_from_it_nobody_decides(stage, dispatched):
    for decision in EngagementDecision:
        with pytest.raises(RuleViolated, match="no stop"):
            decide(stage, dispatched, decision, dispatched.expires_at)
    engaged = decide(stage, dispatched, EngagementDecision.ENGAGE, dispatched.expires_at - MOMENT)
    assert engaged.state is AlertState.ENGAGED


def test_the_sweep_ends_it_as_no_stop_and_says_so(stage, dispatched):
    assert stage.within(alerts.expire_undecided, now=dispatched.expires_at - MOMENT) == 0
    assert stage.within(alerts.expire_undecided, now=dispatched.expires_at) == 1
    assert stage.alert(dispatched.id).state is AlertState.EXPIRED
    for person in (stage.officer, stage.operator):
        item = card(stage, person)
        assert item["state_label"] == "Match, and no officer decided in time: no stop"
        assert item["actions"] == []
        assert "card" not in item
    with stage.context():
        event = AuditEvent.objects.get(verb="alert.expired", object_id=dispatched.id)
    assert (event.actor_id, event.payload["from"]) == (None, "dispatched")
    with pytest.raises(InvalidTransition):
        decide(stage, dispatched, EngagementDecision.ENGAGE, utc_now())
    with pytest.raises(NotPermitted):
        stage.within(
            alerts.view_picture,
            alert_id=dispatched.id,
            which=PictureKind.PROBE,
            actor=stage.officer.actor,
            now=utc_now(),
        )


def test_the_record_counts_it_as_unresolved_and_as_expired(stage, dispatched):
    stage.within(alerts.expire_undecided, now=dispatched.expires_at)
    for found in (
        stage.within(alerts.summary, deployment_id=stage.deployment_id),
        stage.within(alerts.summaries, deployment_ids=[stage.deployment_id])[stage.deployment_id],
    ):
        assert (found.alerts, found.unresolved, found.expired, found.engagements) == (1, 1, 1, 0)


def test_who_is_engaged_with_somebody_is_left_alone(stage, dispatched):
    decide(stage, dispatched, EngagementDecision.ENGAGE, utc_now())
    assert stage.within(alerts.expire_undecided, now=dispatched.expires_at + timedelta(hours=2)) == 0
    assert stage.alert(dispatched.id).state is AlertState.ENGAGED


def test_nobody_is_called_to_one_whose_time_is_over(stage, dispatched):
    assert stage.within(escalate, now=dispatched.expires_at) == 0
    assert stage.within(escalate, now=dispatched.expires_at - MOMENT) == 1


def test_by_radio_it_is_over_too(stage, dispatched):
    stage.within(alerts.expire_undecided, now=dispatched.expires_at)
    (item,) = stage.silver.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    assert not (item["engagement"] or {}).get("links")
