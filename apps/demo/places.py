"""The places of the demonstration: all invented, each with what a rehearsal there finds out.

A place speaks for itself in notices and authorities: `tests` is what is tested there, `here` why it has to be
there, `lacks` what a test elsewhere would lack, `around` who else passes and how they avoid it.
"""

from __future__ import annotations

from apps.demo.plan import Place
from apps.deployments.data import Nearby

# Hertfordshire
MARKET = Place(
    "Market Square, Oakbourne", 51.7812, -0.2236, ("Market cross", "Corn exchange steps"),
    tests="People stand close together here on market day: it tests how long a queue hides a face.",
    here="The queue at the market cross is the densest standing crowd of the district.",
    lacks="people who stand in front of one another",
    around="Shoppers and stallholders pass. Both side streets lead around the square without a camera.",
)  # fmt: skip
PARK = Place(
    "Millbridge Park, east gate", 51.8144, -0.1832, ("East gate",),
    tests="Runners and cyclists come through one gate, so it tests whether a face in motion is still sharp.",
    here="No other gate in the town has people at a running pace in front of trees.",
    lacks="the speed of runners and the shade of leaves",
    around="Families use the park. The west gate is open, three minutes away, and has no camera.",
)  # fmt: skip
STATION = Place(
    "Station forecourt, Millbridge", 51.8127, -0.1874, ("Ticket hall doors", "Taxi rank"),
    tests="It tests the evening peak: a train brings several hundred people within some seconds.",
    here="The crowd comes in waves with each train, and the light changes from daylight to lamps meanwhile.",
    lacks="a crowd that arrives all at once",
    around="Commuters pass. The footbridge to the car park leaves the station without passing a camera.",
)  # fmt: skip
SCHOOL = Place(
    "Church Lane, Oakbourne", 51.7829, -0.2204, ("Church Lane",),
    tests="The lane is narrow and people walk it in single file, so it tests a short distance to the camera.",
    here="It is the narrowest busy way in the town, and people look straight ahead in it.",
    lacks="people who pass at arm's length",
    around="Pupils and churchgoers pass. The way by the mill is five minutes longer.",
    near=(Nearby.SCHOOL, Nearby.WORSHIP),
)  # fmt: skip
BUS = Place(
    "Bus interchange, Ashwell Green", 51.7931, -0.1642, ("Bay A", "Bay D"),
    tests="Passengers step off with the low sun behind them, so it tests faces against the light.",
    here="Bay D faces east: in the morning everybody who gets off is lit from behind.",
    lacks="the morning sun behind the passengers",
    around="Passengers of six lines pass. Bays B and C have an exit of their own without a camera.",
)  # fmt: skip
HIGH = Place(
    "High Street, Little Samplebury", 51.7702, -0.2491, ("Bank corner", "Library corner"),
    tests="It tests the hours after dark, with street lamps alone, until one in the morning.",
    here="The lamps at its two corners differ in strength, so that both can be compared in one night.",
    lacks="the street lamps and the wet road",
    around="Guests of restaurants pass. Back Lane runs beside the street, is lit, and has no camera.",
)  # fmt: skip
QUAY = Place(
    "Lock Cottages towpath, Wharfside", 51.8056, -0.1987, ("Towpath north", "Footbridge"),
    tests="Water throws light upwards into faces here, so it tests glare and moving reflections.",
    here="No street of the county has light from below for a whole afternoon.",
    lacks="the reflections of the water",
    around="Walkers and boaters pass. The path on the other bank is open and has no camera.",
)  # fmt: skip
RETAIL = Place(
    "Meadow retail park, Testbourne", 51.7598, -0.2113, ("Car park entrance", "South walkway"),
    tests="People come from several sides at once here, so it tests a wide, open space.",
    here="The walkway is the widest in the area: faces are far apart, and turned in every direction.",
    lacks="the width, and people who cross in every direction",
    around="Shoppers and staff of the shops pass. The north entrance has no camera.",
)  # fmt: skip
CLOCK = Place(
    "Clock Tower, Testbourne", 51.7634, -0.2160, ("Clock tower", "Arcade entrance"),
    tests="Shop windows stand opposite the cameras, so it tests mirrored faces and the arcade's own lights.",
    here="The arcade's glass shows each face twice, which could be counted as two people.",
    lacks="glass walls and lit shop windows",
    around="Shoppers pass. The arcade has a second entrance behind the tower without a camera.",
)  # fmt: skip
PRECINCT = Place(
    "Fountain Precinct, Exampleton", 51.8009, -0.2051, ("Fountain east", "Fountain west"),
    tests="It tests two cameras that see the same people one after the other.",
    here="Everybody who crosses the precinct passes both cameras within half a minute.",
    lacks="people who pass two cameras on one way",
    around="Shoppers pass, and children play at the fountain. Mill Row leads past it without a camera.",
)  # fmt: skip
BRIDGE = Place(
    "Bridge Street, Exampleton", 51.8022, -0.2008, ("Bridge Street corner",),
    tests="The street climbs to the bridge, so it tests faces that are seen from below.",
    here="It has the steepest pavement of the town centre, and one camera sees all of it.",
    lacks="the slope",
    around="Residents and shoppers pass. The steps beside the bridge have no camera.",
)  # fmt: skip
GREEN = Place(
    "The Green, Little Samplebury", 51.7710, -0.2479, ("Green north", "Green south"),
    tests="Low winter sun crosses the green in the morning, so it tests how the cameras cope as it moves.",
    here="Nothing shades the green: within four hours the light comes from every side.",
    lacks="a morning of low sun",
    around="Villagers walk their dogs here. The lane along the hedge leads past it without a camera.",
)  # fmt: skip
PARADE = Place(
    "The Parade, Ashwell Green", 51.7942, -0.1655, ("Parade east", "Parade west"),
    tests="Awnings cover half of the pavement, so it tests faces that step from sun into shade.",
    here="The shade line runs along the whole Parade, and everybody crosses it.",
    lacks="the edge between sun and shade",
    around="Shoppers pass. The other side of the road is outside the area, and no camera sees it.",
)  # fmt: skip
WHARF = Place(
    "Old Wharf, Wharfside", 51.8061, -0.1979, ("Wharf gate", "Wharf steps"),
    tests="People come down the steps with their heads bent, so it tests faces that look at the ground.",
    here="Everybody who uses the wharf comes by the steps or the gate, and the two can be compared.",
    lacks="stairs",
    around="Boaters and visitors of the cafe pass. The ramp from the car park has no camera.",
)  # fmt: skip
TITHE = Place(
    "Tithe Barn Lane, Oakbourne", 51.7840, -0.2251, ("Tithe barn",),
    tests="Coaches stop here and thirty people get off together, so it tests groups that walk side by side.",
    here="It is the only coach stop of the town: groups come and nobody else does.",
    lacks="groups that walk side by side",
    around="Visitors and residents pass. The footpath behind the barn has no camera.",
)  # fmt: skip
CENTRE = Place(
    "Exampleton town centre", 51.8004, -0.2035, ("Cross Street", "Fountain Street"),
    tests="It tests both cameras at the busiest crossing of the town.",
    here="Serious violence was reported here more often this year than anywhere else in the town.",
    lacks="the crowd of a Saturday",
    around="Shoppers and residents pass. Mill Row leads around the crossing without a camera.",
)  # fmt: skip

