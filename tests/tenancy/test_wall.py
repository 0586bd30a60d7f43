"""The wall between forces, tried from the outside: as the application role, on real transactions."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import ForceContextError
from apps.core.models import DomainEvent, TenantModel
from apps.core.tenancy import current_force_id, force_context
from apps.forces import api as forces

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
# Reading without a context is their purpose (docs/explanation/architecture.md, invariant 5).
FILLER = {
    "uuid": uuid4(),
    "character varying": "x",
    "text": "x",
    "jsonb": "{}",
    "bytea": b"x",
    "boolean": False,
    "timestamp with time zone": datetime(2026, 1, 1, tzinfo=UTC),
    "date": datetime(2026, 1, 1, tzinfo=UTC).date(),
    "double precision": 0.5,
    "real": 0.5,
    "numeric": 1,
    "smallint": 1,
    "integer": 7,  # a force has version 1 of its settings already
    "bigint": 1,
}
EXEMPT = {
    "forces_force": "the registry of forces",
    "forces_departedforce": "certificates of forces that left: no force is left to open them",
    "accounts_user": "sign-in",
    "django_session": "sign-in",
    # A person's, whichever forces they work for; asked for before any force is known. Secrets are sealed.
    "mfa_authenticator": "sign-in: second factors",
    # Which account an identity of a force's provider is. The key names the force; no claim is stored.
    "socialaccount_socialaccount": "sign-in: single sign-on",
    "socialaccount_socialapp": "allauth's own, unused: providers are tenant rows",
    "socialaccount_socialtoken": "allauth's own, unused: tokens are not stored",
    "account_emailaddress": "allauth's own, unused",
    "account_emailconfirmation": "allauth's own, unused",
    # Of addresses typed by anybody, also such as are nobody's; deleted after a day.
    "axes_accessattempt": "lock-out",
    "axes_accessattemptexpiration": "axes' own, unused",
    "axes_accessfailurelog": "axes' own, unused",
    "axes_accesslog": "axes' own, unused: sign-ins are in the audit",
    "django_migrations": "Django's own",
    "django_content_type": "Django's own",
    "auth_permission": "Django's own, unused",
    "auth_group": "Django's own, unused",
    "auth_group_permissions": "Django's own, unused",
}


@pytest.fixture
def two_forces(real_db):
    now = utc_now()
    return [
        forces.create_force(slug=f"{name}-{uuid4().hex[:8]}", name=f"{name} {uuid4().hex[:8]}", now=now)
        for name in ("north", "south")
    ]


def rows(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def test_every_table_is_a_tenant_table_or_exempt_by_name(real_db):
    """A new model without a policy fails here."""
    found = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND NOT (c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))"
    )
    assert sorted({name for (name,) in found} - set(EXEMPT)) == []


def as_application(owner, force_id):
    """Go on as the application role in the force's context (or in none), in the owner's transaction."""
    owner.execute("SET LOCAL ROLE lfr_app")
    owner.execute("SELECT set_config('app.force_id', %s, true)", [str(force_id) if force_id else ""])


@pytest.fixture(scope="module")
def owner(services, django_db_setup):
    with psycopg.connect(services.worker_owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def two_ids():
    """Of two forces. That they have rows is nothing to the wall: it compares what a row says with what the
    context says, and `planted` takes the foreign keys away."""
    return uuid4(), uuid4()


@pytest.fixture
def planted(request, two_ids, owner):
    """(owner's connection in a transaction to be rolled back, table, id of a row of the first force)."""
    table = request.param._meta.db_table
    with owner.transaction(force_rollback=True):
        yield owner, table, plant_row(owner, table, two_ids[0])


EVERY_TENANT_TABLE = pytest.mark.parametrize(
    "planted", TENANT_MODELS, indirect=True, ids=lambda m: m._meta.label
)


@EVERY_TENANT_TABLE
@pytest.mark.parametrize("context", ["another force", "none"])
def test_a_row_is_invisible_outside_its_force(planted, two_ids, context):
    owner, table, row_id = planted
    as_application(owner, two_ids[1] if context == "another force" else None)
    assert count(owner, table, row_id) == 0


@EVERY_TENANT_TABLE
def test_a_row_is_visible_in_its_force(planted, two_ids):
    owner, table, row_id = planted
    as_application(owner, two_ids[0])
    assert count(owner, table, row_id) == 1


@EVERY_TENANT_TABLE
@pytest.mark.parametrize("attempt", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_another_force_changes_and_deletes_nothing(planted, two_ids, attempt):
    owner, table, row_id = planted
    as_application(owner, two_ids[1])
    try:
        with owner.transaction():
            changed = owner.execute(attempt.format(table) + " WHERE id = %s", [row_id]).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return  # the application role may not even try
    assert changed == 0


@EVERY_TENANT_TABLE
def test_a_row_cannot_be_moved_into_another_force(planted, two_ids):
    owner, table, row_id = planted
    as_application(owner, two_ids[0])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(f"UPDATE {table} SET force_id = %s WHERE id = %s", [two_ids[1], row_id])


def count(owner, table, row_id) -> int:
    return owner.execute(f"SELECT count(*) FROM {table} WHERE id = %s", [row_id]).fetchone()[0]


def plant_row(owner, table: str, force_id: UUID) -> UUID:
    """A row with made-up values; constraints are dropped in a transaction that is rolled back."""
    columns = owner.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s"
        " AND is_nullable = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    constraints = owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'c')", [table]
    ).fetchall()
    for (name,) in constraints:
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    row_id = uuid4()
    values = {name: FILLER[kind] for name, kind in columns} | {"id": row_id, "force_id": force_id}
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    owner.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
    return row_id


def test_without_a_context_there_are_no_rows_and_no_writes(two_forces):
    with pytest.raises(ForceContextError):
        current_force_id()
    with pytest.raises(ForceContextError):
        DomainEvent(kind="x", subject_id=uuid4(), payload={}, created_at=utc_now())


def test_a_second_force_cannot_be_entered_inside_the_first(two_forces):
    first, second = two_forces
    with (
        force_context(first.id),
        pytest.raises(ForceContextError, match="cannot be entered"),
        force_context(second.id),
    ):
        pytest.fail("entered")


def test_a_context_is_refused_inside_somebody_elses_transaction(two_forces):
    with (
        transaction.atomic(),
        pytest.raises(ForceContextError, match="outermost"),
        force_context(two_forces[0].id),
    ):
        pytest.fail("entered")


def test_the_setting_does_not_survive_on_the_connection(two_forces):
    with force_context(two_forces[0].id):
        assert rows("SELECT current_setting('app.force_id', true)") == [(str(two_forces[0].id),)]
    assert rows("SELECT coalesce(current_setting('app.force_id', true), '')") == [("",)]


def test_it_survives_a_rolled_back_savepoint_and_an_error(two_forces):
    with force_context(two_forces[0].id):
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows("SELECT * FROM no_such_table")
        assert rows("SELECT current_setting('app.force_id', true)") == [(str(two_forces[0].id),)]


def test_the_application_role_owns_nothing_and_cannot_bypass_the_wall(real_db):
    assert rows(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = current_user"
    ) == [(0,)]
    assert rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ) == [(False, False, False)]
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("SET ROLE lfr_owner")


def test_an_actor_of_one_force_cannot_write_in_anothers_record(two_forces):
    from apps.audit import api as audit

    first, second = two_forces
    actor = Actor(id=uuid4(), label="x", force_id=second.id, roles=frozenset({Role.PLANNER}))
    with force_context(first.id), pytest.raises(ForceContextError):
        audit.record(actor=actor, verb="x", object_type="x", object_id=uuid4(), payload={}, now=utc_now())
