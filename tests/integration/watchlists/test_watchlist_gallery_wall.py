"""The gallery as the application's role sees it, and the two functions that open and drop its partitions."""

import threading
import time
from importlib import import_module
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.watchlists import api as watchlists
from apps.watchlists import gallery
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Watchlist
from tests.integration.watchlists.listed import DIMENSION, store_list, unit_templates

FUNCTIONS = ["watchlists_open_gallery(uuid,integer)", "watchlists_drop_gallery(uuid)"]


@pytest.fixture
def application(services):
    """A plain connection as the application's role, as somebody who took its password would have."""
    with psycopg.connect(services.environment()["DATABASE_URL"]) as opened:
        yield opened
        opened.rollback()


def as_force(conn, tenant):
    conn.execute("SELECT set_config('app.force_id', %s, true)", [str(tenant.id)])


def set_state(listed, state):
    changes = {"state": state}
    if state == WatchlistState.PURGED:
        changes["purged_at"] = utc_now()
    with force_context(listed.tenant.id):
        Watchlist.objects.filter(id=listed.watchlist_id).update(**changes)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_as_the_owner_with_a_fixed_path_and_is_for_the_application_only(
    owner_connection, function
):
    owner, definer, config, public, application = owner_connection.execute(
        "SELECT pg_get_userbyid(proowner), prosecdef, proconfig,"
        " EXISTS (SELECT 1 FROM aclexplode(proacl) WHERE grantee = 0),"
        " has_function_privilege('lfr_app', oid, 'EXECUTE')"
        " FROM pg_proc WHERE oid = %s::regprocedure",
        [function],
    ).fetchone()
    assert owner == "lfr_owner"
    assert definer
    assert "search_path=pg_catalog, public, pg_temp" in config
    assert not public
    assert application


def test_a_partition_is_unlogged_and_walled_and_the_application_only_reads_it(listed, owner_connection):
    name = f"watchlists_gallery_{listed.deployment_id.hex}"
    persistence, owner, walled = owner_connection.execute(
        "SELECT relpersistence, pg_get_userbyid(relowner), relrowsecurity FROM pg_class WHERE relname = %s",
        [name],
    ).fetchone()
    assert (persistence, owner, walled) == ("u", "lfr_owner", True)
    rights = owner_connection.execute(
        "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_name = %s AND grantee <> 'lfr_owner'",
        [name],
    ).fetchall()
    assert rights == [("lfr_app", "SELECT")]
    wall = wall_of(owner_connection, name)
    assert "app.force_id" in wall
    assert wall == wall_of(owner_connection, "watchlists_gallery")


def wall_of(owner_connection, table):
    """What the one policy lets the application read."""
    ((seen,),) = owner_connection.execute(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
        " WHERE polrelid = to_regclass(%s) AND polroles <> ARRAY['lfr_owner'::regrole::oid]",
        [table],
    ).fetchall()
    return seen


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO {partition} SELECT * FROM watchlists_gallery LIMIT 1",
        "UPDATE {partition} SET expires_at = NULL",
        "DELETE FROM {partition}",
        "TRUNCATE {partition}",
        "DROP TABLE {partition}",
        "TRUNCATE watchlists_gallery",
        "UPDATE watchlists_gallery SET subject_id = gen_random_uuid()",
        "ALTER TABLE watchlists_gallery DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE watchlists_gallery DETACH PARTITION {partition}",
        "ALTER TABLE {partition} DISABLE ROW LEVEL SECURITY",
        "DROP POLICY force_wall ON {partition}",
        "CREATE TABLE elsewhere AS SELECT * FROM watchlists_gallery",
        "CREATE TEMPORARY TABLE watchlists_watchlist (deployment_id uuid)",
    ],
)
def test_the_application_cannot_go_around_the_parent(listed, application, attempt):
    as_force(application, listed.tenant)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(attempt.format(partition=f"watchlists_gallery_{listed.deployment_id.hex}"))


def test_by_its_name_a_partition_shows_another_force_nothing(listed, other_tenant, application):
    counted = f'SELECT count(*) FROM "watchlists_gallery_{listed.deployment_id.hex}"'
    assert application.execute(counted).fetchone() == (0,)
    as_force(application, other_tenant)
    assert application.execute(counted).fetchone() == (0,)
    application.rollback()
    assert application.execute(counted).fetchone() == (0,)  # an earlier SET LOCAL leaves '' behind
    as_force(application, listed.tenant)
    assert application.execute(counted).fetchone() == (41,)


def test_partitions_that_were_open_before_are_walled_and_readable_after_the_migration(
    listed, owner_connection, application
):
    migration = import_module("apps.watchlists.migrations.0016_search_by_name")
    name = f"watchlists_gallery_{listed.deployment_id.hex}"
    owner_connection.execute(migration.CLOSED)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(f'SELECT * FROM "{name}"')
    application.rollback()
    owner_connection.execute(migration.PRESENT)
    assert wall_of(owner_connection, name) == wall_of(owner_connection, "watchlists_gallery")
    assert application.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (0,)
    assert listed.search(listed.templates[:1]).seal_ok


