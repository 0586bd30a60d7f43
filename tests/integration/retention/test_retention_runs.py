from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction

from apps.audit.models import AuditEvent
from apps.core import retention as registry
from apps.core.clock import utc_now
from apps.core.errors import SimulatedClockRefused
from apps.core.retention import PurgeResult, RetentionRule
from apps.retention import api
from apps.retention.data import certificate_sha256
from apps.retention.models import DeletionCertificate
from apps.retention.tasks import sweep
from apps.vault import api as vault
from apps.vault.keystore import key_store
from tests.support.alert_stage import make_stage

LATER = timedelta(hours=25)


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def events(stage, verb):
    with stage.context():
        return list(AuditEvent.objects.filter(verb=verb).order_by("ordinal"))


def certificates(stage):
    with stage.context():
        return api.certificates(subject_id=stage.deployment_id)


def test_every_model_has_a_rule_or_a_written_exemption():
    """Invariant 9: a new model without either fails the build here."""
    covered = registry.covered_models()
    assert {model._meta.label for model in apps.get_models()} - covered == set()


def test_every_rule_and_exemption_is_of_a_model_that_exists():
    models = {model._meta.label for model in apps.get_models()}
    assert registry.covered_models() - models == set()
    assert all(rule.verified_how for rule in registry.rules())


def test_what_is_due_is_deleted_verified_and_certified(stage):
    alert = stage.raise_alert()
    now = utc_now() + LATER
    done = api.run_due(force_id=stage.force.id, now=now)
    assert done.problems == ()
    by_class = {certificate.data_class: certificate for certificate in done.certificates}
    assert set(by_class) == {"alert_biometrics", "watchlist"}
    proof = by_class["alert_biometrics"]
    assert proof.subject_id == stage.deployment_id
    assert proof.counts == {"alerts": 1, "keys": 1, "blobs": 2}
    assert proof.due_at == alert.purge_due_at
    assert proof.due_at < proof.started_at <= proof.finished_at
    assert now <= proof.finished_at < now + timedelta(minutes=1)
    assert proof.simulated
    with stage.context():
        assert vault.all_blob_ids() == []
        assert not vault.key_exists(key_id=alert.key_id)
    assert [c.id for c in certificates(stage)] == [
        c.id for c in sorted(done.certificates, key=lambda c: (c.started_at, c.id))
    ]


def test_the_certificate_says_the_same_as_its_hash_and_the_audit(stage):
    stage.raise_alert()
    proof = api.run_due(force_id=stage.force.id, now=utc_now() + LATER).certificates[0]
    fields = {
        name: getattr(proof, name)
        for name in (
            "force_id",
            "data_class",
            "subject_id",
            "counts",
            "due_at",
            "started_at",
            "finished_at",
            "verified_how",
            "simulated",
        )
    }
    assert certificate_sha256(certificate_id=proof.id, **fields) == proof.sha256
    assert certificate_sha256(certificate_id=proof.id, **{**fields, "counts": {"alerts": 2}}) != proof.sha256
    event = next(
        e for e in events(stage, "retention.certified") if e.payload["certificate_id"] == str(proof.id)
    )
    assert event.object_id == stage.deployment_id
    assert event.payload["sha256"] == proof.sha256
    assert event.simulated


def test_nothing_is_deleted_before_its_time(stage):
    alert = stage.raise_alert()
    done = api.run_due(force_id=stage.force.id, now=utc_now())
    assert done.certificates == ()
    with stage.context():
        assert vault.read(blob_id=alert.probe_blob_id)


def test_running_again_does_nothing_more(stage):
    stage.raise_alert()
    now = utc_now() + LATER
    api.run_due(force_id=stage.force.id, now=now)
    before = len(events(stage, "retention.certified"))
    again = api.run_due(force_id=stage.force.id, now=now + timedelta(hours=1))
    assert (again.certificates, again.problems) == ((), ())
    assert len(events(stage, "retention.certified")) == before


def test_a_missed_day_is_caught_up(stage):
    stage.raise_alert()
    done = api.run_due(force_id=stage.force.id, now=utc_now() + timedelta(days=9))
    assert {certificate.data_class for certificate in done.certificates} == {"alert_biometrics", "watchlist"}
    assert all(certificate.late_s > 7 * 24 * 3600 for certificate in done.certificates)


def test_another_force_is_not_touched(stage):
    other = make_stage("south")
    alert = other.raise_alert()
    api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    with other.context():
        assert vault.read(blob_id=alert.probe_blob_id)
        assert api.certificates() == ()


def test_a_process_killed_before_the_second_look_is_caught_up(stage, monkeypatch):
    """The deletion has committed, the certificate has begun: the next run looks again and finishes it."""
    stage.raise_alert()
    now = utc_now() + LATER
    from apps.retention import operations

    monkeypatch.setattr(operations, "_prove", lambda *_: [])
    assert api.run_due(force_id=stage.force.id, now=now).certificates == ()
    assert certificates(stage) == ()
    assert {o.data_class: o.not_verified for o in api.overdue(force_id=stage.force.id, now=now + LATER)} == {
        "alert_biometrics": 1,
        "watchlist": 1,
    }
    monkeypatch.undo()
    done = api.run_due(force_id=stage.force.id, now=now + timedelta(minutes=1))
    counts = {certificate.data_class: certificate.counts for certificate in done.certificates}
    assert counts["alert_biometrics"] == {"alerts": 1, "keys": 1, "blobs": 2}
    assert api.overdue(force_id=stage.force.id, now=now + LATER) == ()


