"""Encrypted at rest, and gone with the key."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as django_settings

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.vault import api as vault
from apps.vault.data import BlobDamaged, BlobKind, KeyDestroyed, KeyPurpose

SECRET = b"a face that must not be found " * 8


@pytest.fixture
def force(real_db):
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


@pytest.fixture
def stored(force):
    with force_context(force.id):
        key = vault.create_key(purpose=KeyPurpose.ALERT, owner_id=uuid4(), now=utc_now())
        return key, vault.store(key_id=key, kind=BlobKind.PICTURE, plaintext=SECRET, now=utc_now())


def test_what_is_stored_comes_back_and_is_not_in_the_row(force, stored, owner_connection):
    _, blob = stored
    with force_context(force.id):
        assert vault.read(blob_id=blob) == SECRET
    row = owner_connection.execute("SELECT ciphertext FROM vault_vaultblob WHERE id = %s", [blob]).fetchone()
    assert SECRET[:16] not in bytes(row[0])


def test_no_key_material_is_in_the_database(force, stored, owner_connection):
    key, _ = stored
    wrapped = (Path(django_settings.LFR_KEYSTORE_DIR) / force.id.hex / f"{key.hex}.key").read_bytes()
    text = str(owner_connection.execute("SELECT * FROM vault_vaultkey WHERE id = %s", [key]).fetchone())
    assert wrapped.hex() not in text


def test_key_files_are_for_their_owner_only(force, stored):
    folder = Path(django_settings.LFR_KEYSTORE_DIR)
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_backup_of_the_rows_is_worthless_once_the_key_is_destroyed(force, stored, owner_connection):
    key, blob = stored
    backup = owner_connection.execute("SELECT * FROM vault_vaultblob WHERE id = %s", [blob]).fetchone()
    with force_context(force.id):
        assert vault.destroy_key(key_id=key, now=utc_now()) == 1
    marks = ", ".join(["%s"] * len(backup))
    owner_connection.execute(f"INSERT INTO vault_vaultblob VALUES ({marks})", list(backup))
    owner_connection.execute("UPDATE vault_vaultkey SET destroyed_at = NULL WHERE id = %s", [key])
    with force_context(force.id), pytest.raises(KeyDestroyed):
        vault.read(blob_id=blob)


def test_another_force_cannot_read_it(stored):
    other = forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())
    with force_context(other.id), pytest.raises(NotFound):
        vault.read(blob_id=stored[1])


def test_a_ciphertext_moved_to_another_row_does_not_decrypt(force, stored, owner_connection):
    key, blob = stored
    with force_context(force.id):
        other = vault.store(key_id=key, kind=BlobKind.PICTURE, plaintext=b"other", now=utc_now())
    owner_connection.execute(
        "UPDATE vault_vaultblob SET (nonce, ciphertext) ="
        " (SELECT nonce, ciphertext FROM vault_vaultblob WHERE id = %s) WHERE id = %s",
        [blob, other],
    )
    with force_context(force.id), pytest.raises(BlobDamaged):
        vault.read(blob_id=other)


def test_a_rolled_back_purge_destroys_no_key(force, stored):
    key, blob = stored
    with pytest.raises(ZeroDivisionError), force_context(force.id):
        vault.destroy_key(key_id=key, now=utc_now())
        raise ZeroDivisionError
    with force_context(force.id):
        assert vault.read(blob_id=blob) == SECRET


def test_a_process_killed_between_commit_and_unlink_is_caught_up(force, stored, owner_connection):
    key, _ = stored
    owner_connection.execute("UPDATE vault_vaultkey SET destroyed_at = now() WHERE id = %s", [key])
    with force_context(force.id):
        assert vault.key_exists(key_id=key)
        assert vault.finish_destruction(now=utc_now()) == 1
        assert not vault.key_exists(key_id=key)


def test_the_key_of_what_was_rolled_back_is_destroyed_once_nobody_can_still_be_using_it(force):
    with pytest.raises(LookupError), force_context(force.id):
        orphan = vault.create_key(purpose=KeyPurpose.WATCHLIST, owner_id=uuid4(), now=utc_now())
        raise LookupError("the import failed")
    with force_context(force.id):
        kept = vault.create_key(purpose=KeyPurpose.WATCHLIST, owner_id=uuid4(), now=utc_now())
        assert vault.destroy_orphans(now=utc_now()) == 0
        assert vault.key_exists(key_id=orphan)
        assert vault.destroy_orphans(now=utc_now() + timedelta(hours=2)) == 1
        assert not vault.key_exists(key_id=orphan)
        assert vault.key_exists(key_id=kept)
