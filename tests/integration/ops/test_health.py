from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import api as accounts
from apps.accounts import breaches
from apps.audit import api as audit
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.ops import health
from apps.ops.tasks import sweep
from tests.support.alert_stage import make_stage


@pytest.fixture
def stage(real_db, valkey):
    return make_stage("north")


def ask(client):
    answer = client.get("/health/")
    return answer.status_code, answer.json()


def test_it_is_well_after_a_sweep_and_names_nobody(stage, client):
    sweep()
    status, found = ask(client)
    assert status == 200
    assert found["status"] == "ok"
    assert found["beat_age_s"] < 30
    assert set(found) == {
        "status", "database", "valkey", "beat_age_s", "chainer_lag_s", "failed_steps", "overdue_purges",
        "overdue_breaches", "keys", "failing_purges", "rehearsal_age_s", "rehearsal_late",
    }  # fmt: skip
    assert stage.force.slug not in str(found)


def test_without_a_sweep_it_is_not_well(stage, client):
    status, found = ask(client)
    assert status == 503
    assert found["beat_age_s"] is None


def test_an_old_beat_is_not_well(stage, client):
    health.note_beat(failed_steps=0, now=utc_now() - timedelta(minutes=2))
    status, found = ask(client)
    assert status == 503
    assert found["beat_age_s"] >= 120


def test_an_overdue_purge_is_not_well(stage, client):
    stage.raise_alert()
    health.note_beat(failed_steps=0, now=utc_now() + timedelta(hours=26))
    assert ask(client)[1]["overdue_purges"] == 2
    assert ask(client)[0] == 503


def test_a_failed_step_is_not_well(stage, client):
    health.note_beat(failed_steps=1, now=utc_now())
    assert ask(client)[0] == 503


def test_a_breach_past_its_72_hours_is_not_well_until_somebody_has_decided(stage, client):
    lost = {"user_id": stage.operator.actor.id, "summary": "left on the train by somebody"}
    breach_id = stage.within(accounts.end_sign_ins, **lost, actor=stage.operator.actor, now=utc_now())
    late = utc_now() + timedelta(hours=73)
    health.note_beat(failed_steps=0, now=utc_now() + timedelta(hours=71))
    assert breaches_of(client) == 0
    health.note_beat(failed_steps=0, now=late)
    assert breaches_of(client) == 1
    assert ask(client)[0] == 503
    said = client.get("/health/").content.decode()
    for name in (stage.force.slug, stage.force.name, "train", stage.operator.actor.label, str(breach_id)):
        assert name not in said
    why = {"reason": "It was found in the car, locked.", "actor": administrator(stage), "now": late}
    stage.within(breaches.note_not_told, breach_id=breach_id, **why)
    health.note_beat(failed_steps=0, now=late)
    assert breaches_of(client) == 0


def breaches_of(client):
    return ask(client)[1]["overdue_breaches"]


def administrator(stage):
    return Actor(uuid4(), "Admin", stage.force.id, frozenset({Role.FORCE_ADMIN}))


def test_a_server_that_is_gone_is_said(stage, client, settings, tmp_path):
    sweep()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    redis.client.cache_clear()
    try:
        status, found = ask(client)
    finally:
        redis.client.cache_clear()
    assert status == 503
    assert found["valkey"] is False
    assert found["database"] is True


def some_events(force_id, number=3):
    with force_context(force_id):
        for _ in range(number):
            audit.record(
                actor=Actor.system(force_id=force_id, label="test"),
                verb="test.happened",
                object_type="test",
                object_id=uuid4(),
                payload={},
                now=utc_now(),
            )
    audit.chain_force(force_id=force_id, now=utc_now())


def test_verify_audit_counts_and_passes(real_db, capsys):
    force = forces.create_force(slug="north", name="North", now=utc_now())
    some_events(force.id)
    call_command("verify_audit")
    assert "north: 4 events, 4 links, verified" in capsys.readouterr().out


def test_verify_audit_fails_when_an_event_was_changed(real_db, owner_connection, capsys):
    good = forces.create_force(slug="good", name="Good", now=utc_now())
    bad = forces.create_force(slug="bad", name="Bad", now=utc_now())
    for force in (good, bad):
        some_events(force.id)
    owner_connection.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
    owner_connection.execute("UPDATE audit_auditevent SET reason = 'other' WHERE force_id = %s", [bad.id])
    owner_connection.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
    with pytest.raises(CommandError, match="1 of 2") as failed:
        call_command("verify_audit")
    assert failed.value.returncode == 1
    said = capsys.readouterr().out
    assert "good: 4 events, 4 links, verified" in said
    assert "bad: 4 events, 4 links, 8 PROBLEMS" in said


def test_verify_audit_of_an_unknown_force_is_refused(real_db):
    with pytest.raises(CommandError, match="no such force"):
        call_command("verify_audit", "--force", "nowhere")
