"""A backup brings back the platform, and nothing that was deleted."""

import json
import shutil
import stat
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.ops import checks
from apps.ops.backup import age
from apps.ops.tracecheck.blobs import decrypts
from apps.retention import api as retention
from apps.vault import api as vault
from apps.vault.models import VaultBlob
from tests.support.alert_stage import DIMENSION, PASSWORD, make_stage
from tests.support.backed_up import new_database, refusal, run

A_DAY_AFTER_THE_WINDOW = timedelta(hours=30)


@pytest.fixture
def stage(real_db, settings, tmp_path):
    settings.LFR_PUBLIC_DIR = tmp_path / "public"
    (tmp_path / "public" / "notices").mkdir(parents=True)
    (tmp_path / "public" / "notices" / "index.html").write_text("<p>here</p>")
    made = make_stage("north")
    made.raise_alert()
    anchored(made)
    return made


def anchored(stage):
    audit.chain_force(force_id=stage.force.id, now=utc_now())
    audit.take_anchor(force_id=stage.force.id)


def open_gallery(stage):
    with stage.context(), connection.cursor() as cursor:
        cursor.execute("SELECT watchlists_open_gallery(%s, %s)", [stage.deployment_id, DIMENSION])


def readable(stage):
    """How many of the force's pictures and templates open."""
    with stage.context():
        return sum(decrypts(blob) for blob in vault.all_blob_ids())


def purge_all(stage):
    """As the sweep does when the day is over."""
    done = retention.run_due(force_id=stage.force.id, now=utc_now() + A_DAY_AFTER_THE_WINDOW)
    assert not done.problems
    anchored(stage)


def signs_in(stage, password):
    """Whether the door opens: to the page that asks for the second factor, say."""
    answer = Client().post("/sign-in/", {"username": stage.operator.username, "password": password})
    return answer.status_code == 302


def test_it_is_restored_whole_and_its_people_sign_in(stage, services, tmp_path):
    assert readable(stage) > 0
    assert signs_in(stage, PASSWORD)  # this person's session is in the database now
    old = Client()
    old.cookies["sessionid"] = stage.operator.client().cookies["sessionid"].value
    said = run("backup", "--to", tmp_path / "made")
    assert "NOT ENCRYPTED" in said
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "made").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
    shutil.rmtree(tmp_path / "public")
    with new_database(services):
        report = run("restore", tmp_path / "made")
        assert f"{stage.force.slug}: " in report
        assert "verified" in report
        checks.assert_boot()
        assert signs_in(stage, PASSWORD)
        assert not signs_in(stage, "not the password")
        assert old.get("/records/").status_code == 302  # to the door: nobody is signed in by a restore
        run("verify_audit", "--leave-no-trace")
        assert stage.within(lambda: audit.head_position()) > 0
    assert (tmp_path / "public" / "notices" / "index.html").read_text() == "<p>here</p>"


def test_what_was_purged_since_stays_purged_also_with_an_old_key_store(stage, services, settings, tmp_path):
    """The rows come back, before their deadlines; the keys were put back by somebody who had a copy."""
    there = readable(stage)
    run("backup", "--to", tmp_path / "made")
    keys = Path(settings.LFR_KEYSTORE_DIR)
    shutil.copytree(keys, tmp_path / "copied-keys")
    purge_all(stage)
    shutil.copytree(tmp_path / "copied-keys", keys, dirs_exist_ok=True)
    with new_database(services):
        said = refusal("restore", tmp_path / "made")
        assert "--accept-gap" in said
        report = run("restore", tmp_path / "made", "--accept-gap")
        assert "Somebody put back a copy" in report
        assert "are lost" in report
        with stage.context():
            assert VaultBlob.objects.count() < there
        assert readable(stage) == 0
        shutil.copytree(tmp_path / "copied-keys", keys, dirs_exist_ok=True)
        assert readable(stage) == 0  # the rows know it now, whoever puts which keys back
        run("verify_audit", "--leave-no-trace")
        anchored(stage)


def test_a_list_is_not_searched_again_by_the_key_it_had(stage, services, tmp_path):
    """Somebody may have been taken off it since: their row is back, under a key that is still there."""
    from apps.watchlists.models import Picture

    with stage.context():
        [picture, *_] = Picture.objects.values_list("picture_blob_id", flat=True)
        assert vault.read(blob_id=picture)
    run("backup", "--to", tmp_path / "made")
    with new_database(services):
        report = run("restore", tmp_path / "made")
        assert "1 keys of open lists and uploads given up" in report
        assert "1 deployments were running" in report
        with stage.context():
            assert picture not in vault.all_blob_ids()


def test_encrypted_to_a_recipient_it_opens_with_the_identity_alone(stage, services, tmp_path):
    identity, recipient = age.new_identity()
    (tmp_path / "identity").write_text(f"# mine\n{identity}\n")
    (tmp_path / "another").write_text(age.new_identity()[0])
    run("backup", "--to", tmp_path / "made", "--recipient", recipient)
    for path in (tmp_path / "made").glob("*.age"):
        assert path.read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
        assert b"PGDMP" not in path.read_bytes()
    assert not (tmp_path / "made" / "database.dump").exists()
    with new_database(services):
        assert "--identity" in refusal("restore", tmp_path / "made")
        assert "not encrypted to" in refusal("restore", tmp_path / "made", "--identity", tmp_path / "another")
        assert "verified" in run("restore", tmp_path / "made", "--identity", tmp_path / "identity")


