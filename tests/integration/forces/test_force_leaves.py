"""A force leaves whole: exported, confirmed by two, deleted with a certificate, no other row touched."""

import hashlib
import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.audit.signing import signer
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from apps.forces import api as forces
from apps.forces.models import DepartedForce
from apps.ops.departure import agreeing, catalogue, deleting
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from tests.support.days import make_day

SHARED = "shared@both.example"


@pytest.fixture
def two(real_db):
    """Two forces with deployments, people, and one person who works for both."""
    leaving, staying = make_day("north"), make_day("south")
    shared = accounts.create_user(
        username=SHARED, display_name="Both", password="a-long-enough-pass-9", now=utc_now()
    )
    for day in (leaving, staying):
        day.to(S.NOTICE_PUBLISHED)
        own = accounts.create_user(
            username=f"own@{day.force.slug}.example",
            display_name="Own",
            password="a-long-enough-pass-9",
            now=utc_now(),
        )
        for person in (own, shared):
            with force_context(day.force.id):
                accounts.grant_role(
                    user_id=person.id,
                    role=Role.FORCE_ADMIN,
                    actor=Actor.system(force_id=day.force.id, label="test"),
                    now=utc_now(),
                )
        audit.chain_force(force_id=day.force.id, now=utc_now())
        audit.take_anchor(force_id=day.force.id)
        redis.client().set(redis.key("frames", day.deployment_id, uuid4()), b"x", ex=60)
    return leaving, staying


def administrators(day):
    with force_context(day.force.id):
        from apps.accounts.models import RoleGrant

        ids = RoleGrant.objects.filter(role=Role.FORCE_ADMIN).values_list("user_id", flat=True)
        return [
            Actor(each, f"Admin {each}", day.force.id, frozenset({Role.FORCE_ADMIN}), reauthenticated=True)
            for each in ids
        ]


def run(step, *arguments):
    said = io.StringIO()
    call_command("force_leave", step, *arguments, stdout=said)
    return said.getvalue()


def export(day, tmp_path, name="out"):
    folder = tmp_path / name
    run("export", "--force", day.force.slug, "--to", str(folder))
    return folder


def confirm(day, actor, folder, **changes):
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    asked = {"manifest_sha256": digest, "slug": day.force.slug, "actor": actor, "now": utc_now()} | changes
    with force_context(day.force.id):
        return agreeing.confirm_leaving(**asked)


def rows_of(owner, force_id):
    tables = catalogue.tenant_tables(owner)
    return catalogue.counts(owner, tables, force_id)


