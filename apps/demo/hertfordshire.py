"""A year of rehearsals of Hertfordshire Constabulary, all invented: places, people, events."""

from __future__ import annotations

from typing import Any

from apps.demo.places import BUS, CLOCK, HIGH, MARKET, PARK, PRECINCT, QUAY, RETAIL, SCHOOL, STATION
from apps.demo.story import Blind, Ending, Event, Past, Pause, Seen
from apps.deployments.data import Cause

NO_FRAMES = "no frames from the camera"
WORKER_LOST = "worker lost"


# Offences that the force calls serious, its contacts, and its own words on each notice: invented, all of it.
SETTINGS: dict[str, Any] = {
    "serious_offences": [
        "Murder", "Rape", "Robbery", "Wounding with intent", "Possession of a firearm with intent",
        "Breach of a sexual harm prevention order",
    ],
    "contact_data_protection": "data.protection@hertfordshire.example",
    "contact_access": "Write to data.protection@hertfordshire.example",
    "contact_complaints": "professional.standards@hertfordshire.example",
    "oversight_email": "commissioner@hertfordshire.example",
    # Welsh to show the switch: it awaits a translator.
    "languages": ["cy"],
    "districts": [
        "Oakbourne, 51.782, -0.222, 2", "Millbridge, 51.813, -0.185, 2", "Testbourne, 51.762, -0.213, 2",
        "Exampleton, 51.801, -0.205, 2",
    ],
    "notice_paragraphs": ["Officers with leaflets stand on each way to the area. Ask them anything."],
}  # fmt: skip

HISTORY = (
    Past(
        354, "10:00", 4, MARKET, Ending.REVIEWED,
        "The queue at the market cross hides faces for several seconds: the camera there goes two metres "
        "higher next time. The operator rejected one alert. Most people who were asked had read the signs.",
        tracks=1184, passes=4,
        seen=(
            Seen(22, "TEST-A", Event.CONFIRMED), Seen(71, "TEST-B", Event.CONFIRMED, 1),
            Seen(96, "TEST-C", Event.REJECTED), Seen(150, "TEST-C", Event.CONFIRMED, 1),
            Seen(203, "TEST-A", Event.CONFIRMED, 1),
        ),
    ),
    Past(
        319, "11:00", 3, PARK, Ending.CANCELLED,
        "The park's east gate is closed for repairs to a gas main until the end of the month.",
        key="cancelled",
    ),
    Past(
        283, "17:30", 3.5, STATION, Ending.REVIEWED,
        "One alert ran out of time while both operators looked at another: two operators are not enough in "
        "the evening peak. Nobody was stopped for it. The camera at the taxi rank lost its power for four "
        "minutes; the relay said so at once.",
        tracks=2306, passes=4,
        seen=(
            Seen(12, "TEST-B", Event.CONFIRMED), Seen(48, "TEST-A", Event.EXPIRED, 1),
            Seen(49, "TEST-C", Event.CONFIRMED), Seen(117, "TEST-B", Event.REJECTED, 1),
        ),
        blind=(Blind(64, 4, NO_FRAMES, 1),),
        key="expired-alert",
    ),
    Past(
        247, "09:00", 4, SCHOOL, Ending.REFUSED,
        "The zone takes in the gate of a primary school and the door of a place of worship. A rehearsal "
        "can measure the same thing elsewhere; the intrusion here is out of proportion to what would be "
        "learnt.",
        key="refused",
    ),
    Past(
        206, "08:00", 3, BUS, Ending.REVIEWED,
        "One false alert reached an officer. The member of the public showed a bus pass and was on the way "
        "within two minutes, with an apology. Once the officer decided not to engage, because stopping the "
        "person at the kerb was not safe. The light was behind the passengers: in the morning this bay is "
        "not suitable. The threshold stays as it is.",
        tracks=1542, passes=5,
        seen=(
            Seen(17, "TEST-C", Event.CONFIRMED), Seen(58, "TEST-A", Event.FALSE, 1),
            Seen(101, "TEST-B", Event.CONFIRMED, 1), Seen(139, "TEST-A", Event.NOT_ENGAGED),
        ),
        returned=(
            "The plan does not say how somebody who does not want to pass the cameras reaches bay D. Mark "
            "the other way round on the plan, and submit it again."
        ),
        key="false-alert",
    ),
    Past(
        171, "21:00", 4, HIGH, Ending.REVIEWED,
        "After dark the street lights at the library corner are too weak: what was missed was missed there. "
        "Either the council lights the corner or the camera is left out. The list was deleted 47 minutes "
        "late: the server room lost its power at night, and the deletion went on by itself when it was back. "
        "Nobody could open the list meanwhile; the server gets a battery.",
        tracks=873, passes=5, list_late_min=47,
        key="late",
        seen=(
            Seen(35, "TEST-A", Event.CONFIRMED), Seen(126, "TEST-C", Event.SECOND_LOOK),
            Seen(214, "TEST-B", Event.CONFIRMED),
        ),
    ),
    Past(
        128, "13:00", 5, QUAY, Ending.REVOKED,
        "A vigil gathers at the footbridge for a man who drowned here. People who mourn must not walk past "
        "cameras. The rehearsal ends now.",
        tracks=312,
        seen=(Seen(31, "TEST-B", Event.CONFIRMED),),
        key="revoked",
    ),
    Past(
        88, "10:30", 4, RETAIL, Ending.UNSTARTED, "",
        key="unstarted",
    ),
    Past(
        52, "12:00", 4, CLOCK, Ending.REVIEWED,
        "Narrowing to one camera a week before was right: the arcade's own lights blind the other. The "
        "fallen sign was seen within minutes, and everything waited until it stood again. One person had "
        "walked on before the officer came, and was not found again.",
        tracks=964, passes=4,
        seen=(
            Seen(26, "TEST-C", Event.CONFIRMED), Seen(140, "TEST-A", Event.NOT_LOCATED),
            Seen(188, "TEST-B", Event.CONFIRMED),
        ),
        pause=Pause(77, 14, "The sign on the arcade side has fallen over.", Cause.WAYS),
        narrowed="The arcade's shop windows reflect into the second camera: that side is left out.",
        key="narrowed",
    ),
    Past(
        23, "15:00", 3, PRECINCT, Ending.REVIEWED,
        "A worker was lost for nineteen seconds and another took over by itself; nobody on the ground "
        "noticed, but the record does. Nobody was alerted twice for one walk past both cameras. The operator "
        "rejected one alert. Ready to be repeated at Riverside Walk.",
        tracks=1730, passes=5,
        seen=(
            Seen(9, "TEST-A", Event.CONFIRMED), Seen(44, "TEST-B", Event.CONFIRMED, 1),
            Seen(63, "TEST-C", Event.CONFIRMED), Seen(90, "TEST-C", Event.REJECTED, 1),
            Seen(121, "TEST-A", Event.CONFIRMED, 1), Seen(158, "TEST-B", Event.CONFIRMED),
        ),
        blind=(Blind(105, 0.32, WORKER_LOST, None),),
        key="newest",
    ),
)  # fmt: skip