def test_a_backup_that_was_changed_is_refused_and_nothing_is_touched(stage, services, tmp_path):
    run("backup", "--to", tmp_path / "made")
    whole = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    manifest = json.loads(whole["manifest.json"])
    manifest["rows"]["accounts_user"] += 1
    flipped = bytearray(whole["database.dump"])
    flipped[len(flipped) // 2] ^= 1
    ways = {
        "manifest.json": (json.dumps(manifest).encode(), "signature does not fit"),
        "database.dump": (bytes(flipped), "database.dump is not the file"),
        "anchors.tar": (whole["anchors.tar"][:-512], "anchors.tar is not the file"),
        "manifest.sig": (b"not base64\n", "damaged"),
    }
    with new_database(services) as name:
        for file, (content, words) in ways.items():
            (tmp_path / "made" / file).write_bytes(content)
            assert words in refusal("restore", tmp_path / "made")
            (tmp_path / "made" / file).write_bytes(whole[file])
        (tmp_path / "made" / "public.tar").unlink()
        assert "public.tar is missing" in refusal("restore", tmp_path / "made")
        assert tables_of(name, services) == 0


def tables_of(name, services):
    from lfrplatform.embedded.roles import with_database

    with psycopg.connect(with_database(services.owner_url, name)) as owner:
        statement = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return owner.execute(f"{statement} AND relkind = 'r'").fetchone()[0]


def test_a_database_that_holds_something_is_not_restored_into(stage, tmp_path):
    run("backup", "--to", tmp_path / "made")
    connection.close()
    assert "is not empty" in refusal("restore", tmp_path / "made")


def test_while_a_list_is_open_it_says_what_to_do(stage, services, tmp_path):
    open_gallery(stage)
    said = refusal("backup", "--to", tmp_path / "made")
    assert "1 lists are open" in said
    assert "--while-lists-are-open" in said
    assert not list(tmp_path.glob("*made*"))
    run("backup", "--to", tmp_path / "made", "--while-lists-are-open")
    with new_database(services):
        assert "verified" in run("restore", tmp_path / "made")


def test_it_overwrites_nothing_and_leaves_nothing_half_made(stage, tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    assert "exists already" in refusal("backup", "--to", tmp_path / "made")
    monkeypatch.setenv("PATH", "")
    assert "pg_dump is not there" in refusal(
        "backup", "--to", tmp_path / "other", "--programs", tmp_path / "made"
    )
    assert not list(tmp_path.glob("*other*"))


def test_a_superusers_backup_is_refused(stage, tmp_path, monkeypatch):
    """It would pass by the wall that keeps galleries out."""
    from lfrplatform.embedded import locate
    from lfrplatform.embedded.place import CLONE
    from lfrplatform.embedded.postgres import superuser_conninfo

    conninfo = superuser_conninfo(locate("test", var=CLONE / "var"), connection.settings_dict["NAME"])
    monkeypatch.setenv("DATABASE_OWNER_URL", conninfo)
    assert "superuser" in refusal("backup", "--to", tmp_path / "made")


def test_nothing_starts_on_a_database_that_is_being_restored(stage, services, tmp_path, monkeypatch):
    """The purge failed: the database stays closed, and says so."""
    from apps.ops.backup import restoring

    class Failed:
        certificates = ()
        problems = ("a list is still there",)

    run("backup", "--to", tmp_path / "made")
    monkeypatch.setattr(restoring.retention, "run_due", lambda **_: Failed)
    with new_database(services):
        assert "stays closed" in refusal("restore", tmp_path / "made")
        with pytest.raises(ImproperlyConfigured, match="being_restored"):
            checks.assert_boot()


def test_a_missing_key_store_is_lost_only_when_somebody_says_so(stage, services, settings, tmp_path):
    run("backup", "--to", tmp_path / "made")
    settings.LFR_KEYSTORE_DIR = tmp_path / "nothing"
    with new_database(services):
        assert "--key-store-is-lost" in refusal("restore", tmp_path / "made")
        run("restore", tmp_path / "made", "--key-store-is-lost")
        assert readable(stage) == 0
        checks.assert_boot()


def test_the_rehearsal_compares_and_touches_nothing(stage, services, settings, tmp_path):
    there, keys = readable(stage), sorted(Path(settings.LFR_KEYSTORE_DIR).rglob("*"))
    said = run("backup", "--rehearse")
    assert "each table as it was" in said
    assert "verified" in said
    assert readable(stage) == there
    assert sorted(Path(settings.LFR_KEYSTORE_DIR).rglob("*")) == keys
    assert not list(Path(settings.LFR_VAR_DIR).glob("rehearsal-*"))
    with psycopg.connect(services.owner_url) as owner:
        left = owner.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'lfr_rehearsal%'")
        assert left.fetchone()[0] == 0


def test_that_a_backup_was_made_and_restored_is_on_record(stage, services, tmp_path):
    from apps.audit.models import AuditEvent

    run("backup", "--to", tmp_path / "made")
    with stage.context():
        assert AuditEvent.objects.filter(verb="ops.backed_up").count() == 1
    with new_database(services):
        run("restore", tmp_path / "made")
        with stage.context():
            [event] = AuditEvent.objects.filter(verb="ops.restored")
            assert event.payload["keys_given_up"] == 1
