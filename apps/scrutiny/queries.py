"""Puts the deployment record together from what each app below knows. Needs an open force context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.data import AlertSummary
from apps.audit import api as audit
from apps.core.clock import london
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData
from apps.forces import api as forces
from apps.live import api as live
from apps.relays import api as relays
from apps.scrutiny.data import (
    AlertSplit,
    Certificate,
    DeploymentRecord,
    Frames,
    Gap,
    Rate,
    TrueRecognition,
    covered_seconds,
)
from apps.watchlists import api as watchlists

PASSES_UNKNOWN = "the passes of the Blue List were not recorded"
PASSES_TOO_FEW = "more people were recognised than passes were recorded"
NOT_A_REHEARSAL = "no Blue List was used on this deployment"


def record_by_reference(*, reference: str) -> DeploymentRecord:
    """Raises NotFound."""
    return deployment_record(deployment_id=deployments.get_by_reference(reference=reference).id)


def deployment_record(*, deployment_id: UUID, blue_list_passes: int | None = None) -> DeploymentRecord:
    """The record of one deployment as far as it has come. Raises NotFound.

    `blue_list_passes` is how often people of the Blue List walked past a camera, where somebody counted.
    """
    deployment = deployments.get(deployment_id=deployment_id)
    summary = alerts.summary(deployment_id=deployment_id)
    split = _split(summary)
    seen = live.tallies(deployment_id=deployment_id)
    tracks = sum(tally.tracks for tally in seen)
    gaps = _gaps(deployment)
    return DeploymentRecord(
        **_authority(deployment),
        **_watchlist(deployment_id),
        tracks=tracks,
        alerts=split,
        false_of_alerts=Rate(split.false, split.total),
        # An alert without its track counted would be a fault of the counters, not a rate above one.
        false_of_tracks=Rate(split.false, max(tracks, split.false)),
        true_recognition=_true_recognition(deployment, split, blue_list_passes),
        engagements=summary.engagements,
        not_engaged=summary.not_engaged,
        arrests=summary.arrests,
        other_disposals=summary.other_disposals,
        no_action=summary.no_action,
        not_located=summary.not_located,
        frames=_frames(deployment_id, recognised=sum(tally.frames for tally in seen)),
        gaps=gaps,
        gaps_s=covered_seconds([(gap.started_at, gap.ended_at) for gap in gaps]),
        certificates=_certificates(deployment_id),
    )


def _authority(deployment: DeploymentData) -> dict[str, Any]:
    authority = deployment.authority
    return {
        "deployment_id": deployment.id,
        "reference": deployment.reference,
        "force": forces.get_force(force_id=deployment.force_id).name,
        "state": str(deployment.state),
        "rehearsal": authority.rehearsal,
        "date": london(deployment.started_at or authority.window_start).date(),
        "place": authority.place_name,
        "window_start": authority.window_start,
        "window_end": authority.window_end,
        "started_at": deployment.started_at,
        "ended_at": deployment.ended_at,
        "use_case": str(authority.use_case).replace("_", " "),
        "purpose": authority.policing_purpose,
        "approved_at": deployment.approved_at,
        "notice_verified_at": deployment.notice_verified_at,
        "pack_id": authority.pack_id,
        "threshold": authority.threshold,
    }


def _watchlist(deployment_id: UUID) -> dict[str, Any]:
    """The size at the seal, which outlives the purge."""
    found = watchlists.get_for_deployment(deployment_id=deployment_id)
    return {
        "watchlist_subjects": found.sealed_subjects if found else 0,
        "watchlist_pictures": found.sealed_pictures if found else 0,
        "watchlist_refused": found.refused if found else 0,
        "watchlist_removed": found.removed if found else 0,
    }


def _split(summary: AlertSummary) -> AlertSplit:
    return AlertSplit(
        total=summary.alerts,
        operator_rejected=summary.operator_rejected,
        confirmed_true=summary.confirmed_true,
        confirmed_false=summary.confirmed_false,
        unresolved=summary.unresolved,
        expired=summary.expired,
    )


def _true_recognition(deployment: DeploymentData, split: AlertSplit, passes: int | None) -> TrueRecognition:
    if not deployment.authority.rehearsal:
        return TrueRecognition(None, NOT_A_REHEARSAL)
    if passes is None:
        return TrueRecognition(None, PASSES_UNKNOWN)
    if split.confirmed_true > passes:
        return TrueRecognition(None, PASSES_TOO_FEW)
    return TrueRecognition(Rate(split.confirmed_true, passes), "")


def _frames(deployment_id: UUID, *, recognised: int) -> Frames:
    sent = relays.tallies(deployment_id=deployment_id)
    return Frames(
        received=sum(camera.received for camera in sent),
        refused=sum(camera.refused for camera in sent),
        dropped=sum(camera.dropped for camera in sent),
        recognised=recognised,
    )


def _gaps(deployment: DeploymentData) -> tuple[Gap, ...]:
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    return tuple(
        Gap(
            camera=names.get(gap.camera_id, "another camera") if gap.camera_id else "",
            started_at=gap.started_at,
            ended_at=gap.ended_at,
            reason=gap.reason,
        )
        for gap in deployments.gaps(deployment_id=deployment.id)
    )


def _certificates(deployment_id: UUID) -> tuple[Certificate, ...]:
    """From the audit: what retention certified, in a record that it cannot change afterwards."""
    return tuple(
        _certificate(event.payload)
        for event in audit.events_about(object_id=deployment_id)
        if event.verb == "retention.certified"
    )


def _certificate(payload: Mapping[str, Any]) -> Certificate:
    return Certificate(
        id=UUID(payload["certificate_id"]),
        data_class=payload["data_class"],
        title=payload["title"],
        counts=dict(payload["counts"]),
        due_at=datetime.fromisoformat(payload["due_at"]),
        started_at=datetime.fromisoformat(payload["started_at"]),
        finished_at=datetime.fromisoformat(payload["finished_at"]),
        verified_how=payload["verified_how"],
        simulated=payload["simulated"],
        sha256=payload["sha256"],
    )
