import json
import re
from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.alerts.models import Alert
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.models import Camera, Deployment
from apps.live.models import CameraTally
from apps.relays.models import IngestTally
from apps.retention import api as retention
from apps.scrutiny import api
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def record(stage):
    with stage.context():
        return api.deployment_record(deployment_id=stage.deployment_id)


def decide(stage, alert, decision):
    with stage.context():
        alerts.operator_decide(
            alert_id=alert.id, decision=decision, actor=stage.operator.actor, now=utc_now()
        )


def identity_wrong(stage, alert):
    decide(stage, alert, OperatorDecision.MATCH)
    with stage.context():
        alerts.engagement_decide(
            alert_id=alert.id,
            decision=EngagementDecision.ENGAGE,
            reason="",
            actor=stage.officer.actor,
            now=utc_now(),
        )
        alerts.identity_contradicted(alert_id=alert.id, actor=stage.officer.actor, now=utc_now())


def tallies(stage):
    with stage.context():
        for camera, tracks in zip(stage.cameras, (130, 70), strict=True):
            CameraTally.objects.create(
                deployment_id=stage.deployment_id, camera_id=camera.id, frames=900, tracks=tracks, faces=4000
            )
            IngestTally.objects.create(
                deployment_id=stage.deployment_id, camera_id=camera.id, received=1000, refused=2, dropped=100
            )


def test_it_splits_the_alerts_and_gives_the_false_alert_rate_both_ways(stage):
    tallies(stage)
    rejected, contradicted, _undecided = (
        stage.raise_alert(subject_id=subject_id) for subject_id in stage.subjects
    )
    decide(stage, rejected, OperatorDecision.NOT_A_MATCH)
    identity_wrong(stage, contradicted)
    found = record(stage)
    split = found.alerts
    assert (split.total, split.operator_rejected, split.confirmed_true, split.confirmed_false) == (3, 1, 0, 1)
    assert split.unresolved == 1
    # The third may still be decided: nobody knows yet which part of the rate it will be.
    assert (split.waiting, split.is_open) == (1, True)
    assert (found.false_of_alerts.numerator, found.false_of_alerts.denominator) == (2, 2)
    assert (found.false_of_tracks.numerator, found.false_of_tracks.denominator) == (2, 200)
    assert found.engagements == 1
    assert found.tracks == 200
    assert (found.frames.received, found.frames.refused, found.frames.dropped) == (2000, 4, 200)
    assert found.frames.recognised == 1800


def test_the_true_recognition_rate_is_unknown_until_passes_are_given(stage):
    assert record(stage).true_recognition.rate is None
    assert "not recorded" in record(stage).true_recognition.reason


def test_while_it_runs_a_rate_is_of_what_was_decided_so_far(stage):
    alert, _ = (stage.raise_alert(subject_id=subject_id) for subject_id in stage.subjects[:2])
    reader = stage.person("reader", Role.OVERSIGHT).client()
    page = reader.get(url(stage)).getvalue().decode()
    assert "no result is known. 2 of all 2 alerts are not in this rate" in page
    assert "2 of them still wait." in page
    assert "Still waiting for a decision or an outcome" in page
    assert "0 of 2" not in page
    decide(stage, alert, OperatorDecision.NOT_A_MATCH)
    page = reader.get(url(stage)).getvalue().decode()
    assert "1 of 1 (100%" in page
    assert "of alerts whose result is known. 1 of all 2 alerts is not in this rate" in page
    assert "1 of them still waits." in page


def test_what_ran_out_of_time_is_not_called_an_officers_decision(stage):
    """In the seconds before the sweep it waits for nobody, and nobody has decided on it."""
    alert = stage.raise_alert()
    with stage.context():
        Alert.objects.filter(id=alert.id).update(expires_at=utc_now() - timedelta(seconds=2))
    page = stage.person("reader", Role.OVERSIGHT).client().get(url(stage)).getvalue().decode()
    rows = dict(re.findall(r"<th scope=\"row\"[^>]*>([^<]+)</th>\s*<td[^>]*>(\d+)</td>", page))
    assert rows["The officer decided not to engage"] == "0"
    assert rows["No outcome was written down"] == "1"
    assert rows["Not engaged"] == "0"


def test_gaps_of_two_cameras_at_once_count_once(stage):
    now = utc_now()
    with stage.context():
        Camera.objects.create(id=stage.cameras[0].id, name=stage.cameras[0].name, registered_at=now)
        for camera, begin, end in ((stage.cameras[0].id, 60, 40), (None, 50, 30)):
            deployments.record_gap(
                deployment_id=stage.deployment_id,
                camera_id=camera,
                started_at=now - timedelta(seconds=begin),
                ended_at=now - timedelta(seconds=end),
                reason="worker lost",
                actor=stage.system,
                now=now,
            )
    found = record(stage)
    assert found.gaps_s == pytest.approx(30)
    assert {gap.camera for gap in found.gaps} == {"", "North gate"}


