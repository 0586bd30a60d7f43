"""A killed backend empties the gallery, and a failing search leaves no template in the server's log.

On servers of its own: a crash restarts every backend, and the logging is set as only a superuser can.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psycopg
import pytest

from lfrplatform.embedded import locate, start_services
from lfrplatform.embedded.place import CLONE
from lfrplatform.embedded.postgres import superuser_conninfo

RECOVERS_WITHIN_S = 30


@pytest.fixture(scope="module")
def own_server(services):
    """Servers that nobody else uses, migrated. Yields the place (for the superuser) and the log."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
            environment.delenv(name)  # set, they would stand in for servers of our own
        place = locate("crash", services.scratch / "crash")
        shutil.rmtree(place.base, ignore_errors=True)  # of a run that was killed
        handle = start_services("crash", var=place.var)
    with handle:
        env = {**os.environ, **handle.env, "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.test"}
        migrating = env | {"DATABASE_URL": handle.env["DATABASE_OWNER_URL"]}
        argv = [sys.executable, str(CLONE / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
        subprocess.run(argv, env=migrating, cwd=CLONE, check=True)
        yield handle
    shutil.rmtree(place.base)


@pytest.fixture
def listed(own_server, django_db_blocker):
    """A sealed list on that server; the connection of this process points there during the test."""
    from django.db import connection

    from lfrplatform.settings.env import Env
    from tests.integration.watchlists.listed import make_tenant, store_list, unit_templates

    there = Env(own_server.env).database("DATABASE_URL")
    here = {name: connection.settings_dict[name] for name in there}
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(there)
        try:
            yield store_list(make_tenant("crash"), unit_templates(300, seed=1))
        finally:
            connection.close()
            connection.settings_dict.update(here)


def kill_a_backend(own_server):
    """And wait until the server has ended every other one, recovered and answers again."""
    address = own_server.env["DATABASE_URL"]
    with psycopg.connect(address) as victim, psycopg.connect(address, autocommit=True) as witness:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        until(lambda: not answers(lambda: witness.execute("SELECT 1")))
        until(lambda: answers(lambda: psycopg.connect(address, connect_timeout=2).close()))


def answers(ask) -> bool:
    try:
        ask()
    except psycopg.OperationalError:
        return False
    return True


def until(happened) -> None:
    deadline = time.monotonic() + RECOVERS_WITHIN_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_gallery_emptied_by_a_killed_backend_is_an_error_and_is_refilled(own_server, listed):
    from django.db import InterfaceError, OperationalError, connection

    from apps.core.clock import utc_now
    from apps.core.tenancy import force_context
    from apps.watchlists import api as watchlists

    assert listed.search(listed.templates).seal_ok
    kill_a_backend(own_server)
    # The old connection died with the server: an error, never "no match".
    with pytest.raises((OperationalError, InterfaceError)):
        listed.search(listed.templates)
    connection.close()

    emptied = listed.search(listed.templates)
    assert not emptied.seal_ok
    assert emptied.hits == [None] * 300

    with force_context(listed.tenant.id):
        assert watchlists.refill_gallery(watchlist_id=listed.watchlist_id, now=utc_now()) == 300
    whole = listed.search(listed.templates)
    assert whole.seal_ok
    assert [hit.subject_id for hit in whole.hits] == listed.subject_ids


@pytest.fixture
def talkative(own_server):
    """The worst plausible logging: statements of errors and slow ones; parameters as we configure them."""
    with psycopg.connect(superuser_conninfo(own_server.supervisor.place), autocommit=True) as superuser:
        for setting in (
            "log_min_messages = 'warning'",
            "log_min_error_statement = 'error'",
            "log_min_duration_statement = 0",
        ):
            superuser.execute(f"ALTER ROLE lfr_app SET {setting}")
        yield
        superuser.execute("ALTER ROLE lfr_app RESET ALL")


def test_no_template_is_in_the_log_of_a_failing_search(own_server, listed, talkative):
    from django.db import OperationalError, connection

    from apps.core.tenancy import force_context
    from apps.watchlists import api as watchlists
    from apps.watchlists.gallery import PackMismatch, halfvec_text
    from tests.integration.watchlists.listed import unit_templates

    connection.close()  # a role's settings count from the next connection
    probes = np.concatenate([unit_templates(400, seed=n) for n in range(5)])
    with pytest.raises(OperationalError, match="statement timeout"), force_context(listed.tenant.id):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '5ms'")
        watchlists.search(deployment_id=listed.deployment_id, seal_hash=listed.seal_hash, templates=probes)
    with pytest.raises(PackMismatch):
        listed.search(probes[:1, :64] / np.linalg.norm(probes[0, :64]))
    listed.search(probes[:2])
    log = own_server.supervisor.place.log("postgres").read_text(errors="replace")
    assert "canceling statement due to statement timeout" in log
    assert "different halfvec dimensions" in log
    # The statement itself is quoted, so its values would be, too.
    assert f'"watchlists_gallery_{listed.deployment_id.hex}" AS entry' in log
    for template in (probes[0], probes[-1], probes[0, :64] / np.linalg.norm(probes[0, :64])):
        values = halfvec_text(template)[1:-1].split(",")
        for start in range(0, len(values) - 1):
            assert ",".join(values[start : start + 2]) not in log
