"""A look at the sign of one approach, with its photograph. Faces are gone before anything is stored."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.text import check_prose
from apps.deployments import facts, queries, signs
from apps.deployments.data import CheckKind, DeploymentData, Step
from apps.deployments.models import Deployment, SignCheck
from apps.deployments.operations._steps import enter, note_audit, note_duty, person
from apps.deployments.operations.running import write_check
from apps.deployments.rules import gates
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason
from apps.recognition import api as recognition
from apps.recognition.data import Blurred, FaceRemains, NotAPicture

ALL_STAND = "Every approach has its sign."


def record_sign(
    *,
    deployment_id: UUID,
    approach: str,
    passed: bool,
    actor: Actor,
    now: datetime,
    photograph: bytes | None = None,
    location: tuple[float, float] | None = None,
    note: str = "",
) -> DeploymentData:
    """The sign stands (a photograph with its position proves it), or it does not: on a live deployment that
    suspends at once. `location` is (latitude, longitude) in degrees; without it the camera's own is taken.

    Raises RuleViolated: no such approach, no photograph, a face that cannot be made unrecognisable, no
    position or one that is elsewhere.
    """
    known = facts.of(queries.get(deployment_id=deployment_id))
    # Before the work on the picture, and again under the lock.
    gates.check_step(Step.CHECK, known, actor, now)
    if approach not in known.deployment.authority.approaches:
        raise RuleViolated(["This approach is not in the authority. Load the page again."], code="approach")
    if not passed:
        check_reason(note, minimum=MIN_SHORT_REASON)
    check_prose(note=note)
    picture = None if photograph is None else _blurred(photograph)
    if passed:
        location = _proven(picture, location, known.deployment)
    return _record(deployment_id, approach, passed, picture, location, note, actor, now)


def _blurred(photograph: bytes) -> Blurred:
    try:
        return recognition.blur_faces(photograph)
    except NotAPicture as wrong:
        raise RuleViolated([f"The photograph cannot be used: {wrong}."], code="photograph") from wrong
    except FaceRemains as left:
        raise RuleViolated(
            [
                "Somebody in the photograph could still be recognised after blurring, so it was not stored. "
                "Take it again without people close to the sign."
            ],
            code="face_remains",
        ) from left


def _proven(
    picture: Blurred | None, location: tuple[float, float] | None, deployment: DeploymentData
) -> tuple[float, float]:
    if picture is None:
        raise RuleViolated(["Add a photograph of the sign where it stands."], code="photograph")
    found = location or picture.location
    if found is None:
        raise RuleViolated(
            ["The photograph does not say where it was taken. Give the position of the sign."],
            code="location",
        )
    signs.check_near(found, deployment)
    return found


@transaction.atomic
def _record(
    deployment_id: UUID,
    approach: str,
    passed: bool,
    picture: Blurred | None,
    location: tuple[float, float] | None,
    note: str,
    actor: Actor,
    now: datetime,
) -> DeploymentData:
    row, known = enter(deployment_id, Step.CHECK, actor=actor, now=now)
    duty = gates.check_item(CheckKind.SIGNAGE, known, actor)
    if duty is not None:
        note_duty(row, duty, actor=actor, now=now)
    latitude, longitude = location or (None, None)
    digest = "" if picture is None else hashlib.sha256(picture.jpeg).hexdigest()
    SignCheck.objects.create(
        deployment=row,
        approach=approach,
        passed=passed,
        note=note,
        photograph=None if picture is None else picture.jpeg,
        photograph_sha256=digest,
        faces_blurred=0 if picture is None else picture.faces,
        latitude=latitude,
        longitude=longitude,
        actor_id=person(actor),
        actor_label=actor.label,
        recorded_at=now,
    )
    payload = {"approach": approach, "passed": passed, "photograph_sha256": digest}
    note_audit(row, "deployment.sign_checked", actor=actor, now=now, reasons=note, payload=payload)
    return _conclude(row, approach, passed=passed, note=note, actor=actor, now=now)


def _conclude(
    row: Deployment, approach: str, *, passed: bool, note: str, actor: Actor, now: datetime
) -> DeploymentData:
    """The checklist's item follows: failed with any sign, passed once every approach has its own."""
    if not passed:
        return write_check(
            row, CheckKind.SIGNAGE, passed=False, note=f"{approach}: {note}", actor=actor, now=now
        )
    deployment = queries.as_data(row)
    if signs.missing(signs.looks(deployment=deployment)):
        return deployment
    return write_check(row, CheckKind.SIGNAGE, passed=True, note=ALL_STAND, actor=actor, now=now)
