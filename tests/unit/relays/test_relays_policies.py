"""Who may give a relay a key, and take it away: every role, every state."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments.data import CameraRef, DeploymentState
from apps.relays.policies import OVER, can_enrol, can_revoke, check_enrol

CAMERA = uuid4()
FORCE = uuid4()


def somebody(*roles: Role) -> Actor:
    return Actor(uuid4(), "somebody", FORCE, frozenset(roles))


def deployment(state=DeploymentState.READY):
    """As much of a DeploymentData as the policy reads."""
    return SimpleNamespace(
        state=state, reference="LFR-1", authority=SimpleNamespace(cameras=(CameraRef(CAMERA, "gate"),))
    )


@pytest.mark.parametrize("role", list(Role))
def test_only_a_system_engineer_enrols(role):
    allowed = can_enrol(actor=somebody(role), deployment=deployment(), camera_ids=[CAMERA])
    assert allowed == (role is Role.SYSTEM_ENGINEER)


@pytest.mark.parametrize("role", list(Role))
def test_taking_a_key_away_is_open_to_more_people_but_not_to_all(role):
    assert can_revoke(actor=somebody(role)) == (
        role in {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER, Role.FORCE_ADMIN}
    )


@pytest.mark.parametrize("state", list(DeploymentState))
def test_no_relay_for_a_deployment_that_is_over(state):
    allowed = can_enrol(
        actor=somebody(Role.SYSTEM_ENGINEER), deployment=deployment(state), camera_ids=[CAMERA]
    )
    assert allowed == (state not in OVER)


def test_every_reason_is_given_at_once():
    stranger = uuid4()
    with pytest.raises(RuleViolated) as refused:
        check_enrol(
            actor=somebody(Role.SYSTEM_ENGINEER),
            deployment=deployment(DeploymentState.ENDED),
            camera_ids=[CAMERA, stranger],
        )
    assert len(refused.value.reasons) == 2
    assert str(stranger) in refused.value.reasons[1]


def test_a_relay_without_cameras_is_refused():
    assert not can_enrol(actor=somebody(Role.SYSTEM_ENGINEER), deployment=deployment(), camera_ids=[])


def test_a_role_of_another_kind_does_not_help():
    with pytest.raises(NotPermitted):
        check_enrol(
            actor=somebody(*set(Role) - {Role.SYSTEM_ENGINEER}), deployment=deployment(), camera_ids=[CAMERA]
        )
