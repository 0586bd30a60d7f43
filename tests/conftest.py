"""Servers, databases and photographs for all tests. `.venv/bin/pytest PATH` needs nothing to be running.

Settings are imported here and not through DJANGO_SETTINGS_MODULE in pyproject.toml: pytest-django would
import them before this file could say which database to use.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

CLONE = Path(__file__).resolve().parent.parent
if str(CLONE) not in sys.path:
    sys.path.insert(0, str(CLONE))
os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"

from tests.support import database  # noqa: E402 - the clone must be importable first
from tests.support.order import spread  # noqa: E402
from tests.support.services import TestServices, UsageProblem, forget_keys, join  # noqa: E402

# No test depends on how fast the machine is; in CI the examples are the same each time, so that a failure
# there is one of the change and can be repeated.
hypothesis_settings.register_profile("lfr", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("lfr")

SERVICES = pytest.StashKey[TestServices]()
KEPT = pytest.StashKey[list[object]]()


def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-django sets Django up. Every xdist worker does the same and gets a database of its
    own."""
    if config.option.help or config.option.version:
        return
    distributes = not hasattr(config, "workerinput") and bool(getattr(config.option, "tx", None))
    try:
        services, kept = join(runs_tests=not distributes)
    except UsageProblem as problem:
        raise pytest.UsageError(str(problem)) from problem
    config.stash[SERVICES], config.stash[KEPT] = services, kept
    os.environ.update(services.environment())
    from django.conf import settings  # needs the environment above

    if services.database != settings.DATABASES["default"]["NAME"]:
        raise pytest.UsageError(
            "settings were imported too early: DJANGO_SETTINGS_MODULE must stand neither in pyproject.toml"
            " nor in the environment"
        )
    if distributes:
        del os.environ["DJANGO_SETTINGS_MODULE"]  # its workers inherit the environment


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a test in a browser waits as long as it computes."""
    return math.ceil(1.5 * len(os.sched_getaffinity(0)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever takes long is begun first, by one worker each: begun last, it would run alone."""
    workers = getattr(config, "workerinput", {}).get("workercount")
    if workers:
        slow = [item for item in items if item.get_closest_marker("slow")]
        others = [item for item in items if not item.get_closest_marker("slow")]
        items[:] = spread(slow, others, workers)


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> TestServices:
    """Addresses of the servers that this process uses."""
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def django_db_setup(services: TestServices, django_test_environment: None) -> Iterator[None]:
    """In place of pytest-django's: the application's role could not create or migrate a database."""
    from django.db import connections
    from django.test import TransactionTestCase

    database.make_worker_database(services)

    def empty_as_owner(case: TransactionTestCase) -> None:
        for connection in connections.all(initialized_only=True):
            database.rest(connection)
        database.reset(services.worker_owner_url)
        forget_keys(services)
        # Anchors without their chain would be those of a deleted record.
        shutil.rmtree(services.scratch / "anchors", ignore_errors=True)

    # Django would TRUNCATE as the application's role, which may not.
    changed = pytest.MonkeyPatch()
    changed.setattr(TransactionTestCase, "_fixture_teardown", empty_as_owner)
    # Django would close the connection that has just been put to rest.
    changed.setattr(TransactionTestCase, "_should_reload_connections", lambda case: False)
    yield
    changed.undo()
    connections.close_all()
    database.drop_worker_database(services)


@pytest.fixture
def real_db(transactional_db: None) -> None:
    """Real transactions as the application's role; afterwards the owner empties what the migrations left
    empty.

    Isolation between forces can only be tested like this: inside the transaction that `db` wraps around a
    test, SET LOCAL never ends and hides leaks.
    """


@pytest.fixture
def owner_connection(services: TestServices, django_db_setup: None):
    """A connection as the role that owns the tables, committing at once. It sees past row-level security."""
    import psycopg

    with psycopg.connect(services.worker_owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def valkey(services: TestServices):
    """A client of this process's own index, emptied afterwards of every key with this process's prefix."""
    import redis

    client = redis.Redis.from_url(services.redis_url)
    yield client
    for key in client.scan_iter(f"{services.prefix}*"):
        client.delete(key)
    client.close()


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of photographs that `make setup` fetched. Missing ones fail the test: nothing is skipped."""
    folder = Path(os.environ.get("LFR_PHOTOS_DIR") or CLONE / "var" / "cache" / "photos")
    from apps.demo.photos import missing

    if absent := missing(folder):
        pytest.fail(f"photographs are missing from {folder} ({', '.join(absent)}): run `make setup`")
    return folder
