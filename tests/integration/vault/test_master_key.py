"""A key folder and a master key that do not belong together: found at the start, and nothing is lost."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from apps.ops import checks
from apps.vault.data import ForeignKeys
from apps.vault.keystore import FileKeyStore, key_store

FORCE, KEY = uuid4(), uuid4()


@pytest.fixture
def folder(tmp_path, settings):
    """As an installation left it: one key under its master key."""
    settings.LFR_KEYSTORE_DIR = tmp_path / "keys"
    FileKeyStore(settings.LFR_KEYSTORE_DIR).create(force_id=FORCE, key_id=KEY)
    return settings.LFR_KEYSTORE_DIR


def everything(folder: Path):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def of_another(folder: Path, tmp_path: Path):
    """The master key of another installation in place of this one's."""
    FileKeyStore(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "master.key", folder / "master.key")


def codes():
    return {problem.code for problem in checks.key_store_problems()}


def without_check(folder: Path):
    """As a version before left it."""
    (folder / "master.check").unlink()


def test_the_right_master_key_opens_it_again(folder):
    before = FileKeyStore(folder).load(force_id=FORCE, key_id=KEY)
    left = everything(folder)
    assert codes() == set()
    assert FileKeyStore(folder).load(force_id=FORCE, key_id=KEY) == before
    assert everything(folder) == left


@pytest.mark.parametrize("checked", [True, False], ids=["with a check", "of a version before"])
@pytest.mark.parametrize("wrong", ["another", "none", "half"])
def test_a_wrong_master_key_is_found_at_the_start_and_nothing_is_overwritten(
    real_db, client, folder, tmp_path, wrong, checked
):
    if not checked:
        without_check(folder)
    if wrong == "another":
        of_another(folder, tmp_path)
    elif wrong == "none":
        (folder / "master.key").unlink()
    else:
        (folder / "master.key").write_bytes((folder / "master.key").read_bytes()[:16])
    left = everything(folder)
    with pytest.raises(ImproperlyConfigured, match="put back the master.key that belongs to"):
        checks.assert_boot()
    with pytest.raises(SystemCheckError, match=r"lfr\.keys_foreign"):
        call_command("check", "--deploy", "--tag", "lfr")
    with pytest.raises(ForeignKeys, match="never make a new one"):
        key_store()
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["keys"]) == (503, False)
    assert str(folder) not in answer.content.decode()
    assert everything(folder) == left


def test_a_folder_of_a_version_before_gets_its_check_once_one_key_opens(folder, tmp_path):
    without_check(folder)
    damaged = folder / FORCE.hex / f"{uuid4().hex}.key"
    damaged.write_bytes(b"x")
    assert codes() == set()
    assert not (folder / "master.check").exists(), "looking writes nothing"
    FileKeyStore(folder)
    assert (folder / "master.check").exists()
    of_another(folder, tmp_path)
    assert codes() == {"keys_foreign"}


def test_it_is_found_when_every_key_is_gone_again(folder, tmp_path):
    FileKeyStore(folder).destroy_all(force_id=FORCE)
    of_another(folder, tmp_path)
    assert codes() == {"keys_foreign"}


def test_of_two_that_start_at_once_both_have_the_first_ones_key(tmp_path, monkeypatch):
    """The second looked before the first had written."""
    first, exists = FileKeyStore(tmp_path), Path.exists
    key = first.create(force_id=FORCE, key_id=KEY)
    left = everything(tmp_path)
    monkeypatch.setattr("apps.vault.keystore.foreign_words", lambda folder: "")
    monkeypatch.setattr(Path, "exists", lambda path: not path.name.startswith("master") and exists(path))
    second = FileKeyStore(tmp_path)
    assert second.load(force_id=FORCE, key_id=KEY) == key
    assert everything(tmp_path) == left
