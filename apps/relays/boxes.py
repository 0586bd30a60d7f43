"""Boxes: the machines in vans. One is lent to one deployment of one force at a time, with a key of its own.

A box names itself, so this is order among honest forces and no proof; what proves itself is the key.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.audit import api as audit
from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.relays.models import Relay
from apps.relays.policies import OVER

BOX_ID = re.compile(r"\A[A-Za-z0-9_-]{8,64}\Z")
KEY_CHANGED = "the box was enrolled again and has another key"
IS_OVER = "the deployment is over"


def is_lent_elsewhere(*, box_id: str, deployment_id: UUID) -> bool:
    """Whether another deployment that is not over, of whichever force, has this box under a valid key.

    Holds a lock on the box until the transaction ends, so that two claims take turns.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT relays_box_lent_elsewhere(%s, %s)", [box_id, deployment_id])
        return bool(cursor.fetchone()[0])


def hold_relays(*, deployment_id: UUID) -> None:
    """Whoever gives or claims a key of this deployment waits until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('relays.deployment:' || %s, 0))",
            [str(deployment_id)],
        )


def carried_by_others(*, deployment_id: UUID, camera_ids: Collection[UUID], box_id: str) -> dict[UUID, str]:
    """Camera -> name of another relay of the deployment that has it under a valid key.

    Holds a lock on the deployment's relays until the transaction ends: two boxes that claim one camera, each
    with a code of its own, take turns.
    """
    hold_relays(deployment_id=deployment_id)
    found: dict[UUID, str] = {}
    rows = Relay.objects.select_for_update().filter(deployment_id=deployment_id, revoked_at__isnull=True)
    for row in rows:
        if not (box_id and row.box_id == box_id):
            found |= {UUID(camera_id): row.name for camera_id in row.camera_ids}
    return {camera_id: found[camera_id] for camera_id in camera_ids if camera_id in found}


def revoke_keys_of_box(*, box_id: str, actor: Actor, now: datetime) -> int:
    """Take back the keys that this box still has in the open force; how many there were."""
    rows = Relay.objects.select_for_update().filter(box_id=box_id, revoked_at__isnull=True)
    return sum(revoke_row(row, reason=KEY_CHANGED, actor=actor, now=now) for row in rows)


def take_back_keys(*, now: datetime) -> int:
    """Take back every key of the open force whose deployment is over; how many there were. One query while
    there is no valid key, and one more for each deployment that has some."""
    valid = Relay.objects.filter(revoked_at__isnull=True)
    in_use = valid.order_by("deployment_id").values_list("deployment_id", flat=True).distinct()
    over = [one for one in in_use if deployments.get(deployment_id=one).state in OVER]
    rows = valid.select_for_update().filter(deployment_id__in=over) if over else ()
    return sum(
        revoke_row(
            row, reason=IS_OVER, actor=Actor.system(force_id=row.force_id, label="relay keys"), now=now
        )
        for row in rows
    )


def revoke_row(row: Relay, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Revoke a relay that is held for update, with its audit event. False when it was revoked before."""
    if row.revoked_at is not None:
        return False
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    audit.record(
        actor=actor,
        verb="relay.revoked",
        object_type="relay",
        object_id=row.id,
        payload={"name": row.name, "key_id": row.key_id, "deployment_id": str(row.deployment_id)},
        now=now,
        reason=reason,
    )
    return True
