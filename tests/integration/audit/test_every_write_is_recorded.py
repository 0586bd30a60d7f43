"""No transaction changes a force's rows without an event of the record in the same transaction."""

from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome, PictureKind
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.ops.tasks import sweep_force
from apps.retention import api as retention
from tests.support.alert_stage import make_stage
from tests.support.days import END, START, make_day
from tests.support.write_log import watched


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def log(day, services):
    """From here on: people and their certificates are planted as rows."""
    with watched(services.worker_owner_url) as found:
        yield found


def test_a_whole_day_leaves_no_change_without_its_event(day, log):
    day.to(S.LIVE)
    noon = START + timedelta(hours=2)
    day.step(deployments.suspend, day.operator, noon, reason="fog on the lens")
    day.step(deployments.resume, day.silver, noon)
    day.step(deployments.end, day.silver, noon)
    day.step(deployments.review, day.silver, END, findings="Nobody was missed, nobody was stopped.")
    sweep_force(force_id=day.force.id, now=END)
    retention.run_due(force_id=day.force.id, now=END + timedelta(days=2))
    sweep_force(force_id=day.force.id, now=END + timedelta(days=2))
    assert log.unrecorded() == []
    # Otherwise nothing was watched.
    assert {
        "deployments_deployment",
        "watchlists_subject",
        "notices_notice",
        "vault_vaultkey",
    } <= log.written()
    assert "retention_deletioncertificate" in log.written()


def test_an_alert_from_the_camera_to_its_purge_leaves_no_change_without_its_event(real_db, services):
    stage = make_stage("north")
    operator, officer = stage.operator.actor, stage.officer.actor
    now = utc_now()
    with watched(services.worker_owner_url) as log:
        alert = stage.raise_alert(now=now)
        stage.within(alerts.view_picture, alert_id=alert.id, which=PictureKind.PROBE, actor=operator, now=now)
        stage.within(
            alerts.operator_decide,
            alert_id=alert.id,
            decision=OperatorDecision.MATCH,
            actor=operator,
            now=now,
        )
        stage.within(
            alerts.engagement_decide,
            alert_id=alert.id,
            decision=EngagementDecision.ENGAGE,
            reason="",
            actor=officer,
            now=now,
        )
        stage.within(
            alerts.record_outcome,
            alert_id=alert.id,
            outcomes=[Outcome.NOT_LOCATED],
            actor=officer,
            now=now,
        )
        retention.run_due(force_id=stage.force.id, now=now + timedelta(hours=25))
        assert log.unrecorded() == []
        assert {"alerts_alert", "alerts_decision", "alerts_outcome"} <= log.written()


def test_the_watch_sees_a_change_that_nobody_recorded(day, log):
    """Without this a watch that sees nothing would pass for a clean record."""
    with force_context(day.force.id):
        deployments.register_camera(name="Van 1", actor=day.engineer, now=utc_now())
    assert log.unrecorded() == []
    from apps.deployments.models import Camera

    with force_context(day.force.id):
        Camera.objects.update(name="Van 2")
    assert log.unrecorded() == ["UPDATE deployments_camera"]
