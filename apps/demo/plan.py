"""The authority of the rehearsal: an invented place, consenting test subjects, the default pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.deployments import data as deployments
from apps.deployments.data import Authority, CameraRef, UseCase
from apps.recognition import api as recognition

# Half the height and width of an area of about 130 by 130 metres, in degrees.
HALF_LATITUDE, HALF_LONGITUDE = 0.0006, 0.0010
MOST_LISTED = 10
# No picture taken in custody is on a list of staff who agreed to take part.
LEGAL_BASES = tuple(basis for basis in deployments.LEGAL_BASES if basis != deployments.CUSTODY_PICTURES)


@dataclass(frozen=True, slots=True)
class Place:
    """An invented place; latitude and longitude, in degrees, of its middle; and what can be learnt there.

    `tests`, `here` and `around` are sentences; `lacks` completes "A test elsewhere lacks".
    """

    name: str
    latitude: float
    longitude: float
    cameras: tuple[str, ...]
    tests: str
    here: str
    lacks: str
    around: str

    @property
    def polygon(self) -> tuple[tuple[float, float], ...]:
        return self._area(self.longitude + HALF_LONGITUDE)

    @property
    def western_half(self) -> tuple[tuple[float, float], ...]:
        """What is left of the area without its second camera."""
        return self._area(self.longitude)

    def _area(self, east: float) -> tuple[tuple[float, float], ...]:
        north, south = self.latitude + HALF_LATITUDE, self.latitude - HALF_LATITUDE
        west = self.longitude - HALF_LONGITUDE
        return ((north, west), (north, east), (south, east), (south, west))


RIVERSIDE = Place(
    "Riverside Walk, Exampleton town centre", 51.8005, -0.2020, ("Riverside north", "Riverside south"),
    tests="People stroll in both directions here, so it tests faces that are seen from the side.",
    here="The walk is the place in the town where most people pass slowly and in both directions.",
    lacks="people who stroll and look at the water",
    around="Families and anglers pass. The terrace above the walk leads along the river without a camera.",
)  # fmt: skip


def rehearsal_texts(place: Place, *, cameras: int, hours: float) -> dict[str, str]:
    """What the planner of a rehearsal writes about this place."""
    looks = "One camera looks" if cameras == 1 else f"{cameras} cameras look"
    return {
        "policing_purpose": (
            "A rehearsal with members of staff who agreed to take part, before any operational use. "
            f"{place.tests}"
        ),
        "necessity": (
            f"{place.here} Only staff who walk past by arrangement can show whom the system misses: a "
            "deployment that looks for wanted people never would."
        ),
        "proportionality": (
            f"{looks} for {hours:g} hours for at most {MOST_LISTED} members of staff who agreed to it, and "
            "for nobody else. A passer-by who resembles none of them is measured in memory and gone within "
            "seconds. Anybody who passes can be mistaken for one of them: two people look before anybody is "
            "spoken to, and a mistake is released at once, counted and published."
        ),
        "less_intrusive_means": (
            "Recorded pictures and a test in a closed yard were considered first. A test elsewhere lacks "
            f"{place.lacks}, and so cannot show what happens here."
        ),
        "collateral_intrusion": f"{place.around} Signs stand on every approach, before the area.",
    }


def rehearsal_authority(
    *,
    cameras: Sequence[CameraRef],
    window_start: datetime,
    window_end: datetime,
    pack_id: str,
    place: Place = RIVERSIDE,
) -> Authority:
    """A complete authority for a rehearsal: Blue List subjects only."""
    hours = (window_end - window_start).total_seconds() / 3600
    return Authority(
        place_name=place.name,
        polygon=place.polygon,
        window_start=window_start,
        window_end=window_end,
        use_case=UseCase.PROTECTIVE_SECURITY,
        **rehearsal_texts(place, cameras=len(cameras), hours=hours),
        legal_bases=LEGAL_BASES,
        categories=("blue_list",),
        max_subjects=MOST_LISTED,
        cameras=tuple(cameras),
        pack_id=pack_id,
        threshold=recognition.manifest(pack_id).default_threshold,
        rehearsal=True,
    )