@pytest.mark.parametrize(
    "name", ["x; DROP TABLE watchlists_gallery", "7be245c1-1db4-4d59-8e4f-2bee96876d9b", None]
)
def test_only_a_uuid_becomes_part_of_a_statement(name):
    with pytest.raises(TypeError, match="named by a UUID"):
        gallery.search_statement(name)


def test_another_force_sees_deletes_and_adds_no_row(listed, other_tenant, application):
    as_force(application, other_tenant)
    assert application.execute("SELECT count(*) FROM watchlists_gallery").fetchone() == (0,)
    assert application.execute("DELETE FROM watchlists_gallery").rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        application.execute(
            "INSERT INTO watchlists_gallery (force_id, deployment_id, seal_hash)"
            " VALUES (%s, %s, decode(repeat('00', 32), 'hex'))",
            [listed.tenant.id, listed.deployment_id],
        )
    application.rollback()
    assert listed.search(listed.templates[:1]).seal_ok


def test_another_force_cannot_put_a_row_of_its_own_into_the_partition(listed, other_tenant, application):
    as_force(application, other_tenant)
    with pytest.raises(psycopg.errors.CheckViolation):
        application.execute(
            "INSERT INTO watchlists_gallery (force_id, deployment_id, seal_hash)"
            " VALUES (%s, %s, decode(repeat('00', 32), 'hex'))",
            [other_tenant.id, listed.deployment_id],
        )


def test_a_template_of_another_dimension_does_not_go_in(listed, application):
    as_force(application, listed.tenant)
    with pytest.raises(psycopg.errors.CheckViolation):
        application.execute(
            "INSERT INTO watchlists_gallery (force_id, deployment_id, subject_id, picture_id, embedding)"
            " VALUES (%s, %s, %s, %s, '[1,0,0]')",
            [listed.tenant.id, listed.deployment_id, uuid4(), uuid4()],
        )


def test_a_second_marker_does_not_go_in(listed, application):
    as_force(application, listed.tenant)
    with pytest.raises(psycopg.errors.UniqueViolation):
        application.execute(
            "INSERT INTO watchlists_gallery (force_id, deployment_id, seal_hash)"
            " VALUES (%s, %s, decode(repeat('00', 32), 'hex'))",
            [listed.tenant.id, listed.deployment_id],
        )


def call(function, tenant, *arguments):
    marks = ", ".join(["%s"] * len(arguments))
    with force_context(tenant.id), connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({marks})", arguments)


def test_open_refuses_another_forces_list(tenant, other_tenant):
    listed = store_list(tenant, unit_templates(2, seed=1), sealed=False)
    with pytest.raises(ProgrammingError, match="no list of this force"):
        call("watchlists_open_gallery", other_tenant, listed.deployment_id, DIMENSION)
    with force_context(tenant.id):
        assert not gallery.partition_exists(deployment_id=listed.deployment_id)


@pytest.mark.parametrize("state", [WatchlistState.PURGING, WatchlistState.PURGED])
def test_open_refuses_a_list_on_its_way_out(tenant, state):
    listed = store_list(tenant, unit_templates(2, seed=1), sealed=False)
    set_state(listed, state)
    with pytest.raises(ProgrammingError, match="no list of this force"):
        call("watchlists_open_gallery", tenant, listed.deployment_id, DIMENSION)


def test_open_refuses_another_dimension_and_an_unknown_deployment(tenant):
    listed = store_list(tenant, unit_templates(2, seed=1), sealed=False)
    for deployment_id, dimension in ((listed.deployment_id, 512), (uuid4(), DIMENSION)):
        with pytest.raises(ProgrammingError, match="no list of this force"):
            call("watchlists_open_gallery", tenant, deployment_id, dimension)