def test_it_is_exported_whole_without_biometrics_or_secrets(two, tmp_path, owner_connection):
    leaving, _ = two
    with force_context(leaving.force.id):
        key = vault.create_key(purpose=KeyPurpose.ALERT, owner_id=uuid4(), now=utc_now())
        vault.store(key_id=key, kind=BlobKind.PICTURE, plaintext=b"face", now=utc_now())
    with pytest.raises(CommandError, match="still hold biometrics"):
        export(leaving, tmp_path)
    assert not list(tmp_path.iterdir())
    with force_context(leaving.force.id):
        vault.destroy_key(key_id=key, now=utc_now())
    folder = export(leaving, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    tables = {table for table, (own, _) in rows_of(owner_connection, leaving.force.id).items() if own}
    assert tables - set(manifest["tables"]) == {"vault_vaultkey"}
    for table, said in manifest["tables"].items():
        content = (folder / said["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == said["sha256"]
        assert len(content.splitlines()) == said["rows"], table
        for line in content.splitlines():
            assert not {"password", "token_sha256", "key_sha256"} & set(json.loads(line))
        assert two[1].force.slug.encode() not in content
        assert str(two[1].force.id).encode() not in content
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(CommandError, match="exists already"):
        export(leaving, tmp_path)


def test_nothing_is_exported_while_a_deployment_runs(two, tmp_path, owner_connection):
    leaving, _ = two
    owner_connection.execute(
        "ALTER TABLE deployments_deployment DROP CONSTRAINT deployments_runs_on_accepted_list"
    )
    try:
        owner_connection.execute(
            "UPDATE deployments_deployment SET state = 'live' WHERE id = %s", [leaving.deployment_id]
        )
        with pytest.raises(CommandError, match="is running"):
            export(leaving, tmp_path)
    finally:
        owner_connection.execute(
            "UPDATE deployments_deployment SET state = 'notice_published' WHERE id = %s",
            [leaving.deployment_id],
        )
        owner_connection.execute(
            "ALTER TABLE deployments_deployment ADD CONSTRAINT deployments_runs_on_accepted_list"
            " CHECK (NOT state IN ('live', 'suspended') OR (accepted_seal_hash IS NOT NULL"
            " AND accepted_seal_hash = watchlist_seal_hash))"
        )


def test_two_administrators_confirm_and_one_alone_cannot(two, tmp_path):
    leaving, staying = two
    folder = export(leaving, tmp_path)
    first, second = administrators(leaving)
    confirm(leaving, first, folder)
    with pytest.raises(RuleViolated, match="already"):
        confirm(leaving, first, folder)
    with pytest.raises(CommandError, match="1 more administrators"):
        delete(leaving, folder)
    for actor, error in (
        (Actor(second.id, "x", second.force_id, second.roles), ReauthenticationNeeded),
        (administrators(staying)[0], NotPermitted),
        (Actor(uuid4(), "x", second.force_id, frozenset({Role.SILVER_COMMANDER})), NotPermitted),
    ):
        with pytest.raises(error):
            confirm(leaving, actor, folder)
    for changes, words in (
        ({"slug": "another"}, "Type north"),
        ({"manifest_sha256": "0" * 64}, "newer export"),
    ):
        with pytest.raises(RuleViolated, match=words):
            confirm(leaving, second, folder, **changes)
    assert len(confirm(leaving, second, folder).confirmations) == forces.CONFIRMATIONS
    # A later export needs confirmations of its own.
    later = export(leaving, tmp_path, "later")
    with pytest.raises(CommandError, match="not the manifest of the latest"):
        delete(leaving, folder)
    with pytest.raises(CommandError, match="2 more administrators"):
        delete(leaving, later)


def refuse(day, actor, folder):
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    with force_context(day.force.id):
        forces.refuse_leaving(manifest_sha256=digest, reason="We stay after all", actor=actor, now=utc_now())


@pytest.mark.parametrize("confirmed", [1, 2])
def test_one_administrator_alone_stops_it_also_when_both_have_confirmed(two, tmp_path, confirmed):
    leaving, staying = two
    folder = export(leaving, tmp_path)
    first, second = administrators(leaving)
    for actor in (first, second)[:confirmed]:
        confirm(leaving, actor, folder)
    with pytest.raises(NotPermitted):
        refuse(leaving, administrators(staying)[0], folder)
    refuse(leaving, first, folder)
    with pytest.raises(CommandError, match="refused the leaving"):
        delete(leaving, folder)
    with pytest.raises(RuleViolated, match="takes a new one"):
        confirm(leaving, second, folder)
    with force_context(leaving.force.id):
        said = [(event.verb, event.reason) for event in audit.events_about(object_id=leaving.force.id)]
        assert forces.leaving().refused_by == first.label
    assert said[-1] == ("force.leaving_taken_back", "We stay after all")
    # Nor do the confirmations of before count for a new export.
    with pytest.raises(CommandError, match="2 more administrators"):
        delete(leaving, export(leaving, tmp_path, "later"))


def test_the_confirmation_of_somebody_whose_account_was_opened_since_does_not_count(two, tmp_path):
    leaving, _ = two
    folder = export(leaving, tmp_path)
    first, second = administrators(leaving)
    for actor in (first, second):
        confirm(leaving, actor, folder)
    with force_context(leaving.force.id):
        from apps.accounts.models import RoleGrant

        RoleGrant.objects.filter(user_id=second.id).update(confirmed_at=None)
    with pytest.raises(CommandError, match="1 more administrators"):
        delete(leaving, folder)


def test_a_puppet_of_the_first_is_no_second(two, tmp_path):
    leaving, _ = two
    folder = export(leaving, tmp_path)
    first, puppet = administrators(leaving)
    with force_context(leaving.force.id):
        from apps.accounts.models import RoleGrant

        theirs = RoleGrant.objects.filter(user_id=puppet.id)
        theirs.update(requested_by_id=first.id, confirmed_by_id=first.id, confirmed_at=utc_now())
    # Whoever of the two comes first.
    for one, other in ((puppet, first), (first, puppet)):
        confirm(leaving, one, folder)
        with pytest.raises(RuleViolated, match="count as one"):
            confirm(leaving, other, folder)
        folder = export(leaving, tmp_path, f"after-{one.id}")
    with force_context(leaving.force.id):
        theirs.update(confirmed_at=utc_now() - timedelta(hours=24, minutes=1))
    confirm(leaving, first, folder)
    assert len(confirm(leaving, puppet, folder).confirmations) == forces.CONFIRMATIONS


def delete(day, folder):
    return run("delete", "--force", day.force.slug, "--manifest", str(folder / "manifest.json"))


def test_afterwards_nothing_of_it_is_anywhere_and_the_other_force_is_whole(two, tmp_path, owner_connection):
    leaving, staying = two
    gone, kept = leaving.force.id, staying.force.id
    with force_context(gone):
        vault.create_key(purpose=KeyPurpose.ALERT, owner_id=uuid4(), now=utc_now())
    with force_context(gone):
        from apps.vault.models import VaultKey

        vault.destroy_key(key_id=VaultKey.objects.get().id, now=utc_now())
    folder = export(leaving, tmp_path)
    for actor in administrators(leaving):
        confirm(leaving, actor, folder)
    before = rows_of(owner_connection, kept)
    people = people_of(owner_connection)
    assert any(own for own, _ in before.values())
    said = delete(leaving, folder)

    after = rows_of(owner_connection, gone)
    assert {table: own for table, (own, _) in after.items() if own} == {}
    assert {t: own for t, (own, _) in rows_of(owner_connection, kept).items()} == {
        t: own for t, (own, _) in before.items()
    }
    assert owner_connection.execute("SELECT slug FROM forces_force").fetchall() == [(staying.force.slug,)]
    removed = people - people_of(owner_connection)
    assert f"own@{leaving.force.slug}.example" in removed
    assert removed.isdisjoint({SHARED, f"own@{staying.force.slug}.example"})
    assert mentions(owner_connection, gone, leaving.deployment_id) == {"forces_departedforce"}
    keys = [key.decode() for key in redis.client().scan_iter(redis.key("*"))]
    assert not [key for key in keys if str(leaving.deployment_id) in key]
    assert [key for key in keys if str(staying.deployment_id) in key]
    assert not [path for path in settings.LFR_KEYSTORE_DIR.iterdir() if path.name == gone.hex]
    assert kept in audit.forces_with_anchors()
    assert gone not in audit.forces_with_anchors()
    assert audit.verify(force_id=kept, now=utc_now()).ok
    check_certificate(folder, gone, said)


def test_anchors_on_storage_that_only_grows_keep_neither_the_certificate_nor_the_secrets(
    two, tmp_path, monkeypatch
):
    """Anchors belong on such storage; the rows are gone when it refuses."""
    leaving, _ = two
    folder = export(leaving, tmp_path)
    for actor in administrators(leaving):
        confirm(leaving, actor, folder)
    settings.LFR_SECRETS_DIR.mkdir(parents=True, exist_ok=True)
    secret = settings.LFR_SECRETS_DIR / f"sign-on-{leaving.force.id}"
    secret.write_text("x")
    unlink = Path.unlink

    def refused(path, *arguments):
        if path.suffix == ".jsonl":
            raise PermissionError(path)
        unlink(path, *arguments)

    monkeypatch.setattr(Path, "unlink", refused)
    said = delete(leaving, folder)
    monkeypatch.undo()
    [left] = [path for path in settings.LFR_ANCHOR_DIR.iterdir() if str(leaving.force.id) in path.name]
    assert f"do it by hand: {left}" in said
    assert not secret.exists()
    check_certificate(folder, leaving.force.id, said)
    named = json.loads((folder / "certificate.json").read_text())["certificate"]["files"]
    assert named[left.name] == hashlib.sha256(left.read_bytes()).hexdigest()
    left.unlink()


def check_certificate(folder, force_id, said):
    path = folder / "certificate.json"
    found = json.loads(path.read_text())
    text = deleting.canonical(found["certificate"])
    assert found["sha256"] == hashlib.sha256(text).hexdigest()
    assert found["sha256"] in said
    signature = bytes.fromhex(found["signature"])
    key_id = found["certificate"]["signed_by"]
    assert signer().verify(key_id=key_id, message=text, signature=signature)
    assert not signer().verify(key_id=key_id, message=text + b"x", signature=signature)
    row = DepartedForce.objects.get(force_id=force_id)
    assert (row.certificate, row.certificate_sha256) == (found["certificate"], found["sha256"])
    assert found["certificate"]["rows"]["deployments_deployment"] == 1
    assert found["certificate"]["last_audit_link"]["position"] > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Own" not in text.decode()
    assert "@" not in text.decode()


def people_of(owner):
    return {name for (name,) in owner.execute("SELECT username FROM accounts_user").fetchall()}


def mentions(owner, *ids):
    """Every table with a row that says one of these ids anywhere."""
    tables = owner.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    ).fetchall()
    found = set()
    for (table,) in tables:
        for each in ids:
            query = sql.SQL("SELECT count(*) FROM {0} WHERE {0}::text LIKE %s").format(sql.Identifier(table))
            if owner.execute(query, [f"%{each}%"]).fetchone()[0]:
                found.add(table)
    return found


def test_the_application_role_cannot_delete_a_force(two, tmp_path, monkeypatch, services):
    leaving, _ = two
    folder = export(leaving, tmp_path)
    for actor in administrators(leaving):
        confirm(leaving, actor, folder)
    monkeypatch.setenv("DATABASE_OWNER_URL", services.environment()["DATABASE_URL"])
    with pytest.raises(CommandError, match="Only the owner"):
        delete(leaving, folder)
    monkeypatch.delenv("DATABASE_OWNER_URL")
    with pytest.raises(CommandError, match="Only the owner"):
        delete(leaving, folder)
    for table in ("forces_force", "forces_forcesettingsversion", "forces_departedforce", "audit_auditevent"):
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # the table is from the line above
    assert forces.find_force(slug=leaving.force.slug).id == leaving.force.id


def test_what_was_added_after_the_export_stops_the_deletion(two, tmp_path):
    leaving, _ = two
    folder = export(leaving, tmp_path)
    for actor in administrators(leaving):
        confirm(leaving, actor, folder)
    leaving.draft()
    with pytest.raises(CommandError, match="deployments_deployment"):
        delete(leaving, folder)
    assert forces.find_force(slug=leaving.force.slug).id == leaving.force.id


def test_a_table_that_the_database_lacks_stops_everything(real_db, owner_connection):
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute("DROP TABLE forces_onboardinglink")
        with pytest.raises(catalogue.Incomplete, match="forces_onboardinglink"):
            catalogue.tenant_tables(owner_connection)
    assert isinstance(owner_connection, psycopg.Connection)
