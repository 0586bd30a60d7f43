"""Writes of relays. Credentials and connections are audited; counters, written every two seconds, are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id, force_context
from apps.core.text import check_prose
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData
from apps.forces import api as forces
from apps.relays import boxes, policies, reports
from apps.relays.credentials import new_key
from apps.relays.data import IngestCounts, RelayData, TallyDelta
from apps.relays.models import IngestTally, Relay
from apps.relays.policies import check_enrol, check_revoke
from apps.relays.queries import as_data


@transaction.atomic
def enrol_relay(
    *, name: str, deployment_id: UUID, camera_ids: Collection[UUID], actor: Actor, now: datetime
) -> tuple[RelayData, str]:
    """A relay without a box behind it. Returns it and its key, which is shown this once.

    No page leads here but for a rehearsal: relays in vans enrol by a one-time code (enrolment.py). Raises
    NotPermitted, NotFound, or RuleViolated with every reason.
    """
    deployment = deployments.get(deployment_id=deployment_id)
    check_enrol(actor=actor, deployment=deployment, camera_ids=camera_ids)
    check_name(name)
    check_carried_once(deployment=deployment, camera_ids=camera_ids, box_id="")
    return create_relay(
        name=name, deployment_id=deployment_id, camera_ids=camera_ids, box_id="", actor=actor, now=now
    )


def enrol_by_hand(
    *, name: str, deployment_id: UUID, camera_ids: Collection[UUID], actor: Actor, now: datetime
) -> tuple[RelayData, str]:
    """A key on an engineer's screen, for a rehearsal on a computer that is no clean box. Raises NotPermitted,
    NotFound, or RuleViolated, always when it is no rehearsal."""
    policies.check_by_hand(deployment=deployments.get(deployment_id=deployment_id))
    return enrol_relay(name=name, deployment_id=deployment_id, camera_ids=camera_ids, actor=actor, now=now)


def check_name(name: str) -> None:
    if not name.strip():
        raise RuleViolated(["name the relay"])
    check_prose(name=name)


def check_carried_once(*, deployment: DeploymentData, camera_ids: Collection[UUID], box_id: str) -> None:
    """Raises RuleViolated for a camera that another relay has under a valid key: of two sources for one
    camera nobody could say which one was recognised."""
    others = boxes.carried_by_others(deployment_id=deployment.id, camera_ids=camera_ids, box_id=box_id)
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    if others:
        raise RuleViolated(
            [
                f"{names[camera_id]} is carried by the relay {relay}: revoke the key of {relay} first"
                for camera_id, relay in others.items()
            ]
        )


def create_relay(
    *,
    name: str,
    deployment_id: UUID,
    camera_ids: Collection[UUID],
    box_id: str,
    actor: Actor,
    now: datetime,
) -> tuple[RelayData, str]:
    """The row, its key and its audit event; every rule was asked before."""
    key = new_key(force_slug=forces.get_force(force_id=current_force_id()).slug)
    row = Relay.objects.create(
        name=name.strip(),
        key_id=key.key_id,
        key_sha256=key.sha256(),
        deployment_id=deployment_id,
        camera_ids=sorted(str(camera_id) for camera_id in set(camera_ids)),
        enrolled_at=now,
        box_id=box_id,
    )
    audit.record(
        actor=actor,
        verb="relay.enrolled",
        object_type="relay",
        object_id=row.id,
        payload={
            "name": row.name,
            "key_id": row.key_id,
            "deployment_id": str(deployment_id),
            "camera_ids": row.camera_ids,
            "box_id": box_id,
        },
        now=now,
    )
    return as_data(row), key.text()


@transaction.atomic
def revoke_relay(*, relay_id: UUID, reason: str, actor: Actor, now: datetime) -> RelayData:
    """Take a relay's key away: its socket closes within two seconds. Revoking twice changes nothing.

    Raises NotPermitted, NotFound, or RuleViolated without a reason.
    """
    check_revoke(actor=actor)
    if not reason.strip():
        raise RuleViolated(["say why the relay is revoked"])
    row = Relay.objects.select_for_update().filter(id=relay_id).first()
    if row is None:
        raise NotFound("there is no such relay")
    boxes.revoke_row(row, reason=reason.strip(), actor=actor, now=now)
    return as_data(row)


def record_ingest(*, relay: RelayData, counts: IngestCounts, now: datetime) -> None:
    """Add what one connection counted. Counters are no decision of anybody, so they write no audit event."""
    with force_context(relay.force_id):
        row = Relay.objects.select_for_update().get(id=relay.id)
        row.last_seen_at = now
        _count(row.refusals, {refusal.value: number for refusal, number in counts.refusals.items()})
        changed = ["last_seen_at", "refusals"]
        if counts.report is not None:
            row.report, row.reported_at = reports.storable(counts.report), counts.report.at
            changed += ["report", "reported_at"]
        row.save(update_fields=changed)
        for camera_id in sorted(counts.cameras, key=str):
            _add(relay.deployment_id, camera_id, counts.cameras[camera_id])


def _add(deployment_id: UUID, camera_id: UUID, delta: TallyDelta) -> None:
    row, _ = IngestTally.objects.get_or_create(deployment_id=deployment_id, camera_id=camera_id)
    changes: dict[str, object] = {
        "received": F("received") + delta.received,
        "refused": F("refused") + delta.refused,
    }
    if delta.last_received_at is not None:
        changes["last_received_at"] = delta.last_received_at
    if delta.heard_at is not None:
        changes["heard_at"] = delta.heard_at
    if delta.clock_offset_ms is not None:
        changes["clock_offset_ms"] = delta.clock_offset_ms
    if delta.refusals:
        # Held, because two connections of one camera may count at once.
        held = IngestTally.objects.select_for_update().get(id=row.id)
        _count(held.refusals, delta.refusals)
        changes["refusals"] = held.refusals
    IngestTally.objects.filter(id=row.id).update(**changes)


def _count(stored: dict[str, int], more: Mapping[str, int]) -> None:
    for reason, number in more.items():
        stored[reason] = stored.get(reason, 0) + number


@transaction.atomic
def add_dropped(*, deployment_id: UUID, dropped: Mapping[UUID, int]) -> None:
    """Add frames that were overtaken on the bus, as the reader counted them. Needs an open force context."""
    for camera_id in sorted(dropped, key=str):
        row, _ = IngestTally.objects.get_or_create(deployment_id=deployment_id, camera_id=camera_id)
        IngestTally.objects.filter(id=row.id).update(dropped=F("dropped") + dropped[camera_id])
