import resource
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection

from apps.core import redis
from apps.ops import checks

CLONE = Path(__file__).resolve().parent.parent.parent.parent


def codes():
    return {problem.code for problem in checks.boot_problems()}


def test_the_embedded_servers_and_the_application_role_pass(real_db):
    checks.assert_boot()
    assert resource.getrlimit(resource.RLIMIT_CORE) in {(0, 0), (1, 1)}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "64"),
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_min_messages", "warning"),
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "default"),
        ("debug_print_plan", "on"),
    ],
)
def test_a_server_that_would_log_statements_is_refused(real_db, owner_connection, setting, value):
    """Set for the role, as an administrator who looks for slow queries would."""
    import psycopg

    from lfrplatform.embedded import locate
    from lfrplatform.embedded.postgres import superuser_conninfo

    place = locate("test", var=CLONE / "var")
    database = connection.settings_dict["NAME"]
    with psycopg.connect(superuser_conninfo(place), autocommit=True) as superuser:
        try:
            superuser.execute(f"ALTER ROLE lfr_app IN DATABASE \"{database}\" SET {setting} = '{value}'")
            connection.close()
            found = [problem.message for problem in checks.boot_problems()]
        finally:
            superuser.execute(f'ALTER ROLE lfr_app IN DATABASE "{database}" RESET ALL')
            connection.close()
    assert len(found) == 1
    assert f"{setting} = {value}" in found[0]
    assert codes() == set()


def test_the_owner_may_migrate_and_may_not_serve(real_db, services, monkeypatch):
    from urllib.parse import urlsplit

    owner = urlsplit(services.worker_owner_url)
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "USER", owner.username)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", owner.password)
    try:
        found = checks.role_problems()
    finally:
        connection.close()
    assert [problem.code for problem in found] == ["role_owns"]


def test_a_table_of_tenant_rows_without_a_wall_is_refused(real_db, owner_connection):
    owner_connection.execute("CREATE TABLE forgotten (id int, force_id uuid)")
    owner_connection.execute("GRANT SELECT ON forgotten TO lfr_app")
    try:
        assert codes() == {"no_wall"}
    finally:
        owner_connection.execute("DROP TABLE forgotten")


def test_keys_that_others_could_read_are_refused(real_db, settings, tmp_path):
    settings.LFR_KEYSTORE_DIR = tmp_path / "keys"
    assert codes() == set()  # made at the first key, for its owner alone
    settings.LFR_KEYSTORE_DIR.mkdir(mode=0o750)
    assert codes() == {"keys_readable"}
    settings.LFR_KEYSTORE_DIR.chmod(0o700)
    (settings.LFR_KEYSTORE_DIR / "master.key").write_bytes(b"x")
    (settings.LFR_KEYSTORE_DIR / "master.key").chmod(0o644)
    assert codes() == {"keys_readable"}


def test_parameters_inside_statements_are_refused(real_db, monkeypatch):
    options = {**connection.settings_dict["OPTIONS"], "server_side_binding": False}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    assert "client_binding" in {problem.code for problem in checks.process_problems()}


def test_a_server_that_would_write_frames_to_disk_is_refused(real_db, valkey):
    before = valkey.config_get("save")["save"]
    valkey.config_set("save", "60 1")
    try:
        assert codes() == {"valkey_persists"}
    finally:
        valkey.config_set("save", before)


def test_servers_that_do_not_answer_are_refused(real_db, settings, tmp_path, monkeypatch):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    redis.client.cache_clear()
    monkeypatch.setattr(checks, "rows", fail)
    try:
        assert codes() == {"valkey", "database"}
    finally:
        redis.client.cache_clear()


def fail(*_):
    raise OperationalError("no")


def test_everything_that_is_wrong_is_said_at_once(real_db, settings, tmp_path, monkeypatch):
    settings.LFR_KEYSTORE_DIR = tmp_path
    tmp_path.chmod(0o755)
    monkeypatch.setattr(checks, "rows", fail)
    with pytest.raises(ImproperlyConfigured) as refused:
        checks.assert_boot()
    assert "[keys_readable]" in str(refused.value)
    assert "[database]" in str(refused.value)


async def test_it_works_inside_a_running_event_loop(real_db):
    """As when a server imports the application."""
    checks.assert_boot()


def test_the_system_check_says_the_same(real_db, settings, tmp_path):
    settings.LFR_KEYSTORE_DIR = tmp_path
    tmp_path.chmod(0o755)
    with pytest.raises(SystemCheckError, match="keys_readable"):
        call_command("check", "--deploy", "--tag", "lfr")


def test_a_worker_does_not_start_on_a_bad_boot(real_db):
    """A handler of Celery's signals may raise what it likes, except for SystemExit."""
    program = (
        "import django; django.setup(); import lfrplatform.celery;"
        "from apps.ops import checks;"
        "checks.boot_problems = lambda: [checks.Problem('x', 'bad')];"
        "from celery.signals import worker_init; worker_init.send(sender=None); print('started')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CLONE, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "bad [x]" in done.stderr
    assert "started" not in done.stdout
