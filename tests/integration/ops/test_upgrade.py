"""A database with rows in it is brought to this version, and what starts on which schema."""

import json
import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from apps.core.clock import utc_now
from apps.core.models import TenantModel
from apps.core.tenancy import force_context
from apps.ops import checks, schema_version
from apps.ops.backup import postgres
from apps.ops.backup.making import make
from apps.ops.backup.postgres import Server
from lfrplatform.embedded.place import CLONE
from tests.support.backed_up import new_database, run
from tests.support.earlier_schema import FORCE

# The schema of an earlier commit: a file of names.
EARLIER = CLONE / "tests" / "support" / "schema_1478d82.txt"


def python(*arguments):
    """As the owner of the database that was just made."""
    env = {**os.environ, "DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    env["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"
    done = subprocess.run([sys.executable, *arguments], env=env, cwd=CLONE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def earlier(*options):
    return json.loads(python("-m", "tests.support.earlier_schema", str(EARLIER), *options).splitlines()[-1])


def rows_of(tables):
    with Server.of_owner(None).connected() as owner:
        found = postgres.counts(owner)
    return {table: found[table] for table in tables if table in found}


@pytest.fixture
def database(services, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), new_database(services) as name:
        yield name


def codes():
    return {problem.code for problem in checks.database_problems()}


@pytest.mark.slow
def test_a_populated_database_of_an_earlier_commit_is_brought_here_whole(database):
    said = earlier()
    assert said["refused"] == {}
    assert len(said["filled"]) > 70
    before = rows_of(said["filled"])
    assert min(before.values()) > 0
    assert codes() >= {"migrations_missing"}
    with pytest.raises(ImproperlyConfigured, match=r"run `manage.py migrate` as the owner"):
        checks.assert_boot()
    python("manage.py", "migrate", "--no-input", "--verbosity", "0")
    assert rows_of(before) == before
    assert codes() <= {"keys_elsewhere"}  # its keys are made up
    with force_context(FORCE):
        for model in apps.get_models():
            if issubclass(model, TenantModel) and model._meta.db_table in before:
                list(model.objects.all()[:1])  # every column of today is there
    python("manage.py", "migrate", "--check")


@pytest.mark.slow
def test_a_backup_of_an_earlier_version_is_restored_and_brought_here(services, database, settings, tmp_path):
    earlier("--empty")
    server = Server.of_owner(None)
    make(
        to=tmp_path / "made",
        server=server,
        recipients=[],
        while_lists_are_open=False,
        now=utc_now(),
        say=lambda _: None,
    )
    settings.LFR_KEYSTORE_DIR = tmp_path / "keys"  # of an installation that never had one
    with new_database(services):
        ours = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
        since = schema_version.on_disk() - set(EARLIER.read_text().split())
        since = {name for name in since if name.partition(".")[0] in ours}
        assert f"{len(since)} migrations applied" in run("restore", tmp_path / "made")
        assert codes() == set()


def note_applied(name):
    with Server.of_owner(None).connected() as owner:
        statement = "INSERT INTO django_migrations (app, name, applied) VALUES ('alerts', %s, now())"
        owner.execute(statement, [name])


def forget(name):
    with Server.of_owner(None).connected() as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'alerts' AND name = %s", [name])


def test_the_version_before_goes_on_beside_the_next_until_something_is_taken_away(real_db):
    try:
        note_applied("0098_one_more_column")
        assert codes() == set()
        note_applied("0099_contract_old_column")
        assert codes() == {"migrations_ahead"}
        with pytest.raises(ImproperlyConfigured, match="0099_contract_old_column"):
            checks.assert_boot()
    finally:
        forget("0098_one_more_column")
        forget("0099_contract_old_column")


def test_a_worker_that_would_find_its_columns_missing_does_not_start(real_db):
    """As Celery starts it: the signal ends the process, with words."""
    from lfrplatform.celery import refuse_a_weak_start

    [last] = [name for name in schema_version.on_disk() if name.startswith("alerts.0012")]
    forget(last.partition(".")[2])
    try:
        with pytest.raises(SystemExit, match="migrations_missing"):
            refuse_a_weak_start()
    finally:
        note_applied(last.partition(".")[2])
    refuse_a_weak_start()
