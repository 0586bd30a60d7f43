"""A camera that fell silent stops by itself, and goes on when somebody on duty says so (domain.md §2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.wording import say_clock
from apps.deployments import queries
from apps.deployments.data import DeploymentState, DutyData
from apps.deployments.models import CameraStop, Deployment
from apps.deployments.operations._steps import emit, lock, note_audit, person
from apps.deployments.rules.policies import DUTY_ROLES, check_role
from apps.deployments.rules.staffing import ON_DUTY
from apps.deployments.rules.states import RUNNING

DAY_ROLES = tuple(sorted({role for duty in ON_DUTY for role in DUTY_ROLES[duty]}))


def check_may_release(actor: Actor, duties: list[DutyData]) -> None:
    """Whoever is on duty here. Raises NotPermitted for a role without such duty, else RuleViolated."""
    check_role(actor, *DAY_ROLES)
    if not any(
        past.actor_id == actor.id and past.duty in ON_DUTY and past.laid_down_at is None for past in duties
    ):
        raise RuleViolated(
            ["Only somebody on duty here can have a camera looked at again. Take your duty first."],
            code="not_on_duty",
        )


@transaction.atomic
def stop_camera(
    *, deployment_id: UUID, camera_id: UUID, heard_at: datetime | None, reason: str, now: datetime
) -> bool:
    """Nothing of this camera is searched from now on. False where it is stopped already, is not of the
    authority, or the deployment is not live."""
    row = lock(deployment_id)
    names = {camera.id: camera.name for camera in queries.as_data(row).authority.cameras}
    if row.state != DeploymentState.LIVE or camera_id not in names:
        return False
    _, created = CameraStop.objects.get_or_create(
        deployment=row,
        camera_id=camera_id,
        released_at__isnull=True,
        defaults={"stopped_at": now, "heard_at": heard_at, "reason": reason},
    )
    if created:
        actor = Actor.system(force_id=current_force_id(), label="cameras")
        payload = {"camera": names[camera_id]}
        note_audit(row, "deployment.camera_stopped", actor=actor, now=now, reasons=reason, payload=payload)
        emit(row, "deployment.camera_stopped", now=now)
    return created


@transaction.atomic
def release_camera(
    *, deployment_id: UUID, camera_id: UUID, heard_at: datetime | None, actor: Actor, now: datetime
) -> None:
    """Have a camera looked at again. `heard_at`: when it was last heard.

    Raises NotPermitted for a role that takes no duty, RuleViolated for somebody who is not on duty here,
    while it is still silent, and where it is not stopped.
    """
    row = lock(deployment_id)
    check_may_release(actor, queries.duties(deployment_id=row.id))
    stop = CameraStop.objects.filter(deployment=row, camera_id=camera_id, released_at__isnull=True).first()
    if stop is None:
        # As after a second press.
        raise RuleViolated(["This camera is not stopped: its pictures are searched."], code="not_stopped")
    _check_heard(row, stop, heard_at)
    stop.released_at, stop.released_by_id, stop.released_by = now, person(actor), actor.label
    stop.save(update_fields=["released_at", "released_by_id", "released_by"])
    payload = {"camera_id": str(camera_id), "stopped_at": stop.stopped_at.isoformat()}
    note_audit(row, "deployment.camera_released", actor=actor, now=now, payload=payload)
    emit(row, "deployment.camera_released", now=now)


def _check_heard(row: Deployment, stop: CameraStop, heard_at: datetime | None) -> None:
    if row.state not in RUNNING:
        raise RuleViolated(["The deployment does not run any more."], code="not_running")
    if heard_at is None or heard_at <= stop.stopped_at:
        raise RuleViolated(
            [
                f"The camera has not been heard again since {say_clock(stop.stopped_at)}. Put it right "
                "first; the system engineer sees what is missing."
            ],
            code="still_silent",
        )
