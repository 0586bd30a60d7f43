"""What the sweep and `verify_audit` do with a record that was tampered with."""

import io
import shutil
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from apps.audit import api as audit
from apps.audit.anchor_file import path_of
from apps.audit.models import AuditAnchor, AuditEvent
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.ops.tasks import erase_audit, sweep_force
from tests.support.record_forger import Forger, write_events


@pytest.fixture
def force(real_db, settings, tmp_path):
    settings.LFR_ANCHOR_DIR = tmp_path / "anchors"
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


def verify(*options):
    out = io.StringIO()
    try:
        call_command("verify_audit", *options, stdout=out)
    except CommandError as failed:
        return failed.returncode, out.getvalue()
    return 0, out.getvalue()


def test_the_sweep_chains_and_anchors(force):
    write_events(force, 3)
    assert "anchor the audit" not in sweep_force(force_id=force.id, now=utc_now())
    with force_context(force.id):
        assert AuditAnchor.objects.get().position >= 4


def test_the_sweep_fails_loudly_and_anchors_nothing_once_the_chain_was_cut(force, owner_connection):
    write_events(force, 3)
    sweep_force(force_id=force.id, now=utc_now())
    forger = Forger(owner_connection, force)
    forger.cut_tail(2)
    forger.run("UPDATE audit_auditanchor SET taken_at = taken_at - interval '6 minutes'")
    assert "anchor the audit" in sweep_force(force_id=force.id, now=utc_now())
    assert len(forger.file_lines()) == 1


def test_it_says_how_far_it_is_and_puts_the_result_on_record(force):
    write_events(force, 3)
    sweep_force(force_id=force.id, now=utc_now())
    code, said = verify("--force", force.slug)
    assert code == 0
    assert f"{force.slug}: " in said
    assert "verified" in said
    with force_context(force.id):
        assert AuditEvent.objects.get(verb=audit.VERIFIED).payload["ok"] is True


def test_progress_gives_rate_and_what_is_left(force):
    write_events(force, 3)
    sweep_force(force_id=force.id, now=utc_now())
    from apps.audit import reading

    chunk, reading.CHUNK = reading.CHUNK, 2
    try:
        _, said = verify("--force", force.slug, "--every", "2")
    finally:
        reading.CHUNK = chunk
    assert "2 of " in said
    assert "a second" in said
    assert "left" in said


def test_a_problem_exits_1_in_plain_words_and_stays_on_record(force, owner_connection):
    events = write_events(force, 3)
    sweep_force(force_id=force.id, now=utc_now())
    Forger(owner_connection, force).run("UPDATE audit_auditevent SET reason = 'x' WHERE id = %s", events[1])
    code, said = verify("--force", force.slug)
    assert code == 1
    assert "2 PROBLEMS" in said
    assert "was changed after it was recorded" in said
    with force_context(force.id):
        assert AuditEvent.objects.get(verb=audit.VERIFIED).payload["ok"] is False


def test_anchors_of_a_force_that_is_no_more_are_a_deleted_record(force):
    write_events(force, 3)
    sweep_force(force_id=force.id, now=utc_now())
    shutil.copy(path_of(force.id), path_of(uuid4()))
    code, said = verify()
    assert code == 1
    assert "it was deleted" in said


def test_the_hourly_task_erases_nothing_that_is_young(force):
    write_events(force, 3)
    erase_audit()
    with force_context(force.id):
        assert not AuditEvent.objects.filter(erased_at__isnull=False).exists()
