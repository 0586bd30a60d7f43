"""That nothing new can stay outside the wall: models, tables, keys between forces, views, functions."""

from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.core import checks

from apps.core import walls
from apps.core.models import DomainEvent
from tests.tenancy.test_wall import FILLER, TENANT_MODELS, rows, two_forces  # noqa: F401 - a fixture

# Functions that run with the owner's rights, each with what it is for. A new one needs a line, and a reason.
DEFINERS = {
    "accounts_forces_of": "in which forces somebody holds a role, asked at sign-in",
    "accounts_domain_taken": "whether an e-mail domain is another force's: one bit, and not whose",
    "audit_erase_due": "empties what is due in the audit, and nothing else",
    "watchlists_open_gallery": "opens the partition of a deployment",
    "watchlists_drop_gallery": "drops it",
    "deployments_public_assessment": "the file of an assessment that its force published, by its id",
    "deployments_approval": "by the hash of a text: when which force approved it, and whether that holds",
    "relays_box_lent_elsewhere": "whether a box is lent to a running deployment: one bit, and not whose",
    "deployments_issued": "by the hash of a file: of which text it was issued",
    "deployments_delete_records": "deletes deployments of the open force past its years, and nothing younger",
    "deployments_delete_assessments": "deletes what is past the years and named by no plan, and nothing else",
    "deployments_deleted_page": "when a public page was deleted by the schedule: one time",
    "deployments_deleted_results": "how many published results were deleted by the schedule: a number",
    "scrutiny_told_tables": "tables by group that a force told, for its public record: no more",
    "alerts_delete_logs": "deletes decision logs of the open force past its years, and nothing younger",
    "alerts_delete_counters": "deletes the counters of deployments past their years",
    "live_delete_counts": "deletes leases and counts of deployments past their years",
    "relays_delete_relays": "deletes relays and codes of deployments past their years",
    "accounts_forget_left": "deletes people of the open force who left past its years, and nobody else",
    "forces_forget_names": "empties who wrote settings that were replaced past the years",
    "watchlists_delete_consents": "deletes consents that ended past the years, and none that holds",
    "notices_delete_notices": "deletes notices of deployments past their years",
}
TENANT_KEYS = """
SELECT k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text
  FROM pg_constraint k
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
 WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1
   AND EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = k.conrelid AND f.attname = 'force_id')
   AND EXISTS (SELECT FROM pg_attribute f WHERE f.attrelid = k.confrelid AND f.attname = 'force_id')
"""
COMPOSITE = """
SELECT k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text, k.conname
  FROM pg_constraint k
  JOIN pg_attribute f ON f.attrelid = k.conrelid AND f.attnum = k.conkey[1] AND f.attname = 'force_id'
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
 WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 2 AND k.convalidated
"""


def test_the_check_finds_nothing_and_runs_with_the_others():
    assert list(walls.problems()) == []
    assert walls.check_walls in checks.registry.registry.get_checks()


@pytest.mark.parametrize(
    ("without", "code"),
    [("CREATE POLICY", "lfr.W001"), ("ENABLE ROW LEVEL", "lfr.W001"), ("(force_id, event_id)", "lfr.W002")],
    ids=["policy", "row-level security", "key"],
)
def test_a_migration_that_forgets_a_part_fails_the_check(monkeypatch, without, code):
    kept = [each for each in walls.statements() if not (without in each and "core_" in each)]
    monkeypatch.setattr(walls, "statements", lambda: kept)
    found = dict.fromkeys(walls.problems())
    assert {problem for problem, _ in found} == {code}
    assert any("core." in words or "core_" in words for _, words in found)


def test_a_model_of_no_force_needs_a_reason(monkeypatch):
    monkeypatch.setattr(walls, "EXEMPT", {})
    assert ("lfr.W003", "forces.Force") in {
        (code, words.split(" is ")[0]) for code, words in walls.problems()
    }
    assert all(reason.strip() for reason in walls.EXEMPT.values())


def test_every_table_with_a_force_is_in_the_loop_over_forces(real_db):
    """A tenant table that no TenantModel stands for would be tried by no test of the wall."""
    with_force = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " AND a.attname = 'force_id' AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    models = {model._meta.db_table for model in TENANT_MODELS}
    # Both are reasoned about elsewhere: test_gallery tries the wall of the first, the second has no force.
    assert {name for (name,) in with_force} - models == {"watchlists_gallery", "forces_departedforce"}
    assert DomainEvent in TENANT_MODELS
    assert all(model in apps.get_models() for model in TENANT_MODELS)


def test_every_key_between_tenant_tables_names_the_force_too(real_db):
    keys = set(rows(TENANT_KEYS))
    composite = {(table, column, target) for table, column, target, _ in rows(COMPOSITE)}
    assert keys, "there are keys to look at"
    assert keys <= composite
    assert set(walls.tenant_keys()) <= composite


def test_no_row_refers_to_a_row_of_another_force(two_forces, owner_connection):  # noqa: F811
    """As the owner, whom row-level security does not stop: what is left is the key itself. Every key."""
    ours, theirs = (force.id for force in two_forces)
    tried = []
    for table, column, target, name in owner_connection.execute(COMPOSITE).fetchall():
        for force_id, refused in ((ours, False), (theirs, True)):
            with owner_connection.transaction(force_rollback=True):
                target_id = planted_row(owner_connection, target, ours, keep=name if target == table else "")
                planted_row(owner_connection, table, force_id, keep=name, **{column: target_id})
                if not refused:
                    owner_connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    continue
                with pytest.raises(psycopg.errors.ForeignKeyViolation, match="same_force"):
                    owner_connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                tried.append((table, column))
    assert {(table, column) for table, column, _ in walls.tenant_keys()} <= set(tried)


def planted_row(owner, table, force_id, *, keep, **given):
    """A row with made-up values; of the constraints only `keep` and the uniqueness are left."""
    columns = owner.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_nullable = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    for (name,) in owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'c')"
        " AND conname <> %s",
        [table, keep],
    ).fetchall():
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    row_id = uuid4()
    # A row may refer to another of its own table: its words are its own.
    words = dict.fromkeys(("text", "character varying"), row_id.hex[:8])
    filler = {name: (FILLER | words)[kind] for name, kind in columns}
    values = filler | {"id": row_id, "force_id": force_id} | given
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    owner.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
    return row_id


def test_no_view_looks_past_the_wall(real_db):
    """A view runs with its owner's rights, who sees every force."""
    assert (
        rows(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
        )
        == []
    )


def test_functions_of_the_owner_are_known_fixed_and_not_for_everybody(real_db):
    found = rows(
        "SELECT p.proname, p.proconfig, has_function_privilege('public', p.oid, 'EXECUTE')"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    )
    assert {name for name, _, _ in found} == set(DEFINERS)
    for name, settings, public in found:
        path = [each for each in settings or [] if each.startswith("search_path=")]
        assert path, f"{name} has no fixed search_path"
        assert not public, f"{name} can be called by everybody"


def test_a_force_changes_no_other_row_of_the_registry(two_forces, owner_connection):  # noqa: F811
    from django.db import connection

    from apps.core.tenancy import force_context

    ours, theirs = two_forces
    with force_context(ours.id), connection.cursor() as cursor:
        cursor.execute("UPDATE forces_force SET minimum_staffing = 49")
        assert cursor.rowcount == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE forces_force SET minimum_staffing = 48")
        assert cursor.rowcount == 0
    found = owner_connection.execute("SELECT id, minimum_staffing FROM forces_force").fetchall()
    assert dict(found)[theirs.id] == 3
