"""Two people at the same moment: whoever is second meets what the first one left, and nothing else."""

from functools import partial

import pytest

from apps.core.errors import InvalidTransition, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.planning.plans import plan_version
from tests.support.at_once import meanwhile
from tests.support.days import CHECKED, PLANNED, START
from tests.support.plans import REASONS


@pytest.fixture
def at_once(day, owner_connection):
    """Two operations on the day's deployment, the second beginning before the first is committed."""
    return partial(meanwhile, day.force.id, owner_connection)


def does(day, operation, actor, now, **typed):
    return partial(operation, deployment_id=day.deployment_id, actor=actor, now=now, **typed)


def changes(day, now, **changed):
    """In whatever tab the planner has the plan open."""
    return does(day, deployments.amend, day.planner, now, authority=day.plan(**changed), reason=REASONS)


def test_a_start_runs_on_what_was_narrowed_a_moment_before(day, at_once):
    day.to(S.READY)
    cameras = day.get().authority.cameras[:1]
    started = at_once(changes(day, START, cameras=cameras), does(day, deployments.start, day.silver, START))
    assert started.state is S.LIVE
    running = day.call(deployments.live_authority, deployment_id=day.deployment_id, now=START)
    assert running.camera_ids == {cameras[0].id}


def test_what_was_widened_a_moment_before_does_not_start(day, at_once):
    day.to(S.READY)
    refused = at_once(changes(day, START, max_subjects=11), does(day, deployments.start, day.silver, START))
    assert isinstance(refused, InvalidTransition)
    assert (day.get().state, day.get().approved_hash) == (S.DRAFT, None)


def test_what_started_a_moment_before_is_not_widened(day, at_once):
    day.to(S.READY)
    refused = at_once(does(day, deployments.start, day.silver, START), changes(day, START, max_subjects=11))
    assert isinstance(refused, RuleViolated)
    assert "Recognition has begun" in refused.reasons[0]
    assert day.get().state is S.LIVE


def test_an_officer_approves_only_what_they_read(day, at_once):
    day.to(S.SUBMITTED)
    approving = does(
        day,
        deployments.approve,
        day.officer,
        PLANNED,
        reasons=REASONS,
        authority_hash=day.get().authority_hash,
    )
    refused = at_once(changes(day, PLANNED, max_subjects=9), approving)
    assert isinstance(refused, RuleViolated)
    assert (day.get().state, day.get().approved_hash) == (S.SUBMITTED, None)


def test_a_change_a_moment_after_the_approval_ends_it(day, at_once):
    day.to(S.SUBMITTED)
    approving = does(
        day,
        deployments.approve,
        day.officer,
        PLANNED,
        reasons=REASONS,
        authority_hash=day.get().authority_hash,
    )
    at_once(approving, changes(day, PLANNED, max_subjects=11))
    assert (day.get().state, day.get().approved_hash) == (S.DRAFT, None)


def test_a_plan_saved_in_one_tab_is_not_overwritten_from_another(day, at_once):
    day.to(S.READY)
    opened = plan_version(day.get())
    fewer, stricter = (
        does(
            day,
            deployments.save_plan,
            day.planner,
            CHECKED,
            authority=day.plan(**changed),
            publish_at=None,
            version=opened,
            reason=REASONS,
        )
        for changed in ({"cameras": day.get().authority.cameras[:1]}, {"threshold": 0.5})
    )
    refused = at_once(fewer, stricter)
    assert isinstance(refused, RuleViolated)
    assert refused.code == "changed_meanwhile"
    left = day.get()
    assert (left.state, len(left.authority.cameras)) == (S.READY, 1)
    assert left.approved_hash == left.authority_hash
