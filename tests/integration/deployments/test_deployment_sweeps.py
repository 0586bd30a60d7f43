"""What ends by itself: nobody has to press a button for recognition to stop or a list to go."""

from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.errors import ForceContextError, NotPermitted
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.watchlists import api as watchlists
from tests.support.days import END, PLANNED, START

MOMENT = timedelta(microseconds=1)


def purge_due(day):
    return day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id).purge_due_at


@pytest.mark.parametrize("suspended", [False, True])
def test_a_live_deployment_ends_at_the_end_of_its_window(day, suspended):
    day.to(S.LIVE)
    if suspended:
        day.step(deployments.suspend, day.operator, START, reason="smoke")
    assert day.call(deployments.end_overdue, now=END - MOMENT) == 0
    assert day.call(deployments.end_overdue, now=END + timedelta(hours=3)) == 1
    ended = day.get()
    assert (ended.state, ended.ended_at) == (S.ENDED, END)
    assert purge_due(day) == END + timedelta(hours=24)
    last = day.call(audit.events_about, object_id=day.deployment_id)[-1]
    assert (last.verb, last.actor_id) == ("deployment.ended_at_window_close", None)
    assert day.call(deployments.end_overdue, now=END + timedelta(hours=4)) == 0


@pytest.mark.parametrize("state", [S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY])
def test_what_was_approved_and_never_started_expires(day, state):
    day.to(state)
    assert day.call(deployments.expire_overdue, now=END - MOMENT) == 0
    assert day.call(deployments.expire_overdue, now=END) == 1
    assert day.get().state is S.EXPIRED
    if state is not S.NOTICE_PUBLISHED:
        assert purge_due(day) == END + timedelta(hours=24)


def test_drafts_and_refusals_do_not_expire(day):
    day.to(S.SUBMITTED)
    assert day.call(deployments.expire_overdue, now=END) == 0
    assert day.get().state is S.SUBMITTED


def test_a_sweep_touches_no_other_force(day, other_day):
    day.to(S.LIVE)
    assert other_day.call(deployments.end_overdue, now=END) == 0
    assert day.get().state is S.LIVE


def test_a_sweep_without_a_force_is_an_error_and_not_an_empty_answer(real_db):
    with pytest.raises(ForceContextError):
        deployments.end_overdue(now=END)
    with pytest.raises(ForceContextError):
        deployments.list_live()


def test_one_that_cannot_be_moved_does_not_hold_up_the_others(day, owner_connection):
    day.to(S.READY)
    stuck = day.deployment_id
    owner_connection.execute("UPDATE deployments_deployment SET authority = '{}' WHERE id = %s", [stuck])
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    assert day.call(deployments.expire_overdue, now=END) == 1
    assert day.get().state is S.EXPIRED


def test_cameras_are_registered_by_those_who_mount_them(day):
    with pytest.raises(NotPermitted):
        day.call(deployments.register_camera, name="Gate", actor=day.planner, now=PLANNED)
    camera = day.call(deployments.register_camera, name=" Gate  1 ", actor=day.engineer, now=PLANNED)
    assert camera.name == "Gate 1"
    assert day.call(deployments.list_cameras) == [camera]
