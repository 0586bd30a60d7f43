"""Where the United Kingdom lies."""

# Degrees of latitude, then of longitude, with some sea around: swapped coordinates lie off East Africa.
UNITED_KINGDOM = ((49.0, 61.5), (-9.0, 2.5))


def is_in_the_kingdom(latitude: float, longitude: float) -> bool:
    """Whether a point in degrees lies in that box. False for what is no number."""
    (south, north), (west, east) = UNITED_KINGDOM
    return south <= latitude <= north and west <= longitude <= east
