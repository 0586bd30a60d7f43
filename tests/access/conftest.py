"""Fixtures. What touches Django is imported inside them: pytest reads this file before Django is set up."""

import logging

import pytest


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, services):
    """Two forces for a whole module, in real transactions; afterwards the owner empties every table."""
    from django.db import connections
    from django.test.utils import override_settings

    from tests.access.inventory import URLCONF
    from tests.access.stage import make_world
    from tests.support import database
    from tests.support.services import forget_keys

    # Thousands of refusals are meant, and would hide what a failing test says.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    with django_db_blocker.unblock(), override_settings(ROOT_URLCONF=URLCONF):
        try:
            yield make_world()
        finally:
            logging.getLogger("django.request").setLevel(logging.NOTSET)
            connections.close_all()
            database.reset(services.worker_owner_url)
            forget_keys(services)


@pytest.fixture
def untouched(world, owner_connection):
    """Fails when anything of the other force is different afterwards: a row, or an event of its audit."""
    from tests.access.rows import differences, digests

    before = digests(owner_connection, world.away.force_id)
    assert before["audit_auditevent"], "the other force has no audit to compare"
    yield
    changed = differences(before, digests(owner_connection, world.away.force_id))
    assert not changed, f"rows of the other force were changed: {changed}"