def test_a_key_that_a_killed_process_left_is_destroyed_first(stage):
    """Its row says destroyed, the file is still there: the commit came, the unlinking did not."""
    alert = stage.raise_alert()
    path = key_store()._path(stage.force.id, alert.key_id)
    kept = path.read_bytes()
    api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    path.write_bytes(kept)
    done = api.run_due(force_id=stage.force.id, now=utc_now() + LATER + timedelta(minutes=1))
    assert not path.exists()
    assert done.problems == ()


def test_a_key_that_comes_back_is_reported(stage):
    """As when somebody restores a backup of the key store."""
    alert = stage.raise_alert()
    path = key_store()._path(stage.force.id, alert.key_id)
    kept = path.read_bytes()
    for minute in range(2):
        api.run_due(force_id=stage.force.id, now=utc_now() + LATER + timedelta(minutes=minute))
    path.write_bytes(kept)
    done = api.run_due(force_id=stage.force.id, now=utc_now() + LATER + timedelta(minutes=3))
    assert any("key" in problem and str(alert.id) in problem for problem in done.problems)


@pytest.fixture
def extra_rule():
    """Registers a rule for one test only."""
    made = []

    def register(**behaviour):
        rule = RetentionRule(
            data_class="aaa_test",
            title="Test",
            kept="not at all",
            source="this test",
            models=(),
            verified_how="looked",
            **behaviour,
        )
        registry.register(rule)
        made.append(rule)

    yield register
    for rule in made:
        del registry._rules[rule.data_class]


def result_of(stage):
    return PurgeResult(
        data_class="aaa_test",
        subject_id=stage.deployment_id,
        counts={"things": 3},
        due_at=utc_now() - timedelta(hours=1),
    )


def test_one_failing_rule_does_not_stop_the_others(stage, extra_rule):
    stage.raise_alert()

    def fail(now):
        raise RuntimeError("broken")

    extra_rule(due_count=lambda now: 1, purge=fail, verify=lambda now: [])
    done = api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    assert done.problems == ("aaa_test: RuntimeError",)
    assert len(done.certificates) == 2


def test_what_is_still_there_gets_no_certificate_and_is_on_record_once(stage, extra_rule):
    left = ["thing 7 is still there"]
    result = result_of(stage)
    due = [1]
    extra_rule(
        due_count=lambda now: due[0],
        purge=lambda now: [result],
        verify=lambda now: list(left),
    )
    for _ in range(3):
        done = api.run_due(force_id=stage.force.id, now=utc_now())
        assert done.certificates == ()
        assert done.problems == ("aaa_test: thing 7 is still there",)
    assert len(events(stage, "retention.not_verified")) == 1
    assert "thing 7" not in str(events(stage, "retention.not_verified")[0].payload)
    left.clear()
    due[0] = 0
    [proof] = api.run_due(force_id=stage.force.id, now=utc_now()).certificates
    assert proof.counts == {"things": 3}
    assert not proof.simulated


def test_overdue_names_the_class_and_respects_the_grace(stage):
    alert = stage.raise_alert()
    due = alert.purge_due_at
    assert api.overdue(force_id=stage.force.id, now=due + timedelta(minutes=1)) == ()
    late = api.overdue(force_id=stage.force.id, now=due + timedelta(hours=1))
    assert {(o.data_class, o.not_deleted) for o in late} >= {("alert_biometrics", 1)}


def test_simulating_deletes_nothing(stage):
    alert = stage.raise_alert()
    would = api.simulate_due(force_id=stage.force.id, now=utc_now() + LATER)
    assert {w.data_class for w in would} == {"alert_biometrics", "watchlist"}
    with stage.context():
        assert vault.read(blob_id=alert.probe_blob_id)
        assert api.certificates() == ()
        assert not AuditEvent.objects.filter(verb__in=["alert.purged", "retention.certified"]).exists()


def test_a_moved_clock_is_refused_in_production_and_nothing_is_deleted(stage, settings):
    alert = stage.raise_alert()
    settings.LFR_ALLOW_SIMULATED_CLOCK = False
    with pytest.raises(SimulatedClockRefused):
        api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    with pytest.raises(CommandError, match="refused"):
        call_command("purge", "--now", (utc_now() + LATER).isoformat())
    with stage.context():
        assert vault.read(blob_id=alert.probe_blob_id)


def test_the_command_purges_and_says_what_it_certified(stage, capsys):
    stage.raise_alert()
    call_command("purge", "--now", (utc_now() + LATER).isoformat())
    said = capsys.readouterr().out
    assert "alert_biometrics" in said
    assert stage.force.slug in said
    assert len(certificates(stage)) == 2


def test_the_command_simulates(stage, capsys):
    stage.raise_alert()
    call_command("purge", "--simulate", "--now", (utc_now() + LATER).isoformat())
    assert "would delete alert_biometrics" in capsys.readouterr().out
    assert certificates(stage) == ()


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T10:00:00"])
def test_the_command_wants_a_real_instant(real_db, text):
    with pytest.raises(CommandError):
        call_command("purge", "--now", text)


def test_the_task_runs_every_force(stage):
    sweep()
    assert certificates(stage) == ()


def test_a_finished_certificate_can_be_neither_changed_nor_deleted(stage, owner_connection):
    stage.raise_alert()
    api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    with stage.context(), pytest.raises(IntegrityError, match="final"), transaction.atomic():
        DeletionCertificate.objects.update(counts={})
    with stage.context(), pytest.raises(ProgrammingError, match="permission"), transaction.atomic():
        DeletionCertificate.objects.all().delete()
    import psycopg

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="final"):
        owner_connection.execute("DELETE FROM retention_deletioncertificate")


def test_certificates_of_others_are_not_given_out(stage):
    stage.raise_alert()
    api.run_due(force_id=stage.force.id, now=utc_now() + LATER)
    with stage.context():
        assert api.certificates(subject_id=uuid4()) == ()
