"""Cameras, gaps in recognition, and duties that other apps report."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments import facts, queries
from apps.deployments.data import CameraData, Duty, DutyData, GapData
from apps.deployments.models import Camera, RecognitionGap
from apps.deployments.operations._steps import lock, note_audit, note_duty
from apps.deployments.rules import gates
from apps.deployments.rules.policies import check_role


@transaction.atomic
def register_camera(*, name: str, actor: Actor, now: datetime) -> CameraData:
    """Enter a camera in the force's register. Raises RuleViolated for an empty or taken name."""
    check_role(actor, Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN)
    name = " ".join(name.split())
    current_force_id()
    check_prose(name=name)
    if not name or Camera.objects.filter(name=name).exists():
        raise RuleViolated(
            [f"A camera named {name!r} is already registered." if name else "Name the camera."]
        )
    camera = Camera.objects.create(name=name, registered_at=now)
    audit.record(
        actor=actor,
        verb="camera.registered",
        object_type="camera",
        object_id=camera.id,
        payload={"name": name},
        now=now,
    )
    return CameraData(id=camera.id, force_id=camera.force_id, name=camera.name)


@transaction.atomic
def record_gap(
    *,
    deployment_id: UUID,
    camera_id: UUID | None,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> GapData:
    """Recognition did not run although it was authorised. Told twice, it is recorded once."""
    check_role(actor, Role.SYSTEM, Role.SYSTEM_ENGINEER)
    if ended_at < started_at:
        raise RuleViolated(["A gap cannot end before it starts."])
    check_prose(reason=reason)
    row = lock(deployment_id)
    gap, created = RecognitionGap.objects.get_or_create(
        deployment=row,
        camera=None if camera_id is None else _camera(camera_id),
        started_at=started_at,
        reason=reason,
        defaults={"ended_at": ended_at},
    )
    if created:
        payload = {
            "camera_id": str(camera_id) if camera_id else None,
            "started_at": started_at.isoformat(),
            "ended_at": ended_at.isoformat(),
        }
        note_audit(row, "deployment.gap_recorded", actor=actor, now=now, reasons=reason, payload=payload)
    return GapData(gap.id, row.id, gap.camera_id, gap.started_at, gap.ended_at, gap.reason)


def _camera(camera_id: UUID) -> Camera:
    # Looked up and not only referred to: a foreign key sees through the wall between forces.
    camera = Camera.objects.filter(id=camera_id).first()
    if camera is None:
        raise NotFound("there is no such camera in this force")
    return camera


@transaction.atomic
def record_duty(*, deployment_id: UUID, duty: Duty, actor: Actor, now: datetime) -> DutyData:
    """Take a duty on a deployment, for instance OPERATOR with the first decision on an alert.

    Raises NotPermitted without the role, or when the person acted in a duty that excludes it (domain.md §1).
    """
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    gates.check_take_duty(duty, known, actor)
    taken = next(
        (
            past
            for past in known.duties
            if past.actor_id == actor.id and past.duty is duty and past.laid_down_at is None
        ),
        None,
    )
    if taken is not None:
        return taken
    if actor.id is None:  # the gate has refused this already; mypy cannot know
        raise AssertionError("a person takes the duty")
    note_duty(row, duty, actor=actor, now=now)
    note_audit(row, "deployment.duty_taken", actor=actor, now=now, payload={"duty": str(duty)})
    return DutyData(actor.id, actor.label, duty)
