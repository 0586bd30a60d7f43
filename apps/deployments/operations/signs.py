"""A look at the sign of one approach, with its photograph. Faces are gone before anything is stored.

A browser sends no file twice: what came with a form that was not accepted is kept for its sender for minutes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.text import check_prose
from apps.core.wording import say_moment
from apps.deployments import facts, queries, signs
from apps.deployments.data import Cause, CheckKind, DeploymentData, DeploymentState, Step
from apps.deployments.data_day import KeptPhotographData
from apps.deployments.models import Deployment, KeptPhotograph, SignCheck
from apps.deployments.operations._steps import enter, lock, note_audit, note_duty, person
from apps.deployments.operations.running import suspend_by_itself, write_check
from apps.deployments.rules import gates, nearness
from apps.deployments.rules import signs as sign_rules
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason
from apps.recognition import api as recognition
from apps.recognition.data import Blurred, FaceRemains, NotAPicture

ALL_STAND = "Every approach has its sign."
# Long enough to put another field right on a phone in the rain.
KEPT_FOR = timedelta(minutes=15)
SIGNS = "signs"


def keep_photograph(
    *, deployment_id: UUID, approach: str, photograph: bytes, actor: Actor, now: datetime
) -> KeptPhotographData:
    """Blur a photograph and hold it for this person and approach, for minutes, in place of an earlier one.

    Raises RuleViolated: no such approach, no picture, one of an earlier look, a face that cannot be made
    unrecognisable.
    """
    _known(deployment_id, approach, actor, now)
    return _keep(deployment_id, approach, _blurred(photograph), actor, now)


@transaction.atomic
def _keep(
    deployment_id: UUID, approach: str, picture: Blurred, actor: Actor, now: datetime
) -> KeptPhotographData:
    row = lock(deployment_id)
    _check_new(row, approach, picture)
    _forget(row, approach, actor)
    latitude, longitude = picture.location or (None, None)
    kept = KeptPhotograph.objects.create(
        deployment=row,
        approach=approach,
        photograph=picture.jpeg,
        faces_blurred=picture.faces,
        latitude=latitude,
        longitude=longitude,
        actor_id=person(actor),
        kept_at=now,
        purge_due_at=now + KEPT_FOR,
    )
    payload = {"approach": approach, "until": kept.purge_due_at.isoformat()}
    note_audit(row, "deployment.sign_photograph_kept", actor=actor, now=now, payload=payload)
    return KeptPhotographData(
        id=kept.id,
        jpeg=picture.jpeg,
        faces_blurred=picture.faces,
        location=picture.location,
        kept_at=now,
        purge_due_at=kept.purge_due_at,
    )


def _check_new(row: Deployment, approach: str, picture: Blurred) -> None:
    """Raises RuleViolated for the very photograph of an earlier look: it shows nothing of now."""
    before = SignCheck.objects.filter(
        deployment=row, approach=approach, photograph_sha256=_digest(picture)
    ).first()
    if before is not None:
        raise RuleViolated(
            [
                "This very photograph was recorded for this sign already, on "
                f"{say_moment(before.recorded_at)}. Take a new one where it stands now."
            ],
            code="same_photograph",
        )


def _digest(picture: Blurred) -> str:
    return hashlib.sha256(picture.jpeg).hexdigest()


def _forget(row: Deployment, approach: str, actor: Actor) -> None:
    """What waited is replaced, or is in the look's own row now."""
    KeptPhotograph.objects.filter(deployment=row, approach=approach, actor_id=person(actor)).delete()


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
    Without a `photograph` the one that waits for this person (`keep_photograph`) is taken.

    Raises RuleViolated: no such approach, no photograph or that of an earlier look, a face that cannot be
    made unrecognisable, no position or one that is elsewhere.
    """
    deployment = _known(deployment_id, approach, actor, now)
    if not passed:
        check_reason(note, minimum=MIN_SHORT_REASON)
    check_prose(note=note)
    picture = _waiting(deployment_id, approach, actor, now) if photograph is None else _blurred(photograph)
    if passed:
        location = _proven(picture, location, deployment)
    return _record(deployment_id, approach, passed, picture, location, note, actor, now)


def _known(deployment_id: UUID, approach: str, actor: Actor, now: datetime) -> DeploymentData:
    """Before the work on the picture; asked again under the lock."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.CHECK, known, actor, now)
    if approach not in known.deployment.authority.approaches:
        raise RuleViolated(["This approach is not in the authority. Load the page again."], code="approach")
    return known.deployment


def _waiting(deployment_id: UUID, approach: str, actor: Actor, now: datetime) -> Blurred | None:
    kept = signs.kept_photograph(deployment_id=deployment_id, approach=approach, actor_id=actor.id, now=now)
    return None if kept is None else Blurred(kept.jpeg, kept.faces_blurred, kept.location)


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
    nearness.check_near(signs.away_from(found, deployment))
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
    if passed and picture is not None:
        _check_new(row, approach, picture)
    latitude, longitude = location or (None, None)
    digest = "" if picture is None else _digest(picture)
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
    _forget(row, approach, actor)
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
    every = sign_rules.interval(facts.rules_of(deployment))
    if signs.missing(signs.looks(deployment=deployment, every=every)):
        return deployment
    return write_check(row, CheckKind.SIGNAGE, passed=True, note=ALL_STAND, actor=actor, now=now)


@transaction.atomic
def suspend_if_signs_abandoned(*, deployment_id: UUID, now: datetime) -> bool:
    """Stop a live deployment whose signs nobody looked at for twice the interval: whether people who come now
    are told, nobody knows any more."""
    gone, every = _abandoned(queries.get(deployment_id=deployment_id), now)
    if gone:
        # A look that is being recorded just now counts: asked again once it is, without a lock otherwise.
        gone, every = _abandoned(queries.as_data(lock(deployment_id)), now)
    if not gone:
        return False
    stopped = suspend_by_itself(
        deployment_id=deployment_id,
        cause=Cause.SIGN_OVERDUE,
        reason=sign_rules.stopped_words(gone, every=every),
        label=SIGNS,
        now=now,
    )
    return stopped is not None


def _abandoned(deployment: DeploymentData, now: datetime) -> tuple[tuple[str, ...], timedelta]:
    """The signs of a live deployment, and the interval; none of any other."""
    if deployment.state is not DeploymentState.LIVE:
        return (), timedelta()
    known = facts.of(deployment)
    every = sign_rules.interval(known.force)
    return sign_rules.abandoned(known.looks, every=every, now=now), every
