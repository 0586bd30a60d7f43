"""Four hours before a deadline the purge is tried and rolled back: what would stop it is told in time."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from psycopg import sql
from psycopg.errors import DeadlockDetected

from apps.alerts.models import Alert
from apps.core import retention as registry
from apps.core.clock import utc_now
from apps.core.errors import ForceContextError
from apps.core.rehearsal import is_rehearsing, rehearsal
from apps.core.retention import RetentionRule
from apps.retention import api
from apps.vault import api as vault
from apps.vault.keystore import CHECK, key_store
from apps.watchlists.models import Watchlist
from tests.support.alert_stage import make_stage

DAY = timedelta(hours=24)
# Everything of the stage is due a day after it was made, within a second or two.
THREE_LEFT, FIVE_LEFT = DAY - timedelta(hours=3), DAY - timedelta(hours=5)


@pytest.fixture
def stage(real_db):
    return make_stage("north")


@pytest.fixture
def extra_rule():
    """Registers a rule for one test only."""
    made = []

    def register(**behaviour):
        rule = RetentionRule(
            data_class="aaa_test", title="Test", kept="3 hours", source="this test", models=(), **behaviour
        )
        registry.register(rule)
        made.append(rule)

    yield register
    for rule in made:
        del registry._rules[rule.data_class]


def rehearse(stage, now):
    return api.rehearse(force_id=stage.force.id, now=now)


def failures(stage, now):
    return {problem.data_class: (problem.count, problem.failed) for problem in rehearse(stage, now)}


def everything(owner):
    """Every row of every table as text, and every key file with its bytes and times."""
    names = owner.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    rows = {}
    for (name,) in names:
        table = sql.Identifier("public", name)
        found = owner.execute(sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(table))
        rows[name] = [text for (text,) in found]
    return rows, key_files()


def key_files():
    folder = Path(django_settings.LFR_KEYSTORE_DIR)
    return {
        path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


def key_path(stage, alert):
    return key_store()._path(stage.force.id, alert.key_id)


def test_when_all_is_well_there_is_no_problem_and_everything_is_still_there(stage, owner_connection):
    alert = stage.raise_alert()
    before = everything(owner_connection)
    assert rehearse(stage, utc_now() + THREE_LEFT) == ()
    assert everything(owner_connection) == before
    with stage.context():
        assert vault.read(blob_id=alert.probe_blob_id)
        assert api.certificates() == ()


@pytest.mark.parametrize("hours", [0, 19, 21, 23.9, 26, 400])
def test_no_rehearsal_changes_a_row_or_a_key(stage, owner_connection, extra_rule, hours):
    """Whenever it is held, and whether or not something fails in it."""
    alert = stage.raise_alert()
    broken = stage.raise_alert()
    key_path(stage, broken).unlink()

    def deletes_and_fails(now):
        Alert.objects.filter(id=alert.id).update(purged_at=now)
        raise RuntimeError("broken")

    extra_rule(due_count=lambda now: int(now > utc_now()), purge=deletes_and_fails, verify=lambda now: [])
    before = everything(owner_connection)
    rehearse(stage, utc_now() + timedelta(hours=hours))
    assert everything(owner_connection) == before


def test_a_key_that_cannot_be_destroyed_is_told_three_hours_before_and_not_five(stage):
    """A folder where the file should be: nobody can open it for writing, root neither."""
    stage.raise_alert()
    alert = stage.raise_alert()
    path = key_path(stage, alert)
    path.unlink()
    path.mkdir()
    # As a version left it that wrote no check: then the keys themselves are read, this one among them.
    (Path(django_settings.LFR_KEYSTORE_DIR) / CHECK).unlink(missing_ok=True)
    assert rehearse(stage, utc_now() + FIVE_LEFT) == ()
    (problem,) = rehearse(stage, utc_now() + THREE_LEFT)
    assert (problem.data_class, problem.count) == ("alert_biometrics", 1)
    assert problem.failed == "IsADirectoryError"
    with stage.context():
        first = Alert.objects.order_by("purge_due_at").values_list("purge_due_at", flat=True)[0]
    assert abs(problem.due_at - first) <= timedelta(seconds=1)
    assert "alert_biometrics would fail for 1" in problem.words
    path.rmdir()


def test_a_folder_of_keys_in_which_nothing_may_be_deleted_is_told(stage, monkeypatch):
    """Root deletes everywhere, so the system is asked in its place."""
    stage.raise_alert()
    monkeypatch.setattr("apps.vault.keystore.os.access", lambda path, mode: False)
    assert failures(stage, utc_now() + THREE_LEFT) == {
        "alert_biometrics": (1, "PermissionError"),
        "watchlist": (1, "PermissionError"),
    }


def test_a_key_that_is_not_in_the_store_is_told(stage):
    """It may be in the folder that should be mounted there."""
    alert = stage.raise_alert()
    key_path(stage, alert).unlink()
    assert failures(stage, utc_now() + THREE_LEFT) == {"alert_biometrics": (1, "FileNotFoundError")}


def test_a_key_store_that_is_gone_is_told_and_none_is_made_in_its_place(stage, settings, tmp_path):
    stage.raise_alert()
    settings.LFR_KEYSTORE_DIR = tmp_path / "not mounted"
    found = failures(stage, utc_now() + THREE_LEFT)
    assert found == {"alert_biometrics": (1, "FileNotFoundError"), "watchlist": (1, "FileNotFoundError")}
    assert not settings.LFR_KEYSTORE_DIR.exists()


def test_a_key_store_of_another_master_key_is_told(stage, settings, tmp_path):
    folder = tmp_path / "keys"
    shutil.copytree(settings.LFR_KEYSTORE_DIR, folder)
    (folder / "master.key").write_bytes(b"x" * 32)
    settings.LFR_KEYSTORE_DIR = folder
    assert failures(stage, utc_now() + THREE_LEFT) == {"watchlist": (1, "ForeignKeys")}


def test_a_rule_that_raises_is_told_by_its_class_and_not_by_its_words(stage, extra_rule, caplog):
    due_at = utc_now() + timedelta(hours=3)

    def fail(now):
        raise RuntimeError("Jane Doe could not be deleted")

    extra_rule(due_count=lambda now: 7 if now >= due_at else 0, purge=fail, verify=lambda now: [])
    assert rehearse(stage, due_at - timedelta(hours=5)) == ()
    caplog.clear()
    (problem,) = rehearse(stage, due_at - timedelta(hours=3))
    assert (problem.data_class, problem.count, problem.failed) == ("aaa_test", 7, "RuntimeError")
    assert abs(problem.due_at - due_at) <= timedelta(seconds=1)
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == [f"force {stage.force.id}: {problem.words}"]
    assert "Jane" not in problem.words


def test_a_rule_that_cannot_count_is_told_and_hides_no_other(stage, extra_rule):
    alert = stage.raise_alert()
    key_path(stage, alert).unlink()

    def fail(now):
        raise RuntimeError("broken")

    extra_rule(due_count=fail, purge=lambda now: [], verify=lambda now: [])
    assert failures(stage, utc_now() + THREE_LEFT) == {
        "aaa_test": (None, "RuntimeError"),
        "alert_biometrics": (1, "FileNotFoundError"),
    }


def test_what_the_database_would_refuse_at_the_commit_is_told(stage, extra_rule):
    """A row that points to one that is gone is found when the transaction ends, and this one never does."""
    alert = stage.raise_alert()

    def deletes_its_key(now):
        from apps.vault.models import VaultKey

        VaultKey.objects.filter(id=alert.key_id)._raw_delete("default")
        return []

    later = utc_now() + timedelta(hours=1)
    extra_rule(due_count=lambda now: int(now > later), purge=deletes_its_key, verify=lambda now: [])
    assert failures(stage, utc_now()) == {"aaa_test": (1, "ForeignKeyViolation")}


def test_a_lock_that_nobody_lets_go_is_told(stage, owner_connection):
    stage.raise_alert()
    with owner_connection.transaction():
        owner_connection.execute("SELECT 1 FROM alerts_alert FOR UPDATE")
        assert failures(stage, utc_now() + THREE_LEFT) == {"alert_biometrics": (1, "LockNotAvailable")}
    assert rehearse(stage, utc_now() + THREE_LEFT) == ()


@pytest.mark.parametrize(("refusals", "found"), [(2, {}), (3, {"aaa_test": (1, "DeadlockDetected")})])
def test_somebody_elses_work_is_waited_for_three_times(stage, extra_rule, refusals, found):
    tries = []

    def gives_way(now):
        tries.append(now)
        if len(tries) <= refusals:
            raise OperationalError from DeadlockDetected()
        return []

    later = utc_now() + timedelta(hours=1)
    extra_rule(due_count=lambda now: int(now > later), purge=gives_way, verify=lambda now: [])
    assert failures(stage, utc_now()) == found


def test_what_is_past_its_deadline_is_overdue_and_not_rehearsed(stage):
    alert = stage.raise_alert()
    key_path(stage, alert).unlink()
    now = utc_now() + DAY + timedelta(hours=1)
    assert rehearse(stage, now) == ()
    assert {late.data_class for late in api.overdue(force_id=stage.force.id, now=now)} == {
        "alert_biometrics",
        "watchlist",
    }


def test_in_production_where_no_clock_may_be_moved_it_is_rehearsed_all_the_same(stage, settings):
    stage.raise_alert()
    with stage.context():
        Alert.objects.update(purge_due_at=utc_now() + timedelta(hours=3))
        Watchlist.objects.update(purge_due_at=utc_now() + timedelta(hours=3))
    settings.LFR_ALLOW_SIMULATED_CLOCK = False
    assert rehearse(stage, utc_now()) == ()


def test_another_force_is_not_told_of(stage):
    other = make_stage("south")
    key_path(other, other.raise_alert()).unlink()
    assert rehearse(stage, utc_now() + THREE_LEFT) == ()
    assert set(failures(other, utc_now() + THREE_LEFT)) == {"alert_biometrics"}


def test_a_rehearsal_takes_back_nobody_elses_work(stage):
    with stage.context(), pytest.raises(ForceContextError), rehearsal(stage.force.id):
        pass
    with rehearsal(stage.force.id):
        assert is_rehearsing()
    assert not is_rehearsing()


def test_the_command_says_what_would_fail(stage, capsys):
    alert = stage.raise_alert()
    at = (utc_now() + THREE_LEFT).isoformat()
    call_command("purge", "--rehearse", "--now", at)
    assert (
        f"{stage.force.slug}: every purge of the next four hours would go through" in capsys.readouterr().out
    )
    key_path(stage, alert).unlink()
    with pytest.raises(CommandError, match="1 purges would fail"):
        call_command("purge", "--rehearse", "--now", at)
    assert f"{stage.force.slug}: the purge of alert_biometrics would fail for 1" in capsys.readouterr().err