# Eastmere
FERRY = Place(
    "Ferry landing, Eastmere", 52.2214, 0.6120, ("Landing stage", "Ticket kiosk"),
    tests="Spray and a moving landing stage make the picture unsteady, so it tests both, until dusk.",
    here="Nowhere else does the ground under the camera move.",
    lacks="spray, and ground that moves",
    around="Passengers and anglers pass. The slipway beside the stage has no camera.",
)  # fmt: skip
MOOT = Place(
    "Moot Hall steps, Eastmere", 52.2241, 0.6084, ("Moot Hall", "Butter market"),
    tests="It is this force's first: it tests the way of working, in even light and with few people.",
    here="The steps are wide, the light is even, and officers can speak to everybody who asks.",
    lacks="people who come up and ask",
    around="Visitors of the market pass. The passage under the hall has no camera.",
)  # fmt: skip
SANDS = Place(
    "Promenade, Long Sands", 52.2388, 0.6653, ("Bandstand", "Slipway"),
    tests="People wear sunglasses and hats here, so it tests how much of a face has to be seen.",
    here="On a bright day half of the people on the promenade wear both.",
    lacks="bright sun, and what people wear in it",
    around="Visitors and families pass. The beach itself is outside the area, and no camera sees it.",
)  # fmt: skip
STADIUM = Place(
    "Saltmarsh stadium, north stand", 52.2150, 0.5961, ("Turnstiles north",),
    tests="Eleven thousand people pass eight turnstiles within an hour: it tests the largest crowd there is.",
    here="No other place of the force has so many faces in so little time.",
    lacks="thousands of people in one hour",
    around="Supporters pass. They can enter by the north stand only.",
)  # fmt: skip
FAIR = Place(
    "Fairground, Long Sands", 52.2402, 0.6688, ("Fairground gate", "Beach road"),
    tests="Coloured lights flash across faces here, so it tests light that changes many times a second.",
    here="Nothing else in the force's area is lit like a fair.",
    lacks="flashing, coloured light",
    around="Families pass. The gate on the sea side has no camera.",
)  # fmt: skip
HALT = Place(
    "Railway halt, Reedham Cross", 52.2079, 0.5744, ("Platform 1",),
    tests="One narrow platform holds everybody, so it tests faces that wait in the picture for minutes.",
    here="People wait here for up to a quarter of an hour in front of one camera.",
    lacks="people who stand still for minutes",
    around="Commuters wait here. The far end of the platform is outside the area and marked on the ground.",
)  # fmt: skip
SQUARE = Place(
    "Harbour Square, Eastmere", 52.2226, 0.6142, ("Net lofts", "Custom house"),
    tests="Wind shakes the masts that carry the cameras here, so it tests a picture that trembles.",
    here="It is the windiest square of the town, and work goes on in it all day.",
    lacks="wind on the masts",
    around="Dockers and visitors pass. The quay leads around the square without a camera.",
)  # fmt: skip
MILL = Place(
    "Old Mill shopping centre, Reedham Cross", 52.2093, 0.5782, ("Mill entrance", "Canal side"),
    tests="It tests a doorway: people step from daylight into the dark, and the camera has to follow.",
    here="The mill's entrance is deep, and its light falls to a tenth within three steps.",
    lacks="a deep doorway",
    around="Shoppers pass, and rowers on the canal side. The entrance by the car park has no camera.",
)  # fmt: skip
LIBRARY = Place(
    "Library gardens, Eastmere", 52.2235, 0.6069, ("Garden gate",),
    tests="Leaves move in front of the camera here, so it tests a picture in which everything moves.",
    here="The gate is overgrown, and nobody wants to cut the roses for a camera.",
    lacks="leaves in the wind",
    around="Readers and gardeners pass. The library's main door has no camera.",
)  # fmt: skip
PIER = Place(
    "Pier approach, Long Sands", 52.2395, 0.6671, ("Pier approach",),
    tests="In the afternoon the sun stands behind the sea, so it tests faces in front of a bright horizon.",
    here="On the pier approach everybody comes from the sea side, with the horizon behind.",
    lacks="a bright horizon",
    around="Visitors and anglers pass. The steps from the beach lead onto the pier without a camera.",
)  # fmt: skip
TANNERY = Place(
    "Tannery Yard, Eastmere", 52.2230, 0.6101, ("Tannery north", "Tannery south"),
    tests="High walls keep the sun out of the yard, so it tests even, weak light in the middle of the day.",
    here="The yard never has direct sun, which tells weak light from night.",
    lacks="shade without darkness",
    around="Staff of the workshops pass. Glover's Row leads around the yard without a camera.",
)  # fmt: skip
