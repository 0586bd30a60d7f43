"""Who may give a relay a key, and take it away (domain.md §1)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.deployments.data import DeploymentData, DeploymentState

ENROL = frozenset({Role.SYSTEM_ENGINEER})
# Taking a key away only ever stops recognition, so it is open to more people than giving one.
REVOKE = frozenset({Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER, Role.FORCE_ADMIN})
# From here on the deployment can never become live (again).
OVER = frozenset(
    {
        DeploymentState.REFUSED,
        DeploymentState.ENDED,
        DeploymentState.REVIEWED,
        DeploymentState.RESULTS_PUBLISHED,
        DeploymentState.CANCELLED,
        DeploymentState.EXPIRED,
        DeploymentState.REVOKED,
    }
)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except DomainError:
        return False
    return True


def check_enrol(*, actor: Actor, deployment: DeploymentData, camera_ids: Collection[UUID]) -> None:
    """Raises NotPermitted, or RuleViolated with every reason."""
    if not actor.has(*ENROL):
        raise NotPermitted("a relay is enrolled by a system engineer")
    check_may_carry(deployment=deployment, camera_ids=camera_ids)


def check_may_carry(*, deployment: DeploymentData, camera_ids: Collection[UUID]) -> None:
    """Whether a deployment can have a relay for these cameras, whoever asks. Raises RuleViolated."""
    reasons = []
    if deployment.state in OVER:
        reasons.append(f"deployment {deployment.reference} is over: {deployment.state.replace('_', ' ')}")
    if not camera_ids:
        reasons.append("name at least one camera")
    authorised = {camera.id for camera in deployment.authority.cameras}
    reasons += [
        f"camera {camera_id} is not on the authority"
        for camera_id in sorted(set(camera_ids) - authorised, key=str)
    ]
    if reasons:
        raise RuleViolated(reasons)


def can_enrol(*, actor: Actor, deployment: DeploymentData, camera_ids: Collection[UUID]) -> bool:
    return _holds(lambda: check_enrol(actor=actor, deployment=deployment, camera_ids=camera_ids))


def check_by_hand(*, deployment: DeploymentData) -> None:
    """Without a code nobody looks whether the box is clean and free. Raises RuleViolated."""
    if not deployment.authority.rehearsal:
        raise RuleViolated(["a key is given by hand for a rehearsal only: give the box a code"])


def check_withdraw(*, actor: Actor) -> None:
    """Taking a code back opens nothing, as taking a key back."""
    if not actor.has(*REVOKE):
        raise NotPermitted("a code is withdrawn by a system engineer, a silver commander or a force admin")


def can_withdraw(*, actor: Actor) -> bool:
    return _holds(lambda: check_withdraw(actor=actor))


def check_revoke(*, actor: Actor) -> None:
    if not actor.has(*REVOKE):
        raise NotPermitted("a relay is revoked by a system engineer, a silver commander or a force admin")


def can_revoke(*, actor: Actor) -> bool:
    return _holds(lambda: check_revoke(actor=actor))
