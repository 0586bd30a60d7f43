"""The commander's board: what is wrong first, what waits since when, who is there, and one press to stop."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.alerts import api as alerts
from apps.alerts import presence
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.engagement_data import Power, StopRecord
from apps.alerts.models import Engagement
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, Duty
from apps.relays.models import IngestTally, Relay
from tests.support.alert_stage import make_stage
from tests.support.secrets_in import secrets_in

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage():
    return make_stage()


def board(stage, person=None):
    answer = (person or stage.silver).client().get(f"/board/{stage.deployment_id}/")
    assert answer.status_code == 200
    return answer


def text(answer, part=None):
    page = answer.content.decode()
    return page if part is None else page.split(f'id="{part}"')[1].split("</section>")[0]


def test_what_is_wrong_stands_first_in_whole_sentences(stage):
    page = text(board(stage))
    alarm = page.split('id="alarms"')[1].split('id="state"')[0]
    assert "Not everything is as it should be" in alarm
    assert "Recognition is not running yet: it is starting." in alarm
    assert "North gate has no relay: nothing can reach recognition from it." in alarm
    assert "No operator is at a console." in alarm
    assert page.index('id="alarms"') < page.index('id="cameras-title"')


def test_of_somebody_an_officer_is_with_for_long_it_says_whether_a_stop_goes_on(stage):
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    about = {"alert_id": alert.id, "actor": stage.officer.actor}
    now = utc_now()
    stage.within(alerts.engagement_decide, **about, decision=EngagementDecision.ENGAGE, reason="", now=now)
    stage.within(Engagement.objects.update, escalates_at=now)
    longer = "longer than the force expects"
    assert f"{longer}; no stop is recorded." in text(board(stage))
    talked = StopRecord(power=Power.NONE, started_at=now)
    stage.within(alerts.record_stop, **about, record=talked, now=now)
    assert f"{longer}; no stop is recorded." in text(board(stage))
    stopped = StopRecord(power=Power.ARREST, started_at=now)
    stage.within(alerts.record_stop, **about, record=stopped, now=now)
    assert f"{longer}; a stop goes on." in text(board(stage))
    ended = StopRecord(power=Power.ARREST, started_at=now, ended_at=now)
    stage.within(alerts.record_stop, **about, record=ended, now=now)
    assert longer not in text(board(stage))


def test_one_press_stops_it_with_a_reason_that_may_stay_as_it_is(stage):
    page = text(board(stage))
    assert 'value="Suspended at once from the board"' in page
    with stage.context():
        deployments.record_duty(
            deployment_id=stage.deployment_id, duty=Duty.SILVER, actor=stage.silver.actor, now=utc_now()
        )
    asked = {"step": "suspend", "reason": "Suspended at once from the board"}
    answer = stage.silver.client().post(f"/deployments/{stage.deployment_id}/run/", asked)
    assert answer.status_code == 302
    with stage.context():
        assert deployments.get(deployment_id=stage.deployment_id).state is DeploymentState.SUSPENDED
    page = text(board(stage))
    assert "Suspend recognition now" not in page
    assert "Suspended at once from the board" in page


def test_who_may_not_suspend_is_offered_no_button(stage):
    planner = stage.person("approver", Role.AUTHORISING_OFFICER, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    officer = stage.person("other officer", Role.AUTHORISING_OFFICER)
    assert "Suspend recognition now" not in text(board(stage, officer))
    assert board(stage, planner).status_code == 200


def test_alerts_by_what_they_wait_for_with_the_oldest(stage):
    now = utc_now()
    first, second, third = stage.subjects
    stage.raise_alert(now=now - timedelta(seconds=50), subject_id=first)
    stage.raise_alert(now=now - timedelta(seconds=20), subject_id=second)
    matched = stage.raise_alert(now=now - timedelta(seconds=40), subject_id=third)
    stage.decide(matched.id, OperatorDecision.MATCH)
    answer = board(stage)
    waits = answer.context["board"].waiting
    assert [wait.count for wait in waits] == [2, 1, 0]
    with stage.context():
        found = alerts.by_state(deployment_id=stage.deployment_id)
    assert found[AlertState.RAISED].oldest_at == now - timedelta(seconds=50)
    assert f"oldest for {waits[0].oldest}" in text(answer, "alerts")
    assert waits[2].oldest == ""


def tiles(answer):
    return {tile.what: tile.count for tile in answer.context["board"].tiles}


def test_every_alert_is_in_one_tile_and_the_tiles_add_up():
    stage = make_stage(subjects=5)
    about = {"actor": stage.officer.actor, "now": utc_now()}
    raised = [stage.raise_alert(subject_id=subject) for subject in stage.subjects]
    not_engaged, not_located, contradicted, rejected, _ = (alert.id for alert in raised)
    for matched in (not_engaged, not_located, contradicted):
        stage.decide(matched, OperatorDecision.MATCH)
    stage.decide(rejected, OperatorDecision.NOT_A_MATCH)
    avoided = {"decision": EngagementDecision.DO_NOT_ENGAGE, "reason": "Too crowded to approach"}
    stage.within(alerts.engagement_decide, alert_id=not_engaged, **avoided, **about)
    engaged = {"decision": EngagementDecision.ENGAGE, "reason": ""}
    for alert_id in (not_located, contradicted):
        stage.within(alerts.engagement_decide, alert_id=alert_id, **engaged, **about)
    gone = {"outcomes": [Outcome.NOT_LOCATED]}
    stage.within(alerts.record_outcome, alert_id=not_located, **gone, **about)
    wrong = {"outcomes": [Outcome.RELEASED_IDENTITY_WRONG]}
    stage.within(alerts.record_outcome, alert_id=contradicted, **wrong, **about)
    found = tiles(board(stage))
    assert found["All alerts"] == 5
    assert found["Not engaged, or not located"] == 2
    assert found["Wrong person, officer found"] == found["Operator: not a match"] == 1
    assert sum(found.values()) == 2 * found["All alerts"]


def test_both_rules_by_which_recognition_stops_itself_stand_on_the_board(stage):
    rates = text(board(stage), "rates")
    assert "At 2 alerts found false by an officer; or at one" in rates
    assert "at least 100 tracks were counted" in rates
    assert "more than one track in 1,000" in rates
    assert "There are 0." in rates


def test_who_is_at_the_console_stands_beside_their_duty_and_nothing_of_their_work(stage):
    now = utc_now()
    with stage.context():
        for person, duty in ((stage.operator, Duty.OPERATOR), (stage.officer, Duty.ENGAGEMENT)):
            deployments.record_duty(deployment_id=stage.deployment_id, duty=duty, actor=person.actor, now=now)
        presence.beat(
            deployment_id=stage.deployment_id,
            actor=stage.operator.actor,
            steps=frozenset({Step.OPERATOR}),
            trained=lambda _: True,
            now=now,
        )
    duty = text(board(stage), "duty")
    assert f"{stage.operator.actor.label}: Operator, at a console since" in duty
    assert f"{stage.officer.actor.label}: Engagement officer</li>" in duty
    page = text(board(stage))
    assert "No engagement officer is at a console." in page
    assert "No operator is at a console." not in page


def test_a_relay_says_how_it_is_and_refusals_have_their_reasons(stage):
    now = utc_now()
    north, _ = stage.cameras
    said = {
        "state": "reading",
        "reopened": 2,
        "error": "",
        "quality": 71,
        "age_ms": 80,
        "sent": 500,
        "dropped_by": {"rate": 900, "no_link": 12},
        "fps": 4.5,
    }
    with stage.context():
        Relay.objects.create(
            name="Van 1",
            key_id=uuid4().hex[:16],
            key_sha256=b"0" * 32,
            deployment_id=stage.deployment_id,
            camera_ids=[str(camera.id) for camera in stage.cameras],
            enrolled_at=now,
            last_seen_at=now,
            reported_at=now,
            report={"offset_ms": 5400, "rtt_ms": 31, "uptime_s": 60, "version": "2.0", "pace_fps": 3.0}
            | {"cameras": {str(north.id): said}},
        )
        IngestTally.objects.create(
            deployment_id=stage.deployment_id,
            camera_id=north.id,
            received=500,
            refused=7,
            refusals={"malformed": 4, "out of order": 3},
            last_received_at=now,
        )
    page = text(board(stage))
    assert "4.5 a second, JPEG quality 71, opened again 2 times, 12 frames not sent" in page
    assert "7 refused (4 malformed, 3 out of order)" in page
    assert "connected, answers in 31 ms, its clock is 5.4 s behind, asked for at most 3 frames" in page
    assert "The clock of the relay Van 1 is 5.4 s behind" in page
    answer = stage.operator.client().get(f"/console/{stage.deployment_id}/health.json").json()
    camera = next(each for each in answer["cameras"] if each["name"] == "North gate")
    assert camera["at_relay"]["dropped"] == [
        {"why": "more than was wanted", "frames": 900},
        {"why": "no link to the platform", "frames": 12},
    ]
    assert camera["refusals"] == {"malformed": 4, "out of order": 3}


def test_gaps_are_told_in_minutes_and_no_name_or_score_is_on_the_page(stage):
    now = utc_now()
    stage.raise_alert()
    with stage.context():
        deployments.record_gap(
            deployment_id=stage.deployment_id,
            camera_id=None,
            started_at=now - timedelta(seconds=200),
            ended_at=now,
            reason="worker lost",
            actor=stage.system,
            now=now,
        )
    page = text(board(stage))
    assert "not looked at for 3 minutes 20 seconds in all" in page
    assert secrets_in(page, ("TEST-01", "Test Subject", "0.617", "0.45")) == []
