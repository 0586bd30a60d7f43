"""A year of rehearsals of Eastmere Police, a force that does not exist."""

from __future__ import annotations

from typing import Any

from apps.demo.places import FAIR, FERRY, HALT, LIBRARY, MILL, MOOT, SANDS, SQUARE, STADIUM
from apps.demo.story import Blind, Ending, Event, Past, Pause, Seen
from apps.deployments.data import Cause

NO_FRAMES = "no frames from the camera"
STALLED = "worker stalled"


SETTINGS: dict[str, Any] = {
    "serious_offences": ["Murder", "Rape", "Robbery", "Arson with intent"],
    "contact_data_protection": "data.protection@eastmere.example",
    "contact_access": "Write to data.protection@eastmere.example",
    "contact_complaints": "professional.standards@eastmere.example",
    "idle_minutes": 20,
    "oversight_email": "board@eastmere.example",
}

HISTORY = (
    Past(
        341, "09:30", 4, MOOT, Ending.REVIEWED,
        "First rehearsal of this force. The briefing took too long; it is now one page. People asked what "
        "happens to their faces, and the answer on the sign was too small.",
        tracks=702, passes=3,
        seen=(
            Seen(40, "TEST-A", Event.CONFIRMED), Seen(95, "TEST-B", Event.CONFIRMED, 1),
            Seen(170, "TEST-C", Event.CONFIRMED),
        ),
    ),
    Past(
        305, "14:00", 4, STADIUM, Ending.REFUSED,
        "A match day brings eleven thousand people through one gate with no other way in. Nobody could "
        "avoid the zone. Choose a place that people can walk around.",
    ),
    Past(
        270, "16:00", 4, FERRY, Ending.REVIEWED,
        "Spray on the lens of the landing stage cost eleven minutes until it was wiped. The operator "
        "rejected one alert within seconds. What was missed was missed at dusk.",
        tracks=1096, passes=3,
        seen=(
            Seen(25, "TEST-C", Event.CONFIRMED, 1), Seen(83, "TEST-B", Event.REJECTED),
            Seen(160, "TEST-A", Event.CONFIRMED),
        ),
        blind=(Blind(118, 11, NO_FRAMES, 0),),
    ),
    Past(
        228, "10:00", 6, SANDS, Ending.REVIEWED,
        "Sunglasses and hats hide what the system needs, which is what we wanted to know. One alert expired "
        "because the console lost its link for a minute: it counts as not resolved, and nobody was stopped "
        "for it. The list was deleted 31 minutes late, because the server was being updated when it was due; "
        "updates now wait until nothing is due.",
        tracks=3127, passes=7, list_late_min=31,
        seen=(
            Seen(15, "TEST-A", Event.CONFIRMED), Seen(102, "TEST-B", Event.EXPIRED, 1),
            Seen(144, "TEST-C", Event.CONFIRMED, 1), Seen(209, "TEST-B", Event.SECOND_LOOK),
            Seen(301, "TEST-A", Event.CONFIRMED, 1),
        ),
        returned=(
            "Forty thousand people visit the promenade on a bank holiday. Choose an ordinary weekday, and "
            "say how signs stay readable in bright sun. Then submit it again."
        ),
    ),
    Past(
        190, "19:00", 3, FAIR, Ending.CANCELLED,
        "The fair leaves two days early because of the storm, so there is nobody to rehearse among.",
    ),
    Past(
        149, "08:15", 2.5, HALT, Ending.REVIEWED,
        "One false alert: a passenger who does look like a colleague on the list. The officer asked a name, "
        "heard another, and said goodbye. Both pictures were looked at again afterwards; the operator would "
        "now decide differently.",
        tracks=655, passes=2,
        seen=(
            Seen(11, "TEST-B", Event.CONFIRMED), Seen(52, "TEST-C", Event.FALSE),
            Seen(118, "TEST-A", Event.CONFIRMED),
        ),
        pause=Pause(57, 20, "The commander wants to hear what happened before it goes on.", Cause.DOUBT),
    ),
    Past(
        107, "12:00", 5, SQUARE, Ending.REVOKED,
        "A demonstration against harbour charges has formed in the square without notice. Nobody may get "
        "the impression that the police measure who takes part. The approval is withdrawn at once.",
        tracks=498,
        seen=(Seen(47, "TEST-C", Event.CONFIRMED),),
    ),
    Past(
        66, "11:00", 3, LIBRARY, Ending.UNSTARTED, "",
    ),
    Past(
        30, "13:30", 4, MILL, Ending.REVIEWED,
        "Half the time would have been enough. The canal side camera was left out after the approval and "
        "was not missed. The officer decided not to engage once, because stopping the person in the roadway "
        "was not safe. The worker stalled once for eight seconds when the van's engine started.",
        tracks=1319, passes=3,
        seen=(
            Seen(20, "TEST-A", Event.CONFIRMED), Seen(66, "TEST-C", Event.NOT_ENGAGED),
            Seen(133, "TEST-B", Event.CONFIRMED), Seen(171, "TEST-A", Event.REJECTED),
        ),
        blind=(Blind(88, 0.13, STALLED, None),),
        narrowed="The canal side is left out: rowers practise there and cannot take another way.",
    ),
)  # fmt: skip
