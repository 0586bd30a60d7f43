"""A base map that is uploaded: what is kept of it, and what is refused with what to do."""

import json
from itertools import pairwise

import pytest

from apps.core.errors import RuleViolated
from apps.forces import base_map_reading
from apps.forces.base_map_reading import LineKind, read_base_map

STREET = [[-0.21, 51.80], [-0.20, 51.79]]
RING = [[-0.3, 51.7], [-0.1, 51.7], [-0.1, 51.9], [-0.3, 51.7]]


def feature(geometry, coordinates, /, **properties):
    return {
        "type": "Feature",
        "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": properties,
    }


def collection(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def test_lines_and_outlines_are_kept_with_their_name_and_kind_and_nothing_else():
    content = collection(
        feature("LineString", STREET, name="High  Street", kind="road", owner="A Person"),
        feature("MultiPolygon", [[RING]], name="Exampleshire"),
        feature("MultiLineString", [STREET, STREET], kind="motorway"),
    )
    street, ring, other, _ = read_base_map(content)
    assert (street.kind, street.name) == (LineKind.ROAD, "High Street")
    assert street.points == ((51.80, -0.21), (51.79, -0.20))
    assert (ring.kind, len(ring.points)) == (LineKind.OUTLINE, 4)
    assert other.kind is LineKind.OTHER
    assert "A Person" not in repr(read_base_map(content))


def test_a_long_line_is_cut_without_a_gap():
    long = [[-0.2 + number / 1000, 51.8] for number in range(250)]
    parts = read_base_map(collection(feature("LineString", long)))
    assert [len(part.points) for part in parts] == [100, 100, 52]
    assert all(before.points[-1] == after.points[0] for before, after in pairwise(parts))


REFUSED = {
    "no json": (b"<kml/>", "no GeoJSON"),
    "deep": (b"[" * 200_000, "no GeoJSON"),
    "not a number": (collection().replace(b"[]", b"[NaN]"), "no GeoJSON"),
    "no collection": (b'{"type": "Feature"}', "no FeatureCollection"),
    "a list": (b"[]", "no FeatureCollection"),
    "empty": (collection(), "nothing on this map"),
    "a point": (collection(feature("Point", [-0.2, 51.8])), "Feature 1 is no line"),
    "another type": (collection(feature("GeometryCollection", [])), "no line"),
    "no geometry": (collection({"type": "Feature", "geometry": None}), "no line"),
    "a list as type": (collection({"geometry": {"type": ["LineString"]}}), "no line"),
    "swapped": (collection(feature("LineString", [[51.8, -0.2], [51.7, -0.2]])), "longitude comes first"),
    "metres": (collection(feature("LineString", [[530000, 180000], [530001, 180000]])), "United Kingdom"),
    "huge": (collection(feature("LineString", [[10**400, 51.8], [0, 51.8]])), "United Kingdom"),
    "words": (collection(feature("LineString", [["a", "b"], STREET[0]])), "longitude, latitude"),
    "a truth": (collection(feature("LineString", [[True, 51.8], STREET[0]])), "longitude, latitude"),
    "one point": (collection(feature("LineString", STREET[:1])), "fewer than two"),
    "no points": (collection(feature("Polygon", [])), "no coordinates"),
    "hidden name": (collection(feature("LineString", STREET, name="High\u202eStreet")), "nobody sees"),
    "another grid": (collection(feature("LineString", STREET), crs={"name": "EPSG:27700"}), "WGS 84"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_map_is_refused_with_what_to_do(content, words):
    with pytest.raises(RuleViolated, match=words):
        read_base_map(content)


def test_it_is_limited_in_bytes_in_lines_and_in_points(monkeypatch):
    content = collection(*[feature("LineString", STREET)] * 3)
    for name, most in (("MOST_BYTES", len(content) - 1), ("MOST_LINES", 2), ("MOST_POINTS", 5)):
        with monkeypatch.context() as limited:
            limited.setattr(base_map_reading, name, most)
            with pytest.raises(RuleViolated, match="large|detailed"):
                read_base_map(content)
    assert len(read_base_map(content)) == 3
