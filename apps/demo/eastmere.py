"""A year of rehearsals of Eastmere Police, a force that does not exist."""

from __future__ import annotations

from apps.demo.plan import Place
from apps.demo.story import Blind, Ending, Event, Past, Pause, Seen

NO_FRAMES = "no frames from the camera"
STALLED = "worker stalled"

FERRY = Place("Ferry landing, Eastmere", 52.2214, 0.6120, ("Landing stage", "Ticket kiosk"))
MOOT = Place("Moot Hall steps, Eastmere", 52.2241, 0.6084, ("Moot Hall", "Butter market"))
SANDS = Place("Promenade, Long Sands", 52.2388, 0.6653, ("Bandstand", "Slipway"))
STADIUM = Place("Saltmarsh stadium, north stand", 52.2150, 0.5961, ("Turnstiles north",))
FAIR = Place("Fairground, Long Sands", 52.2402, 0.6688, ("Fairground gate", "Beach road"))
HALT = Place("Railway halt, Reedham Cross", 52.2079, 0.5744, ("Platform 1",))
SQUARE = Place("Harbour Square, Eastmere", 52.2226, 0.6142, ("Net lofts", "Custom house"))
MILL = Place("Old Mill shopping centre, Reedham Cross", 52.2093, 0.5782, ("Mill entrance", "Canal side"))
LIBRARY = Place("Library gardens, Eastmere", 52.2235, 0.6069, ("Garden gate",))

HISTORY = (
    Past(
        341, "09:30", 4, MOOT, Ending.REVIEWED,
        "First rehearsal of this force. All passes were recognised. The briefing took too long; it is now "
        "one page. People asked what happens to their faces, and the answer on the sign was too small.",
        tracks=702,
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
        "rejected one alert within four seconds. One pass at dusk was missed.",
        tracks=1096,
        seen=(
            Seen(25, "TEST-C", Event.CONFIRMED, 1), Seen(83, "TEST-B", Event.REJECTED),
            Seen(160, "TEST-A", Event.CONFIRMED),
        ),
        blind=(Blind(118, 11, NO_FRAMES, 0),),
    ),
    Past(
        228, "10:00", 6, SANDS, Ending.REVIEWED,
        "Sunglasses and hats: four of seven passes were recognised, which is what we wanted to know. One "
        "alert expired because the console lost its link for a minute, and nobody was stopped for it.",
        tracks=3127,
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
        149, "07:30", 2.5, HALT, Ending.REVIEWED,
        "One false alert: two colleagues who do look alike. The officer asked a name, heard another, and "
        "said goodbye. Both pictures were looked at again afterwards; the operator would now decide "
        "differently.",
        tracks=655,
        seen=(
            Seen(11, "TEST-B", Event.CONFIRMED), Seen(52, "TEST-C", Event.FALSE),
            Seen(118, "TEST-A", Event.CONFIRMED),
        ),
        pause=Pause(57, 20, "The commander wants to hear what happened before it goes on."),
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
        "was not missed. The worker stalled once for eight seconds when the van's engine started.",
        tracks=1319,
        seen=(
            Seen(20, "TEST-A", Event.CONFIRMED), Seen(66, "TEST-C", Event.NOT_ENGAGED),
            Seen(133, "TEST-B", Event.CONFIRMED), Seen(171, "TEST-A", Event.REJECTED),
        ),
        blind=(Blind(88, 0.13, STALLED, None),),
        narrowed="The canal side is left out: rowers practise there and cannot take another way.",
    ),
)  # fmt: skip
