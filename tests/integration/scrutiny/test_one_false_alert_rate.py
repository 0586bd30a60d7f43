"""How often it was wrong has one answer, whoever asks: board, record, its JSON, published results in both
languages and their JSON, and what stops recognition by itself."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome
from apps.alerts.models import Alert, AlertOutcome
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import Cause, DeploymentState
from apps.deployments.models import Deployment
from apps.live import watch
from apps.live.models import CameraTally
from apps.notices import json_form
from apps.notices.results import results_page
from apps.recognition import api as recognition
from apps.scrutiny import api as scrutiny
from apps.scrutiny.results import results_of
from tests.support.alert_stage import make_stage

TRACKS = 150
LEFT_OUT = "4 of all 8 alerts are not in this rate: nobody has found out whether they were right."


@pytest.fixture
def stage(real_db):
    """Eight alerts: 1 rejected, 2 found false, 1 right, 1 expired, 1 not located, 1 unsure, 1 open. And a
    decoy."""
    stage = make_stage("north", subjects=8)
    now = utc_now()
    expired, rejected, false, right, gone, unsure, another_false, still_open = stage.subjects
    stage.raise_alert(subject_id=expired, now=now - timedelta(minutes=10))
    stage.within(alerts.expire_undecided, now=now)
    stage.decide(stage.raise_alert(subject_id=rejected).id, OperatorDecision.NOT_A_MATCH)
    stage.decide(stage.raise_alert(subject_id=unsure).id, OperatorDecision.UNSURE)
    outcome(stage, right, Outcome.NO_LONGER_WANTED)
    outcome(stage, gone, Outcome.NOT_LOCATED)
    a_decoy(stage, stage.raise_alert(subject_id=still_open).id)
    contradicted(stage, false)
    # The second one stops it.
    contradicted(stage, another_false)
    with stage.context():
        CameraTally.objects.create(
            deployment_id=stage.deployment_id,
            camera_id=stage.cameras[0].id,
            frames=900,
            tracks=TRACKS,
            faces=400,
        )
    return stage


def engaged(stage, subject_id):
    alert = stage.raise_alert(subject_id=subject_id)
    stage.decide(alert.id, OperatorDecision.MATCH)
    about = {"alert_id": alert.id, "actor": stage.officer.actor}
    decision = EngagementDecision.ENGAGE
    stage.within(alerts.engagement_decide, **about, decision=decision, reason="", now=utc_now())
    return about


def contradicted(stage, subject_id):
    stage.within(alerts.identity_contradicted, **engaged(stage, subject_id), now=utc_now())


def outcome(stage, subject_id, found):
    about = engaged(stage, subject_id)
    if found is not Outcome.NOT_LOCATED:
        stage.within(alerts.establish_identity, **about, now=utc_now())
    stage.within(alerts.record_outcome, **about, outcomes=[found], now=utc_now())


def a_decoy(stage, alert_id):
    with stage.context():
        row = Alert.objects.get(id=alert_id)
        values = {field.attname: getattr(row, field.attname) for field in Alert._meta.fields}
        own = {"id": uuid4(), "number": 99, "track_id": uuid4().hex, "key_id": uuid4(), "revision": 99}
        decoy = {"decoy": True, "decoy_subject_id": row.subject_id, "counted_apart": True}
        state = {"state": AlertState.EXPIRED, "template_blob_id": None}
        Alert.objects.create(**values | own | decoy | state)


def exact(false, of):
    found = recognition.exact_rate(false, of)
    return {"numerator": false, "denominator": of, "low": found.low, "high": found.high}


def page(stage, path):
    answer = stage.silver.client().get(path)
    assert answer.status_code == 200
    return " ".join(answer.getvalue().decode().split())


def record_path(stage):
    return f"/records/{stage.within(deployments.get, deployment_id=stage.deployment_id).reference}/"


def published(stage):
    return results_of(stage.within(scrutiny.deployment_record, deployment_id=stage.deployment_id))


WORDS = (
    "3 of 4 (75%; exact 95% interval 19% to 99%)",
    "3 of 150 (2%; exact 95% interval 0.41% to 5.7%)",
    "2 of 150 (1.3%; exact 95% interval 0.16% to 4.7%)",
    LEFT_OUT,
)


@pytest.mark.parametrize("where", ["board", "record"])
def test_board_and_record_have_the_same_words(stage, where):
    path = f"/board/{stage.deployment_id}/" if where == "board" else record_path(stage)
    said = page(stage, path)
    for words in WORDS:
        assert words in said
    # Nothing that nobody decided on, or found out about, makes the platform look better.
    for softer in ("3 of 8", "2 of 8", "3 of 6", "3 of 5", "of 9"):
        assert softer not in said


def test_the_json_of_the_record_has_the_same_figures(stage):
    reader = stage.person("reader", Role.OVERSIGHT).client()
    found = json.loads(reader.get(record_path(stage) + "?format=json").getvalue())
    for name, (false, of) in {
        "false_of_alerts": (3, 4),
        "false_of_tracks": (3, TRACKS),
        "confirmed_false_of_tracks": (2, TRACKS),
    }.items():
        rate, wanted = found[name], exact(false, of)
        assert (rate["numerator"], rate["denominator"]) == (false, of)
        assert rate["share"] == false / of
        assert rate["interval95"] == [wanted["low"], wanted["high"]]


def test_results_and_their_json_have_the_same_figures(stage):
    results = published(stage)
    told = json_form.results_form(results)
    assert told["false_of_alerts"] == exact(3, 4)
    assert told["false_of_faces"] == exact(3, TRACKS)
    for language, answer, interval, left_out in (
        ("en", "3 of 4 alerts whose result is known (75%)", "exact 95% interval", "4 of all 8 alerts"),
        ("cy", "3 o 4 rhybudd", "cyfwng 95% union", "4 o'r 8 rhybudd"),
    ):
        with translation.override(language):
            of_alerts, of_tracks, _ = results_page(results).rates
        assert of_alerts.answer.startswith(answer)
        assert "19%" in of_alerts.trust
        assert interval in of_alerts.trust
        assert left_out in of_alerts.trust
        assert of_tracks.answer.startswith(f"3 o{'f' * (language == 'en')} 150 ")


def test_recognition_stops_by_the_same_figure(stage):
    """One of the two is answered already: what stops it is the rate of the whole deployment."""
    found_false = AlertOutcome.objects.filter(outcome=Outcome.RELEASED_IDENTITY_WRONG).order_by("recorded_at")
    with stage.context():
        answered = {"state": DeploymentState.LIVE, "accuracy_from": found_false[0].recorded_at}
        Deployment.objects.filter(id=stage.deployment_id).update(**answered)
        assert watch.suspend_inaccurate(deployment_id=stage.deployment_id, now=utc_now())
        stopped = deployments.get(deployment_id=stage.deployment_id)
        reason = deployments.decisions(deployment_id=stage.deployment_id)[-1].reasons
    assert stopped.suspended_for is Cause.FALSE_ALERT_RATE
    assert f"2 of {TRACKS} tracks" in reason
    assert "Above the ceiling, 1 in 1,000, with 95% confidence" in page(
        stage, f"/board/{stage.deployment_id}/"
    )


@pytest.mark.parametrize(
    ("tracks", "board", "record"),
    [
        (0, "none to count", "fewer tracks were counted than false alerts"),
        (1, "fewer tracks were counted than false alerts", "fewer tracks were counted than false alerts"),
    ],
)
def test_where_tracks_were_not_counted_no_rate_of_them_is_claimed_anywhere(stage, tracks, board, record):
    stage.within(CameraTally.objects.update, tracks=tracks)
    results = published(stage)
    assert (results.false_of_tracks, json_form.results_form(results)["false_of_faces"]) == (None, None)
    assert page(stage, record_path(stage)).count(f"<dd>{record}") == 2
    assert page(stage, f"/board/{stage.deployment_id}/").count(f"<dd><strong>{board}</strong>") == 2