def test_certificates_come_from_the_audit(stage):
    stage.raise_alert()
    done = retention.run_due(force_id=stage.force.id, now=utc_now() + timedelta(hours=25))
    found = record(stage)
    assert {c.sha256 for c in found.certificates} == {c.sha256 for c in done.certificates}
    assert all(c.simulated for c in found.certificates)


def test_the_page_shows_what_was_deleted_and_that_the_clock_was_moved(stage):
    now = utc_now()
    stage.raise_alert()
    with stage.context():
        deployments.record_gap(
            deployment_id=stage.deployment_id,
            camera_id=None,
            started_at=now - timedelta(seconds=12),
            ended_at=now,
            reason="worker lost",
            actor=stage.system,
            now=now,
        )
    retention.run_due(force_id=stage.force.id, now=now + timedelta(hours=25))
    page = stage.person("reader", Role.OVERSIGHT).client().get(url(stage)).getvalue().decode()
    for words in (
        "In simulated time",
        "1 alert, 1 encryption key, 2 encrypted files",
        "worker lost",
        "every camera",
        "12 seconds",
        "1 hour",
    ):
        assert words in page
    for internal in ("blob", "gallery_partition", "1 keys", "CLOCK"):
        assert internal not in page


def url(stage):
    with stage.context():
        return f"/records/{deployments.get(deployment_id=stage.deployment_id).reference}/"


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.OPERATOR, Role.FORCE_ADMIN])
def test_everybody_with_a_role_may_read_it(stage, role):
    answer = stage.person("reader", role).client().get(url(stage))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "False alerts among alerts" in answer.getvalue().decode()


def test_the_page_and_its_json_hold_no_name_no_reference_and_no_face(stage):
    alert = stage.raise_alert()
    client = stage.person("reader", Role.OVERSIGHT).client()
    with stage.context():
        listed = list(Subject.objects.values_list("display_name", "reference", "offence"))
    for path in (url(stage), url(stage) + "?format=json"):
        text = client.get(path).getvalue().decode()
        for words in listed:
            assert not any(word in text for word in words)
        assert str(alert.subject_id) not in text
        assert ".jpg" not in text
        assert "template" not in text.lower()


def test_strangers_are_asked_to_sign_in(stage, client):
    answer = client.get(url(stage))
    assert answer.status_code == 302
    assert "/sign-in/" in answer["Location"]


def test_another_forces_record_does_not_exist(stage):
    other = make_stage("south")
    assert other.person("reader", Role.OVERSIGHT).client().get(url(stage)).status_code == 404


def test_the_record_of_a_rehearsal_calls_it_a_test_and_its_stops_those_of_volunteers(stage):
    identity_wrong(stage, stage.raise_alert())
    page = stage.person("reader", Role.OVERSIGHT).client().get(url(stage)).getvalue().decode()
    assert "Test of the system as for a crime hotspot; it says nothing about this place" in page
    assert "of volunteers and of people taken for one; nobody is ranked" in page
    assert "without volunteers" not in page
    with stage.context():
        row = Deployment.objects.get(id=stage.deployment_id)
        Deployment.objects.filter(id=row.id).update(authority=row.authority | {"rehearsal": False})
    page = stage.person("reader", Role.OVERSIGHT).client().get(url(stage)).getvalue().decode()
    assert "Crime hotspot: a place where serious crime happens" in page
    assert "what officers recorded, without volunteers" in page


def test_the_json_has_every_number_of_the_page(stage):
    tallies(stage)
    found = json.loads(
        stage.person("reader", Role.OVERSIGHT).client().get(url(stage) + "?format=json").getvalue()
    )
    assert found["tracks"] == 200
    assert found["false_of_tracks"]["denominator"] == 200
    assert found["rehearsal"] is True
    assert found["notice_hours"] > 7 * 24


def test_the_record_exists_from_the_first_draft_on(stage):
    from apps.deployments.data import Authority

    planner = stage.person("drafter", Role.PLANNER).actor
    with stage.context():
        authority = deployments.get(deployment_id=stage.deployment_id).authority
        draft = deployments.draft(
            authority=Authority.from_canonical(authority.canonical()), actor=planner, now=utc_now()
        )
        found = api.deployment_record(deployment_id=draft.id)
    assert (found.tracks, found.alerts.total, found.watchlist_subjects, found.certificates) == (0, 0, 0, ())
    assert found.false_of_alerts.share is None
    assert found.notice_hours is None


def test_a_notice_that_was_seen_only_after_the_start_gave_no_hours_of_notice(stage):
    with stage.context():
        row = Deployment.objects.get(id=stage.deployment_id)
        Deployment.objects.filter(id=row.id).update(notice_verified_at=row.started_at + timedelta(hours=1))
    assert record(stage).notice_hours is None
