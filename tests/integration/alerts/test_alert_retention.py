from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts import retention
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, PictureKind
from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.retention import covered_models, rules
from apps.vault import api as vault
from apps.vault.models import VaultBlob


def purge(stage, now):
    with stage.context():
        return retention.purge(now)


def verify(stage, now):
    with stage.context():
        return retention.verify(now)


def test_it_is_due_from_the_deadline_stored_on_the_row(stage):
    alert = stage.raise_alert()
    assert alert.purge_due_at - alert.captured_at == timedelta(hours=24)
    with stage.context():
        assert retention.due_count(alert.purge_due_at - timedelta(microseconds=1)) == 0
        assert retention.due_count(alert.purge_due_at) == 1


def test_key_picture_and_template_are_gone_and_the_decision_log_stays(stage):
    alert = stage.raise_alert()
    kept = stage.raise_alert(now=alert.raised_at + timedelta(minutes=2), subject_id=stage.subjects[1])
    due = alert.purge_due_at
    (result,) = purge(stage, due)
    assert result.subject_id == stage.deployment_id
    assert result.counts == {"alerts": 1, "keys": 1, "blobs": 2}
    assert result.due_at == due
    with stage.context():
        assert not vault.key_exists(key_id=alert.key_id)
        assert VaultBlob.objects.filter(key_id=alert.key_id).count() == 0
        assert vault.key_exists(key_id=kept.key_id)
        assert AuditEvent.objects.filter(verb="alert.purged", object_id=alert.id).count() == 1
    purged = stage.alert(alert.id)
    assert (purged.purged_at, purged.probe_blob_id, purged.template_blob_id) == (due, None, None)
    assert purged.cosine_similarity == alert.cosine_similarity
    assert purged.state is AlertState.RAISED
    assert purged.revision > kept.revision
    assert verify(stage, due) == []


def test_a_second_purge_finds_nothing_and_writes_nothing(stage):
    due = stage.raise_alert().purge_due_at
    purge(stage, due)
    assert purge(stage, due + timedelta(minutes=1)) == []


def test_another_force_is_left_alone(stage, other_stage):
    alert = other_stage.raise_alert()
    assert purge(stage, alert.purge_due_at) == []
    assert other_stage.alert(alert.id).purged_at is None


def test_verification_finds_a_key_that_came_back(stage, monkeypatch):
    alert = stage.raise_alert()
    with stage.context():
        Alert.objects.filter(id=alert.id).update(
            purged_at=utc_now(), probe_blob_id=None, template_blob_id=None
        )
    problems = verify(stage, utc_now())
    assert len(problems) == 2
    assert "key" in problems[0]


def test_verification_finds_an_alert_that_the_purge_forgot(stage):
    alert = stage.raise_alert()
    assert "past its deadline" in verify(stage, alert.purge_due_at)[0]


def test_after_the_deadline_no_picture_and_no_engagement_even_when_the_purge_is_late(stage):
    alert = stage.raise_alert()
    late = alert.purge_due_at
    with stage.context():
        alerts.operator_decide(
            alert_id=alert.id, decision=OperatorDecision.MATCH, actor=stage.operator.actor, now=utc_now()
        )
        with pytest.raises(alerts.PictureGone):
            alerts.view_picture(
                alert_id=alert.id, which=PictureKind.PROBE, actor=stage.operator.actor, now=late
            )
        with pytest.raises(RuleViolated):
            alerts.engagement_decide(
                alert_id=alert.id,
                decision=EngagementDecision.ENGAGE,
                reason="",
                actor=stage.officer.actor,
                now=late,
            )


def test_every_model_of_the_app_has_a_rule_or_an_exemption():
    from django.apps import apps

    assert {model._meta.label for model in apps.get_app_config("alerts").get_models()} <= covered_models()
    assert "alert_biometrics" in {rule.data_class for rule in rules()}
