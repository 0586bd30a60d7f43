"""What the application's role could try: the database refuses whatever is younger than the years."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from tests.support.alert_stage import make_stage
from tests.support.assessed import assessed
from tests.support.years import DAY, left_of, plant, years

FUNCTIONS = (
    "alerts_delete_logs",
    "alerts_delete_counters",
    "deployments_delete_records",
    "live_delete_counts",
    "notices_delete_notices",
    "relays_delete_relays",
)
# By app: the function that deletes, and the tables whose keys it must leave none of.
DELETED_BY = {
    "deployments_delete_records": ("deployments_deployment",),
    "deployments_delete_assessments": ("deployments_assessment",),
    "alerts_delete_logs": ("alerts_alert", "alerts_engagement"),
    "notices_delete_notices": ("notices_notice", "notices_reminder"),
}
# Held instead: a record stays until what these apps have of it has gone by their own rules.
HELD_BY = "casework_"
REFERRERS = """
SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
 WHERE contype = 'f' AND confrelid = %s::regclass AND conrelid <> confrelid
"""


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def execute(statement, arguments=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def call(force_id, function, ids, *, context=None):
    with force_context(context or force_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}(%s, %s)", [force_id, list(ids)])
        return cursor.fetchall()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_younger_than_the_years_is_refused(stage, function):
    young, old = plant(stage, utc_now() - years(7) + 2 * DAY), plant(stage, utc_now() - years(7))
    before = left_of(stage, young), left_of(stage, old)
    for asked in ([young], [old, young], [uuid4()]):
        with pytest.raises(ProgrammingError, match="younger than the years"):
            call(stage.force.id, function, asked)
    assert (left_of(stage, young), left_of(stage, old)) == before


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_still_open_is_refused_however_old(stage, function):
    old = plant(stage, utc_now() - years(20), state=S.APPROVED)
    with pytest.raises(ProgrammingError, match="still open"):
        call(stage.force.id, function, [old])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_another_force_is_refused_and_so_is_its_deployment_as_ones_own(stage, function):
    other = make_stage("south")
    theirs = plant(other, utc_now() - years(9))
    before = left_of(other, theirs)
    with pytest.raises(ProgrammingError, match="another force"):
        call(other.force.id, function, [theirs], context=stage.force.id)
    with pytest.raises(ProgrammingError, match="younger than the years"):
        call(stage.force.id, function, [theirs])
    with pytest.raises(ProgrammingError, match="another force"):
        execute(f"SELECT * FROM {function}(%s, %s)", [other.force.id, [theirs]])
    assert left_of(other, theirs) == before


@pytest.mark.parametrize(
    "table",
    [
        "deployments_deployment", "deployments_deploymentdecision", "deployments_authorityrevision",
        "deployments_signcheck", "deployments_assessment", "deployments_deleteddeployment", "alerts_alert",
        "alerts_decision", "alerts_outcome", "alerts_engagement", "alerts_counter", "alerts_escalation",
        "notices_notice", "notices_noticeoutage", "notices_reminder", "live_cameratally", "relays_relay",
        "watchlists_statuscheck",
    ],
)  # fmt: skip
def test_nothing_is_deleted_directly(stage, table):
    plant(stage, utc_now() - years(9))
    with stage.context(), pytest.raises(ProgrammingError, match="permission denied"):
        execute(f"DELETE FROM {table}")


def test_that_one_was_deleted_cannot_be_invented(stage):
    with stage.context(), pytest.raises(ProgrammingError, match="permission denied"):
        execute(
            "INSERT INTO deployments_deleteddeployment (id, force_id) VALUES (%s, %s)",
            [uuid4(), stage.force.id],
        )


def test_a_list_goes_only_by_the_function_that_counts_the_years(stage):
    young = plant(stage, utc_now())
    with pytest.raises(ProgrammingError, match="permission denied"):
        call(stage.force.id, "watchlists_delete_lists", [young])


def test_looks_that_are_in_no_sum_yet_are_not_deleted(stage):
    old = plant(stage, utc_now() - years(9))
    with pytest.raises(ProgrammingError, match="in no sum yet"):
        call(stage.force.id, "alerts_delete_logs", [old])


def test_an_assessment_in_force_or_named_is_not_deleted(stage):
    (first, *_rest) = assessed(stage.force.id, stage.people["planner"].actor)
    with pytest.raises(ProgrammingError, match="younger than the years, or named"):
        call(stage.force.id, "deployments_delete_assessments", [first.id])


@pytest.mark.parametrize("function", DELETED_BY)
def test_every_table_with_a_key_is_deleted_before_what_it_refers_to(real_db, function, owner_connection):
    """A new table with a key to a deployment, alert or notice fails here until its author has decided."""
    (source,) = owner_connection.execute(
        "SELECT prosrc FROM pg_proc WHERE proname = %s", [function]
    ).fetchone()
    for target in DELETED_BY[function]:
        found = {table for (table,) in owner_connection.execute(REFERRERS, [target])}
        left = {table for table in found if f"DELETE FROM public.{table}" not in source}
        assert {table for table in left if not table.startswith(HELD_BY)} == set(), target
