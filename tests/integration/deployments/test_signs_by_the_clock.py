"""Signs that nobody looks at: they keep it from starting and going on, and at last stop it (domain.md §2)."""

from datetime import timedelta
from functools import partial

import pytest

from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Cause
from apps.deployments.data import DeploymentState as S
from apps.forces import api as forces
from apps.live import watch
from apps.notices import queries as notices
from tests.support.at_once import meanwhile
from tests.support.days import START, make_day
from tests.support.plans import SQUARE
from tests.support.sign_picture import photograph

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hourly(real_db):
    """Signs were looked at an hour before the window opens, and are due again each hour."""
    day = make_day(sign_check_minutes=60)
    day.to(S.READY)
    return day


def heard(day, at):
    return watch.watch(force_id=day.force.id, now=at)


def test_a_sign_that_is_overdue_keeps_it_from_starting_and_from_going_on(hourly):
    day = hourly
    with pytest.raises(RuleViolated, match="at High Street within 1 hour. Look at it again"):
        day.step(deployments.start, day.silver, START)
    assert day.get().state is S.READY
    day.signs(now=START)
    assert day.step(deployments.start, day.silver, START).state is S.LIVE
    day.step(deployments.suspend, day.operator, START + MINUTE, reason="a van in front")
    assert day.step(deployments.resume, day.silver, START + 2 * MINUTE).state is S.LIVE
    day.step(deployments.suspend, day.operator, START + 59 * MINUTE, reason="a van in front")
    with pytest.raises(RuleViolated) as refused:
        day.step(deployments.resume, day.silver, START + HOUR)
    assert [reason for reason in refused.value.reasons if "Church Lane" in reason]
    day.signs(now=START + HOUR)
    assert day.step(deployments.resume, day.silver, START + HOUR).state is S.LIVE


def test_after_twice_the_interval_it_stops_by_itself_and_everybody_is_told_why(hourly):
    day = hourly
    day.signs(now=START)
    day.step(deployments.start, day.silver, START)
    look = {"deployment_id": day.deployment_id}
    assert not day.call(deployments.suspend_if_signs_abandoned, now=START + 2 * HOUR - MINUTE, **look)
    assert day.get().state is S.LIVE
    at = START + 2 * HOUR
    assert day.call(deployments.suspend_if_signs_abandoned, now=at, **look)
    # Two dispatchers stop it once.
    assert not day.call(deployments.suspend_if_signs_abandoned, now=at, **look)
    assert day.get().suspended_for is Cause.SIGN_OVERDUE
    waits = day.call(deployments.waits_for, deployment=day.get(), now=at)
    assert "look at the signs again at High Street and Church Lane" in waits.words
    (told,) = [row for row in day.call(deployments.decisions, **look) if row.kind == "suspend"]
    assert told.reasons == "Nobody has looked at the signs within 2 hours: High Street and Church Lane."
    notice = notices.published_by_deployment(deployment_id=day.deployment_id)
    assert "nobody had looked at the signs in time" in notice.history[-1].text
    day.signs(now=at)
    waits = day.call(deployments.waits_for, deployment=day.get(), now=at)
    assert waits.words == "Suspended. Waiting for the silver commander to resume or end it."
    assert day.step(deployments.resume, day.silver, at).state is S.LIVE


def test_a_look_that_is_recorded_at_this_moment_keeps_it_running(hourly, owner_connection):
    """The dispatcher looked before it was committed; what it read then stops nobody."""
    day, at = hourly, START + 2 * HOUR
    day.signs(now=START)
    day.step(deployments.start, day.silver, START)
    look = {"deployment_id": day.deployment_id, "now": at}

    def looked():
        for approach in day.get().authority.approaches:
            deployments.record_sign(
                **look,
                approach=approach,
                passed=True,
                photograph=photograph(),
                location=SQUARE[0],
                actor=day.engineer,
            )

    stopped = meanwhile(
        day.force.id, owner_connection, looked, partial(deployments.suspend_if_signs_abandoned, **look)
    )
    assert stopped is False
    assert day.get().state is S.LIVE


def test_another_interval_binds_what_is_drafted_from_then_on(hourly):
    hourly.call(
        forces.change_settings,
        changes={"sign_check_minutes": 30},
        seen_version=hourly.force.version,
        reason="Signs fell over twice in the wind of last week.",
        actor=hourly.person("admin", Role.FORCE_ADMIN),
        now=START,
    )
    found = hourly.call(deployments.rules_of, deployment=hourly.get())
    assert found.sign_check_minutes == 60
