"""The authority of the rehearsal: an invented place, consenting test subjects, the default pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.deployments.data import Authority, CameraRef, UseCase
from apps.recognition import api as recognition

PURPOSE = "Rehearse a deployment with consenting test subjects before an operational one."
# Half the height and width of an area of about 130 by 130 metres, in degrees.
HALF_LATITUDE, HALF_LONGITUDE = 0.0006, 0.0010


@dataclass(frozen=True, slots=True)
class Place:
    """An invented place; latitude and longitude, in degrees, of its middle."""

    name: str
    latitude: float
    longitude: float
    cameras: tuple[str, ...]

    @property
    def polygon(self) -> tuple[tuple[float, float], ...]:
        north, south = self.latitude + HALF_LATITUDE, self.latitude - HALF_LATITUDE
        west, east = self.longitude - HALF_LONGITUDE, self.longitude + HALF_LONGITUDE
        return ((north, west), (north, east), (south, east), (south, west))


RIVERSIDE = Place(
    "Riverside Walk, Exampleton town centre", 51.8005, -0.2020, ("Riverside north", "Riverside south")
)


REASONS = {
    "necessity": (
        "The True Recognition Rate of this system at this place can only be measured by consenting staff "
        "walking past it; no record of an operational deployment would show who was missed."
    ),
    "proportionality": (
        "Only consenting test subjects are listed. A passer-by's template lives for seconds in memory, "
        "matches nobody and is gone; no member of the public can be the subject of an alert."
    ),
    "less_intrusive_means": (
        "A laboratory test was considered first: it does not have the light, the distances and the crowd "
        "of the place, and so cannot show how the system behaves there."
    ),
    "collateral_intrusion": (
        "Passers-by are recorded by nobody and compared with test subjects only; signs stand on every "
        "approach and another way around the zone is marked."
    ),
}
LEGAL_BASES = (
    "Common law policing powers",
    "Data Protection Act 2018, Part 3, section 35",
    "Police and Criminal Evidence Act 1984, section 64A",
)


def rehearsal_authority(
    *,
    cameras: Sequence[CameraRef],
    window_start: datetime,
    window_end: datetime,
    pack_id: str,
    place: Place = RIVERSIDE,
    purpose: str = PURPOSE,
) -> Authority:
    """A complete authority for a rehearsal: Blue List subjects only."""
    return Authority(
        place_name=place.name,
        polygon=place.polygon,
        window_start=window_start,
        window_end=window_end,
        use_case=UseCase.CRIME_HOTSPOT,
        policing_purpose=purpose,
        **REASONS,
        legal_bases=LEGAL_BASES,
        categories=("blue_list",),
        max_subjects=10,
        cameras=tuple(cameras),
        pack_id=pack_id,
        threshold=recognition.manifest(pack_id).default_threshold,
        rehearsal=True,
    )
