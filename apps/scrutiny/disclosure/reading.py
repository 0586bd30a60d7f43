"""Reads all that a pack is made of. The same number of queries whatever there is; needs a force context."""

from __future__ import annotations

from uuid import UUID

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.deployments.data import DeploymentData
from apps.recognition import api as recognition
from apps.recognition.data import PackManifest
from apps.scrutiny.disclosure.data import AlertEvent, Disclosed
from apps.scrutiny.disclosure.policies import chosen
from apps.scrutiny.lawful import records
from apps.scrutiny.lawful.rules import rebuild
from apps.scrutiny.queries import deployment_record


def read(deployment: DeploymentData, *, number: int | None) -> Disclosed:
    """Raises NotFound, and RuleViolated for an alert that there is not, or that is not decided on."""
    found = alerts.past_alerts(deployment_id=deployment.id)
    gone_at = deployment.log_deleted_at
    alert = chosen(found, number, log_deleted_at=gone_at) if number is not None else None
    at = alert.raised_at if alert is not None else deployment.started_at
    known = records.read(deployment, at=at or deployment.created_at, named=False)
    stops = alerts.engagement_list(deployment_id=deployment.id)
    return Disclosed(
        record=deployment_record(deployment_id=deployment.id, named=False),
        records=known,
        alert=alert,
        engagement=next((one for one in stops if alert is not None and one.alert_id == alert.id), None),
        events=_events(deployment.id if alert is None else alert.id),
        moment=rebuild(known, at) if at is not None else None,
        pack=_pack(deployment.authority.pack_id),
    )


def _events(object_id: UUID) -> tuple[AlertEvent, ...]:
    return tuple(
        AlertEvent(
            id=one.id,
            ordinal=one.ordinal,
            at=one.at,
            verb=one.verb,
            actor_id=one.actor_id,
            rank=one.rank,
            roles=one.roles,
            digest=bytes(one.digest).hex(),
            by_radio=bool((one.payload or {}).get("by_radio")),
        )
        for one in audit.events_about(object_id=object_id)
    )


def _pack(pack_id: str) -> PackManifest | None:
    return recognition.manifest(pack_id) if pack_id in recognition.known_packs() else None
