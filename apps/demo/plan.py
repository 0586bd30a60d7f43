"""The authority of the rehearsal: an invented place, consenting test subjects, the default pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.deployments import data as deployments
from apps.deployments.data import AssessmentRef, Authority, CameraRef, Nearby, UseCase
from apps.recognition import api as recognition

# Half the height and width of an area of about 130 by 130 metres, in degrees.
HALF_LATITUDE, HALF_LONGITUDE = 0.0006, 0.0010
MOST_LISTED = 10
# How many people walk past in an hour, as counted by nobody: the places are invented.
PASSERS_BY = 600
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
    # What must be flagged when it is near (domain.md §2).
    near: tuple[Nearby, ...] = ()

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

# Who is listed, and who stands where: the same at each rehearsal, wherever it is.
ANYWHERE = {
    "criteria": (
        "Members of staff who agreed in writing to take part on this day, chosen by name by the planner. "
        "Whoever withdraws is taken off the list at once."
    ),
    "vulnerable": (
        "Nobody under 18 and nobody who is vulnerable is listed: the test subjects are grown-up staff."
    ),
    "signage_plan": (
        "A sign on a stand 20 metres before the area on each way in, at eye level. It is looked at every "
        "hour."
    ),
    "engagement_plan": (
        "Two officers in uniform explain the test to everybody who asks, with leaflets that name the public "
        "notice."
    ),
    "resourcing_plan": (
        "A silver commander, an operator, two engagement officers and a system engineer, all with current "
        "training, for the whole window."
    ),
}


def _near(place: Place) -> str:
    if place.near:
        return (
            "What is near was told of the test beforehand, and the window keeps clear of the times at which "
            "most people come and go there."
        )
    return (
        "The beat officer walked around the area: no place of worship, school or health premises is next to "
        "it, and no protest is announced."
    )


def rehearsal_texts(place: Place, *, cameras: int, hours: float) -> dict[str, Any]:
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
        "place_reason": f"{place.here} {place.tests}",
        "nearby_measures": f"{_near(place)} {place.around}",
        **ANYWHERE,
    }


def rehearsal_authority(
    *,
    cameras: Sequence[CameraRef],
    window_start: datetime,
    window_end: datetime,
    pack_id: str,
    assessments: Sequence[AssessmentRef],
    place: Place = RIVERSIDE,
) -> Authority:
    """A complete authority for a rehearsal: Blue List subjects only."""
    hours = (window_end - window_start).total_seconds() / 3600
    first, *others = place.cameras
    return Authority(
        place_name=place.name,
        polygon=place.polygon,
        window_start=window_start,
        window_end=window_end,
        use_case=UseCase.PROTECTIVE_SECURITY,
        **rehearsal_texts(place, cameras=len(cameras), hours=hours),
        legal_bases=LEGAL_BASES,
        assessments=assessments,
        categories=("blue_list",),
        max_subjects=MOST_LISTED,
        cameras=tuple(cameras),
        pack_id=pack_id,
        threshold=recognition.manifest(pack_id).default_threshold,
        rehearsal=True,
        operation=f"Operation Lantern, {place.name}",
        nearby=place.near,
        sources=("Staff who agreed to take part",),
        approaches=(f"Towards {first}", *(f"Towards {name}" for name in others)),
        footfall=round(PASSERS_BY * hours),
    )
