"""A base map of a few roads, as an administrator uploads it."""

import json


def base_map(*roads, geometry="LineString"):
    """Each road is a list of [longitude, latitude]."""
    return named_map(*(("High Street", points) for points in roads), geometry=geometry)


def named_map(*lines, geometry="LineString"):
    """Each line is a name and its points."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "kind": "road"},
            "geometry": {"type": geometry, "coordinates": points},
        }
        for name, points in lines
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
