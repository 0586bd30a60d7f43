"""The authority of the rehearsal: an invented place, consenting test subjects, the default pack."""

from __future__ import annotations

from datetime import datetime

from apps.deployments.data import Authority, CameraData, CameraRef, UseCase
from apps.recognition import api as recognition

PLACE = "Riverside Walk, Exampleton town centre"
POLYGON = ((51.8010, -0.2030), (51.8010, -0.2010), (51.8000, -0.2010), (51.8000, -0.2030))


def rehearsal_authority(
    *, cameras: list[CameraData], window_start: datetime, window_end: datetime, pack_id: str
) -> Authority:
    """A complete authority for a rehearsal: Blue List subjects only."""
    return Authority(
        place_name=PLACE,
        polygon=POLYGON,
        window_start=window_start,
        window_end=window_end,
        use_case=UseCase.CRIME_HOTSPOT,
        policing_purpose="Rehearse a deployment with consenting test subjects before an operational one.",
        necessity=(
            "The True Recognition Rate of this system at this place can only be measured by consenting staff "
            "walking past it; no record of an operational deployment would show who was missed."
        ),
        proportionality=(
            "Only consenting test subjects are listed. A passer-by's template lives for seconds in memory, "
            "matches nobody and is gone; no member of the public can be the subject of an alert."
        ),
        less_intrusive_means=(
            "A laboratory test was considered first: it does not have the light, the distances and the crowd "
            "of the place, and so cannot show how the system behaves there."
        ),
        collateral_intrusion=(
            "Passers-by are recorded by nobody and compared with test subjects only; signs stand on every "
            "approach and another way around the zone is marked."
        ),
        legal_bases=(
            "Common law policing powers",
            "Data Protection Act 2018, Part 3, section 35",
            "Police and Criminal Evidence Act 1984, section 64A",
        ),
        categories=("blue_list",),
        max_subjects=10,
        cameras=tuple(CameraRef(camera.id, camera.name) for camera in cameras),
        pack_id=pack_id,
        threshold=recognition.manifest(pack_id).default_threshold,
        rehearsal=True,
    )
