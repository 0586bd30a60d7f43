"""Between the words of the engine, which knows no platform, and those of the apps around it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from apps.alerts.data import Sighting
from apps.deployments.data import LiveAuthority
from apps.live.decode import encode_face
from apps.recognition.engine.data import Probe
from apps.recognition.engine.zone import Zone
from apps.watchlists.data import SearchHit


def zones(authority: LiveAuthority) -> dict[str, Zone]:
    """The zone of each camera, as the engine names cameras (domain.md §2: recognition only in the zone)."""
    return {str(camera.id): Zone(camera.zone, camera.far_face) for camera in authority.cameras}


def sighting(probe: Probe, hit: SearchHit, threshold: float) -> Sighting:
    return Sighting(
        camera_id=UUID(probe.camera_id),
        track_id=probe.track_id,
        subject_id=hit.subject_id,
        cosine_similarity=hit.cosine_similarity,
        threshold=threshold,
        captured_at=datetime.fromtimestamp(probe.captured_at, UTC),
        probe_jpeg=encode_face(probe.face_bgr),
        template=probe.template,
    )
