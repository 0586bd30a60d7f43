"""The database itself refuses what can never be true, and the gate of every batch is cheap."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.test.utils import CaptureQueriesContext

from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import NotLive
from tests.support.days import END, START

WRITTEN_ONCE = [
    "deployments_deploymentdecision",
    "deployments_authorityrevision",
    "deployments_deploymentduty",
    "deployments_checkrecord",
]


def execute(day, statement, *parameters):
    with force_context(day.force.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def test_the_gate_of_every_batch_is_one_query(day):
    day.to(S.LIVE)
    with (
        force_context(day.force.id),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        deployments.live_authority(deployment_id=day.deployment_id, now=START)
    assert len(queries) == 1


def test_what_was_written_stays_as_it_was_written(day, subtests):
    day.to(S.LIST_SEALED)
    for table, change in product(WRITTEN_ONCE, ("UPDATE {} SET force_id = force_id", "DELETE FROM {}")):
        with (
            subtests.test(table=table, change=change),
            pytest.raises(ProgrammingError, match="permission denied"),
        ):
            execute(day, change.format(table))


def test_a_live_row_cannot_lose_what_made_it_lawful(day, subtests):
    day.to(S.LIVE)
    for change in (
        "approver_id = planner_id",
        "state = 'nonsense'",
        "approved_hash = repeat('0', 64)",
        "approved_hash = NULL",
        "accepted_seal_hash = NULL",
        "accepted_seal_hash = repeat('0', 64)",
        "notice_verified_at = NULL",
    ):
        with subtests.test(change=change), pytest.raises(IntegrityError):
            execute(day, f"UPDATE deployments_deployment SET {change}")


def test_a_state_cannot_be_written_past_the_approval(day):
    day.to(S.SUBMITTED)
    with pytest.raises(IntegrityError):
        execute(day, "UPDATE deployments_deployment SET state = 'live'")


def test_content_changed_in_the_database_stops_recognition(day):
    """The hash is computed from the content at every batch, not read from the row."""
    day.to(S.LIVE)
    changed = execute(
        day,
        "UPDATE deployments_deployment SET authority = jsonb_set(authority, '{threshold}', '\"0.1000\"')",
    )
    assert changed == 1
    with pytest.raises(NotLive, match="not of this authority"):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=START)


def test_another_force_cannot_write_here(day, other_day):
    day.to(S.LIVE)
    assert execute(other_day, "UPDATE deployments_deployment SET state = 'ended'") == 0
    assert day.get().state is S.LIVE


def gap(day, actor, camera_id, minutes=2):
    return day.step(
        deployments.record_gap,
        actor,
        START + timedelta(minutes=5),
        camera_id=camera_id,
        started_at=START,
        ended_at=START + timedelta(minutes=minutes),
        reason="relay not heard for 30 s",
    )


def test_a_gap_is_counted_once_however_often_it_is_told(day):
    live = day.to(S.LIVE)
    one, two = live.authority.cameras
    gap(day, day.system, one.id)
    gap(day, day.system, one.id)
    gap(day, day.system, two.id)
    gap(day, day.system, None)
    gap(day, day.system, None)
    found = day.call(deployments.gaps, deployment_id=day.deployment_id)
    assert sorted(str(g.camera_id) for g in found) == sorted([str(one.id), str(two.id), "None"])


def test_a_gap_has_a_direction_and_a_teller(day):
    day.to(S.LIVE)
    with pytest.raises(RuleViolated):
        gap(day, day.system, None, minutes=-1)
    with pytest.raises(NotPermitted):
        gap(day, day.operator, None)


@pytest.mark.parametrize("now", [START - timedelta(seconds=1), END])
def test_recognition_stops_with_the_window_even_before_a_sweep(day, now):
    day.to(S.LIVE)
    with pytest.raises(NotLive):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=now)


def test_the_platform_itself_plans_and_approves_nothing(day):
    day.to(S.SUBMITTED)
    machine = Actor(
        id=None, label="machine", force_id=day.force.id, roles=day.planner.roles | day.officer.roles
    )
    with pytest.raises(NotPermitted):
        day.approve(actor=machine)
    with pytest.raises(NotPermitted):
        day.call(deployments.draft, authority=day.plan(), actor=machine, now=START)
    assert day.get().state is S.SUBMITTED


def test_a_gap_is_of_a_camera_of_this_force(day, other_day):
    day.to(S.LIVE)
    (theirs, _) = other_day.plan().cameras
    with pytest.raises(NotFound):
        gap(day, day.system, theirs.id)
