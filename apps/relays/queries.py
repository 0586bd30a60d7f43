"""Reads of relays. `authenticate` and `authorise` open the force's context themselves: a socket has none."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from apps.core.errors import NotFound, NotPermitted
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import NotLive
from apps.forces import api as forces
from apps.relays.credentials import RelayKey, matches
from apps.relays.data import CameraIngest, RelayAuthority, RelayData
from apps.relays.models import IngestTally, Relay

# Compared with when there is no such relay, so that an unknown key id takes as long as a wrong secret.
_NOBODY = bytes(32)


def as_data(row: Relay) -> RelayData:
    return RelayData(
        id=row.id,
        force_id=row.force_id,
        name=row.name,
        key_id=row.key_id,
        deployment_id=row.deployment_id,
        camera_ids=frozenset(UUID(camera_id) for camera_id in row.camera_ids),
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        last_seen_at=row.last_seen_at,
        refusals=MappingProxyType(dict(row.refusals)),
        box_id=row.box_id,
    )


def as_ingest(row: IngestTally) -> CameraIngest:
    return CameraIngest(
        deployment_id=row.deployment_id,
        camera_id=row.camera_id,
        received=row.received,
        refused=row.refused,
        dropped=row.dropped,
        last_received_at=row.last_received_at,
        clock_offset_ms=row.clock_offset_ms,
        heard_at=row.heard_at,
        refusals=MappingProxyType(dict(row.refusals)),
    )


def get_relay(*, relay_id: UUID) -> RelayData:
    """Raises NotFound."""
    row = Relay.objects.filter(id=relay_id).first()
    if row is None:
        raise NotFound("there is no such relay")
    return as_data(row)


def list_relays(*, deployment_id: UUID) -> tuple[RelayData, ...]:
    return tuple(as_data(row) for row in Relay.objects.filter(deployment_id=deployment_id))


def tallies(*, deployment_id: UUID) -> tuple[CameraIngest, ...]:
    """Counters of every camera that ever sent for this deployment, in order of camera id."""
    rows = IngestTally.objects.filter(deployment_id=deployment_id).order_by("camera_id")
    return tuple(as_ingest(row) for row in rows)


def authenticate(*, key: RelayKey) -> RelayData:
    """The relay this key belongs to. The key id is looked up within the force that the key names, nowhere
    else.

    Raises NotPermitted, with the same words whatever is wrong.
    """
    try:
        force = forces.get_force_by_slug(slug=key.force_slug)
    except NotFound:
        matches(key=key, stored_sha256=_NOBODY)
        raise NotPermitted("the key is not accepted", code="bad_key") from None
    with force_context(force.id):
        row = Relay.objects.filter(key_id=key.key_id).first()
    proven = matches(key=key, stored_sha256=bytes(row.key_sha256) if row else _NOBODY)
    if row is None or not proven or row.revoked_at is not None:
        raise NotPermitted("the key is not accepted", code="bad_key")
    return as_data(row)


def authorise(*, force_id: UUID, relay_id: UUID, now: datetime) -> RelayAuthority:
    """What this relay may send at `now`. Raises NotPermitted for a revoked relay, NotLive for its deployment
    and when no camera is left."""
    with force_context(force_id):
        row = Relay.objects.filter(id=relay_id).first()
        if row is None:
            raise NotFound("there is no such relay")
        relay = as_data(row)
        if relay.revoked_at is not None:
            raise NotPermitted("this relay's key was revoked", code="relay_revoked")
        live = deployments.live_authority(deployment_id=relay.deployment_id, now=now)
    if not relay.camera_ids & (live.camera_ids | live.stopped_ids):
        raise NotLive("none of this relay's cameras is on the authority any more")
    return RelayAuthority(
        relay_id=relay.id,
        force_id=force_id,
        deployment_id=relay.deployment_id,
        relay_camera_ids=relay.camera_ids,
        camera_ids=relay.camera_ids & live.camera_ids,
        stopped_ids=relay.camera_ids & live.stopped_ids,
        session_id=row.session_id,
    )
