"""The hash that is approved: the same for the same content, another for any other."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.deployments.data import AssessmentRef, Authority, CameraRef, Place
from tests.support.plans import CAMERAS, SQUARE, START, make_authority

OTHER = {
    "place_name": "Station Road",
    "polygon": [*SQUARE[:3], (51.790001, -0.21)],
    "window_start": START + timedelta(microseconds=1),
    "window_end": START + timedelta(hours=1),
    "use_case": "protective_security",
    "necessity": "another",
    "proportionality": "another",
    "less_intrusive_means": "another",
    "collateral_intrusion": "another",
    "policing_purpose": "another",
    "legal_bases": ("common law",),
    "categories": ("blue_list", "court_order"),
    "max_subjects": 11,
    "cameras": CAMERAS[:1],
    "pack_id": "another",
    "threshold": 0.4201,
    "rehearsal": False,
    "operation": "another",
    "place_reason": "another",
    "alternatives": (Place("Station Road", SQUARE),),
    "nearby": ("school",),
    "nearby_measures": "another",
    "starts_by": START,
    "criteria": "another",
    "sources": ("custody",),
    "vulnerable": "another",
    "assessments": (AssessmentRef("dpia", UUID(int=1), "0" * 64),),
    "approaches": ("High Street",),
    "signage_plan": "another",
    "engagement_plan": "another",
    "resourcing_plan": "another",
    "footfall": 9_000,
    "urgent_grounds": "imminent_threat",
    "urgent_reason": "another",
    "version": 1,
}


def test_the_table_of_changes_names_every_field():
    assert set(OTHER) == {field.name for field in fields(Authority)}


@pytest.mark.parametrize("name", sorted(OTHER))
def test_changing_any_field_changes_the_hash(name: str):
    assert replace(make_authority(), **{name: OTHER[name]}).sha256() != make_authority().sha256()


@pytest.mark.parametrize(
    "same",
    [
        {"window_start": START.astimezone(ZoneInfo("Europe/London"))},
        {"window_start": START.astimezone(timezone(timedelta(hours=9)))},
        {"cameras": CAMERAS[::-1]},
        {"cameras": list(CAMERAS)},
        {"categories": frozenset({"blue_list"})},
        {"legal_bases": ["DPA 2018 Part 3 s.35", "common law", "common law"]},
        {"polygon": [list(point) for point in SQUARE]},
        {"threshold": 0.1 + 0.32},
        {"threshold": 0.42000000001},
    ],
)
def test_equal_content_has_an_equal_hash(same):
    assert replace(make_authority(), **same).sha256() == make_authority().sha256()


def test_composed_and_decomposed_letters_are_the_same_text():
    assert make_authority(place_name="Caf\u00e9").sha256() == make_authority(place_name="Cafe\u0301").sha256()


def test_minus_zero_is_zero():
    here, there = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)], [(-0.0, 0.0), (0.0, 1.0), (1.0, -0.0000001)]
    assert make_authority(polygon=here).sha256() == make_authority(polygon=there).sha256()


def test_the_canonical_form_holds_no_number_that_could_be_written_in_two_ways():
    def numbers(value):
        if isinstance(value, dict):
            return [n for part in value.values() for n in numbers(part)]
        if isinstance(value, list):
            return [n for part in value for n in numbers(part)]
        return [value] if isinstance(value, float) else []

    assert numbers(make_authority().canonical()) == []
    assert make_authority().canonical()["threshold"] == "0.4200"
    assert make_authority().canonical()["window_start"] == "2026-12-10T10:00:00+00:00"


def test_the_canonical_text_is_sorted_and_the_hash_is_known():
    text = make_authority().canonical_json()
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Changing how an authority is written down voids every approval in force: then raise AUTHORITY_VERSION.
    # The first version is written as it always was.
    first = make_authority(version=1)
    assert first.sha256() == "e51cc1c9f745892346f369754793fc76510c299d3f4c1da4e860996c5bfb86ef"
    assert Authority.from_canonical(first.canonical()).canonical() == first.canonical()


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        make_authority(window_start=datetime(2026, 12, 10, 10))


def test_another_version_of_the_form_is_refused():
    with pytest.raises(ValueError, match="version 3"):
        Authority.from_canonical({**make_authority().canonical(), "version": 3})


ZONES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=3).map(tuple)


@given(
    place=st.text(),
    start=st.datetimes(timezones=st.just(UTC)),
    threshold=st.floats(0.0001, 1),
    points=st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=6),
    cameras=st.lists(
        st.builds(CameraRef, st.builds(uuid4), st.text(max_size=8), ZONES),
        max_size=4,
    ),
    subjects=st.integers(0, 10_000),
)
def test_storing_and_reading_back_keeps_the_hash(place, start, threshold, points, cameras, subjects):
    authority = make_authority(
        place_name=place,
        window_start=start,
        threshold=threshold,
        polygon=points,
        cameras=cameras,
        max_subjects=subjects,
    )
    stored = json.loads(json.dumps(authority.canonical()))
    assert Authority.from_canonical(stored) == authority
    assert Authority.from_canonical(stored).sha256() == authority.sha256()


def test_the_width_of_a_far_face_is_part_of_the_content_only_where_somebody_measured_it():
    """A plan from before there was such a number keeps its hash."""
    without = make_authority()
    assert all(camera.keys() == {"id", "name", "zone"} for camera in without.canonical()["cameras"])
    measured = replace(without, cameras=[replace(CAMERAS[0], far_face=0.020833), *CAMERAS[1:]])
    assert measured.sha256() != without.sha256()
    (read,) = {c.far_face for c in Authority.from_canonical(measured.canonical()).cameras} - {None}
    assert read == 0.0208
    assert Authority.from_canonical(measured.canonical()).sha256() == measured.sha256()