def test_both_refuse_without_a_force(listed, application):
    for statement in (
        "SELECT watchlists_open_gallery(%s, 128)",
        "SELECT watchlists_drop_gallery(%s)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute(statement, [listed.deployment_id])
        application.rollback()


def test_drop_refuses_another_force(listed, other_tenant):
    set_state(listed, WatchlistState.PURGING)
    with pytest.raises(ProgrammingError, match="no list of this force is being purged"):
        call("watchlists_drop_gallery", other_tenant, listed.deployment_id)
    with force_context(listed.tenant.id):
        assert gallery.partition_exists(deployment_id=listed.deployment_id)


@pytest.mark.parametrize("state", [None, WatchlistState.PURGED])
def test_drop_refuses_a_list_that_is_not_being_purged(listed, state):
    if state:
        set_state(listed, state)
    with pytest.raises(ProgrammingError, match="no list of this force is being purged"):
        call("watchlists_drop_gallery", listed.tenant, listed.deployment_id)
    with force_context(listed.tenant.id):
        assert gallery.partition_exists(deployment_id=listed.deployment_id)


@pytest.fixture
def slow_reader(listed, application):
    """Somebody who reads the gallery in a transaction that does not end."""
    as_force(application, listed.tenant)
    application.execute("SELECT count(*) FROM watchlists_gallery")
    return application


def test_sealing_a_list_does_not_wait_for_readers_of_the_gallery(listed, slow_reader):
    """It would stall every force's search behind it."""
    with force_context(listed.tenant.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        sealed = store_list(listed.tenant, unit_templates(3, seed=2))
    assert sealed.search(sealed.templates).seal_ok


def test_a_search_does_not_wait_for_whoever_drops_another_partition(listed, owner_connection):
    """Neither with a plan made anew nor with the one that is kept."""
    connection.close()
    with owner_connection.transaction():
        owner_connection.execute("LOCK TABLE ONLY watchlists_gallery IN ACCESS EXCLUSIVE MODE")
        for _ in range(7):
            with force_context(listed.tenant.id):
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                assert listed.search(listed.templates[:1]).seal_ok


def test_a_drop_gives_up_soon_and_lets_searches_through(listed, slow_reader):
    set_state(listed, WatchlistState.PURGING)
    neighbour = store_list(listed.tenant, unit_templates(3, seed=2))
    failures = []

    def drop():
        with pytest.raises(gallery.GalleryBusy), force_context(listed.tenant.id):
            gallery.drop_partition(deployment_id=listed.deployment_id, attempts=8)
        failures.append("busy")
        connection.close()

    dropper = threading.Thread(target=drop)
    dropper.start()
    slowest = 0.0
    while dropper.is_alive():
        began = time.monotonic()
        assert neighbour.search(neighbour.templates).seal_ok
        slowest = max(slowest, time.monotonic() - began)
    dropper.join()
    assert failures == ["busy"]
    # 100 ms behind the waiting drop at most, plus the search itself on a busy machine.
    assert slowest < 0.6


def test_a_purge_whose_partition_is_read_is_finished_by_the_next_sweep(listed, slow_reader, monkeypatch):
    monkeypatch.setattr(gallery.drop_partition, "__kwdefaults__", {"attempts": 2})
    later = utc_now()
    with force_context(listed.tenant.id):
        Watchlist.objects.filter(id=listed.watchlist_id).update(purge_due_at=later)
    with force_context(listed.tenant.id):
        watchlists.purge_due(later)
    with force_context(listed.tenant.id):
        assert watchlists.get(watchlist_id=listed.watchlist_id).state is WatchlistState.PURGING
        assert gallery.partition_exists(deployment_id=listed.deployment_id)
    assert not listed.search(listed.templates[:1]).seal_ok
    slow_reader.rollback()
    with force_context(listed.tenant.id):
        watchlists.purge_due(later)
    with force_context(listed.tenant.id):
        assert watchlists.get(watchlist_id=listed.watchlist_id).state is WatchlistState.PURGED
        assert not gallery.partition_exists(deployment_id=listed.deployment_id)


def test_analyze_keeps_no_template_among_its_samples(listed, owner_connection):
    """PostgreSQL does it by itself, and pg_statistic is logged, replicated and dumped: the gallery is not."""
    partition = f"watchlists_gallery_{listed.deployment_id.hex}"
    owner_connection.execute(f'ANALYZE watchlists_gallery, "{partition}"')
    # pg_stats shows nobody the samples of a table whose rows are walled from them.
    owner_connection.execute(f'ALTER TABLE "{partition}" NO FORCE ROW LEVEL SECURITY')
    kept = owner_connection.execute(
        "SELECT tablename FROM pg_stats WHERE attname = 'embedding' AND tablename LIKE 'watchlists_gallery%'"
    ).fetchall()
    looked_at = owner_connection.execute(
        "SELECT count(*) FROM pg_stats WHERE attname = 'picture_id' AND tablename = %s", [partition]
    ).fetchone()
    assert (kept, looked_at) == ([], (1,))


def test_a_dump_by_the_owner_stops_at_a_gallery_also_at_one_from_before_the_migration(
    listed, owner_connection
):
    """As pg_dump reads it. That pg_dump itself stops is tried in tests/faults/test_backup_proof.py."""
    migration = import_module("apps.watchlists.migrations.0023_galleries_not_dumped")
    copied = f'COPY "watchlists_gallery_{listed.deployment_id.hex}" TO STDOUT'

    def dumped():
        with owner_connection.cursor() as cursor, cursor.copy(copied) as rows:
            return len(list(rows.rows()))

    assert dumped() == 41  # whoever works as the owner sees what was there to see before
    owner_connection.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        dumped()
    owner_connection.execute(migration.on_each(migration.DUMPED))
    assert dumped() == 41
    owner_connection.execute(migration.on_each(migration.NOT_DUMPED))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        dumped()
