"""Enrolling a box: an engineer gives a one-time code, the box turns it into a key of its own.

The box comes without a session: the code names its force, and is all that opens it. What is refused is shown
to the engineer and in the audit; the code stays good until its time is over, so that it can be put right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.relays import boxes
from apps.relays.codes import VALID_FOR, EnrolmentSecret, new_code, parse_code
from apps.relays.data import Claim, CodeData, Enrolled
from apps.relays.models import EnrolmentCode
from apps.relays.operations import check_carried_once, check_name, create_relay
from apps.relays.policies import check_enrol, check_may_carry, check_withdraw

# A box looks at itself right before it asks for a key.
RESIDUE_FRESH_FOR = timedelta(minutes=15)
CLOCKS_MAY_DIFFER = timedelta(minutes=1)
BAD_CODE = "the code is not accepted"
ANOTHER = "another code was given for the same relay"
LENT = (
    "this box is still lent to another deployment that is not over: its key has to be revoked there, or that"
    " deployment has to end"
)


@transaction.atomic
def give_code(
    *, name: str, deployment_id: UUID, camera_ids: Collection[UUID], actor: Actor, now: datetime
) -> tuple[CodeData, str]:
    """A code for one relay of one deployment. Returns it and its text, which is shown this once. An earlier
    one for a relay of the same name opens nothing any more.

    Raises NotPermitted, NotFound, or RuleViolated with every reason.
    """
    deployment = deployments.get(deployment_id=deployment_id)
    check_enrol(actor=actor, deployment=deployment, camera_ids=camera_ids)
    check_name(name)
    _withdraw_earlier(name=name, deployment_id=deployment_id, actor=actor, now=now)
    secret = new_code(force_slug=forces.get_force(force_id=current_force_id()).slug)
    row = EnrolmentCode.objects.create(
        name=name.strip(),
        code_sha256=secret.sha256(),
        deployment_id=deployment_id,
        camera_ids=sorted(str(camera_id) for camera_id in set(camera_ids)),
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    payload = {
        "name": row.name,
        "deployment_id": str(deployment_id),
        "camera_ids": row.camera_ids,
        "expires_at": row.expires_at.isoformat(),
    }
    _record(row, "relay_code.given", payload, actor=actor, now=now)
    return code_data(row), secret.text()


@transaction.atomic
def withdraw_code(*, code_id: UUID, actor: Actor, now: datetime) -> None:
    """The code opens nothing any more. Nothing happens where it was spent. Raises NotPermitted, NotFound."""
    check_withdraw(actor=actor)
    row = EnrolmentCode.objects.select_for_update().filter(id=code_id).first()
    if row is None:
        raise NotFound("there is no such code")
    if row.spent_at is None:
        _withdraw(row, actor=actor, now=now)


def _withdraw(row: EnrolmentCode, *, actor: Actor, now: datetime, reason: str = "") -> None:
    row.spent_at = now
    row.save(update_fields=["spent_at"])
    _record(row, "relay_code.withdrawn", {"name": row.name}, actor=actor, now=now, reason=reason)


def _withdraw_earlier(*, name: str, deployment_id: UUID, actor: Actor, now: datetime) -> None:
    """Of two codes for one relay nobody could say which one a box was given."""
    boxes.hold_relays(deployment_id=deployment_id)
    earlier = EnrolmentCode.objects.select_for_update().filter(
        deployment_id=deployment_id, name__iexact=name.strip(), spent_at__isnull=True, expires_at__gt=now
    )
    for row in earlier:
        _withdraw(row, actor=actor, now=now, reason=ANOTHER)


def get_code(*, code_id: UUID) -> CodeData:
    """Raises NotFound."""
    row = EnrolmentCode.objects.filter(id=code_id).first()
    if row is None:
        raise NotFound("there is no such code")
    return code_data(row)


def open_codes(*, deployment_ids: Collection[UUID], now: datetime) -> tuple[CodeData, ...]:
    """Codes that still open something. One query."""
    rows = EnrolmentCode.objects.filter(
        deployment_id__in=deployment_ids, spent_at__isnull=True, expires_at__gt=now
    )
    return tuple(code_data(row) for row in rows)


def code_data(row: EnrolmentCode) -> CodeData:
    return CodeData(
        id=row.id,
        name=row.name,
        deployment_id=row.deployment_id,
        camera_ids=frozenset(UUID(camera_id) for camera_id in row.camera_ids),
        created_at=row.created_at,
        expires_at=row.expires_at,
        refused=tuple(row.refused),
    )


def redeem(*, claim: Claim, origin: str, now: datetime) -> Enrolled:
    """Turn a code into a relay and its key. Opens the force's context itself: a box has no session.

    Raises NotPermitted with the same words whatever is wrong with the code, or RuleViolated with the reasons.
    """
    secret = parse_code(claim.code)
    if secret is None:
        raise NotPermitted(BAD_CODE, code="bad_code")
    try:
        force = forces.get_force_by_slug(slug=secret.force_slug)
    except NotFound:
        raise NotPermitted(BAD_CODE, code="bad_code") from None
    with force_context(force.id):
        found = _redeem(secret, claim, origin, now)
    # Outside, so that a refusal is kept for the engineer and not rolled back.
    if isinstance(found, RuleViolated):
        raise found
    return found


def _redeem(secret: EnrolmentSecret, claim: Claim, origin: str, now: datetime) -> Enrolled | RuleViolated:
    row = EnrolmentCode.objects.select_for_update().filter(code_sha256=secret.sha256()).first()
    if row is None or row.spent_at is not None or row.expires_at <= now:
        raise NotPermitted(BAD_CODE, code="bad_code")
    actor = Actor.system(force_id=row.force_id, label="relay enrolment", origin=origin)
    try:
        return _exchange(row, claim, actor, now)
    except RuleViolated as refused:
        row.refused = list(refused.reasons)
        row.save(update_fields=["refused"])
        payload = {"name": row.name, "box_id": claim.box_id, "reasons": row.refused}
        _record(row, "relay_code.refused", payload, actor=actor, now=now)
        return refused


def _exchange(row: EnrolmentCode, claim: Claim, actor: Actor, now: datetime) -> Enrolled:
    """Raises RuleViolated before anything was written."""
    data = code_data(row)
    deployment = deployments.get(deployment_id=data.deployment_id)
    _check_residue(claim, now=now)
    # An engineer gave the code, and what it is for is asked again: a quarter of an hour has passed.
    check_may_carry(deployment=deployment, camera_ids=data.camera_ids)
    if boxes.is_lent_elsewhere(box_id=claim.box_id, deployment_id=data.deployment_id):
        raise RuleViolated([LENT], code="box_lent")
    check_carried_once(deployment=deployment, camera_ids=data.camera_ids, box_id=claim.box_id)
    boxes.revoke_keys_of_box(box_id=claim.box_id, actor=actor, now=now)
    relay, key = create_relay(
        name=data.name,
        deployment_id=data.deployment_id,
        camera_ids=data.camera_ids,
        box_id=claim.box_id,
        actor=actor,
        now=now,
    )
    row.spent_at, row.relay_id, row.refused = now, relay.id, []
    row.save(update_fields=["spent_at", "relay_id", "refused"])
    payload = {"name": row.name, "relay_id": str(relay.id), "box_id": claim.box_id}
    _record(row, "relay_code.used", payload, actor=actor, now=now)
    cameras = tuple(camera for camera in deployment.authority.cameras if camera.id in data.camera_ids)
    return Enrolled(relay=relay, key=key, reference=deployment.reference, cameras=cameras)


def _check_residue(claim: Claim, *, now: datetime) -> None:
    """A box goes from one deployment to the next only with nothing left on it. Raises RuleViolated."""
    if claim.residue is None or claim.checked_at is None:
        raise RuleViolated(["the box has not looked for what is left on it"], code="residue")
    if not now - RESIDUE_FRESH_FOR <= claim.checked_at <= now + CLOCKS_MAY_DIFFER:
        raise RuleViolated(
            ["the box's look at itself is not of now: have it look again, and its clock set"], code="residue"
        )
    if claim.residue:
        raise RuleViolated([f"left on the box: {finding}" for finding in claim.residue], code="residue")


def _record(
    row: EnrolmentCode,
    verb: str,
    payload: Mapping[str, object],
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="relay_code",
        object_id=row.id,
        payload=dict(payload),
        now=now,
        reason=reason,
    )
