"""Widening voids an approval, narrowing keeps it: field by field (domain.md §2)."""

from dataclasses import fields, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.core.errors import RuleViolated
from apps.deployments.data import AssessmentRef, Authority, CameraRef, DeploymentState, Place
from apps.deployments.documents.content import LATER_TEXT_FIELDS
from apps.deployments.rules.authority import compare
from apps.deployments.rules.policies import check_amendable
from tests.support.plans import CAMERAS, END, SQUARE, START, make_authority, make_deployment

HOUR = timedelta(hours=1)
STATION = Place("Station Road", tuple((lat + 0.01, lon) for lat, lon in SQUARE))
BRIDGE = Place("Bridge Street", tuple((lat + 0.02, lon) for lat, lon in SQUARE))
ZONE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
INNER = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
ZONED = (CameraRef(CAMERAS[0].id, CAMERAS[0].name, ZONE, 0.02), CAMERAS[1])
OLD = make_authority(
    categories=("blue_list", "court_order"),
    cameras=ZONED,
    alternatives=(STATION, BRIDGE),
    sources=("custody", "passport"),
)
SMALLER = ((51.80, -0.21), (51.80, -0.205), (51.79, -0.205), (51.79, -0.21))
ELSEWHERE = tuple((lat + 1, lon) for lat, lon in SQUARE)
OVERLAPPING = tuple((lat, lon + 0.005) for lat, lon in SQUARE)

NARROWING = [
    ("polygon", {"polygon": SMALLER}),
    ("polygon", {"polygon": SQUARE[::-1]}),
    ("window", {"window_start": START + HOUR}),
    ("window", {"window_end": END - HOUR}),
    ("window", {"window_start": START + HOUR, "window_end": END - HOUR}),
    ("cameras", {"cameras": ZONED[:1]}),
    ("cameras", {"cameras": (replace(ZONED[0], zone=INNER), CAMERAS[1])}),
    ("cameras", {"cameras": (replace(ZONED[0], far_face=0.03), CAMERAS[1])}),
    ("cameras", {"cameras": (ZONED[0], replace(CAMERAS[1], far_face=0.03))}),
    ("cameras", {"cameras": (ZONED[0], CameraRef(CAMERAS[1].id, CAMERAS[1].name, INNER))}),
    ("alternatives", {"alternatives": (BRIDGE,)}),
    ("alternatives", {"alternatives": ()}),
    ("sources", {"sources": ("custody",)}),
    ("starts_by", {"starts_by": START + HOUR}),
    ("categories", {"categories": ("blue_list",)}),
    ("max_subjects", {"max_subjects": 9}),
    ("threshold", {"threshold": 0.43}),
]
MOVING = [
    ("place_name", {"place_name": "Market Square, Otherton"}),
    ("polygon", {"polygon": ELSEWHERE}),
    ("polygon", {"polygon": OVERLAPPING}),
    ("polygon", {"polygon": ()}),
    ("window", {"window_start": START - HOUR}),
    ("window", {"window_end": END + HOUR}),
    ("window", {"window_start": START + 24 * HOUR, "window_end": END + 24 * HOUR}),
    ("window", {"window_start": START + HOUR, "window_end": END + HOUR}),
    ("window", {"window_start": END, "window_end": START}),
    ("alternatives", {"alternatives": (STATION, BRIDGE, Place("High Street", SQUARE))}),
    ("alternatives", {"alternatives": (STATION, Place("Bridge Street", SQUARE))}),
]
WIDENING = [
    ("use_case", {"use_case": "protective_security"}),
    ("necessity", {"necessity": OLD.necessity + " More."}),
    ("proportionality", {"proportionality": ""}),
    ("less_intrusive_means", {"less_intrusive_means": "none"}),
    ("collateral_intrusion", {"collateral_intrusion": "none"}),
    ("policing_purpose", {"policing_purpose": "another"}),
    ("legal_bases", {"legal_bases": ("common law",)}),
    ("categories", {"categories": ("blue_list", "court_order", "suspected")}),
    ("categories", {"categories": ("suspected",)}),
    ("categories", {"categories": ()}),
    ("max_subjects", {"max_subjects": 11}),
    ("max_subjects", {"max_subjects": 0}),
    ("cameras", {"cameras": (*ZONED, CameraRef(uuid4(), "Camera C"))}),
    ("cameras", {"cameras": (CameraRef(CAMERAS[0].id, "Another name"),)}),
    ("cameras", {"cameras": CAMERAS}),
    ("cameras", {"cameras": (replace(ZONED[0], far_face=0.01), CAMERAS[1])}),
    ("cameras", {"cameras": (replace(ZONED[0], far_face=None), CAMERAS[1])}),
    # Nonsense is nothing smaller: a narrowing holds at once, and the engine would stop at it.
    ("cameras", {"cameras": (replace(ZONED[0], far_face=3.0), CAMERAS[1])}),
    ("cameras", {"cameras": (ZONED[0], replace(CAMERAS[1], zone=tuple((2 * x, y) for x, y in INNER)))}),
    ("sources", {"sources": ("custody", "passport", "social media")}),
    ("sources", {"sources": ()}),
    ("starts_by", {"starts_by": END + HOUR}),
    *((name, {name: "another"}) for name in LATER_TEXT_FIELDS),
    ("nearby", {"nearby": ("school",)}),
    ("assessments", {"assessments": (AssessmentRef("dpia", uuid4(), "0" * 64),)}),
    ("approaches", {"approaches": ("High Street",)}),
    ("footfall", {"footfall": 9_000}),
    ("cameras", {"cameras": ()}),
    ("pack_id", {"pack_id": "another"}),
    ("threshold", {"threshold": 0.41}),
    ("threshold", {"threshold": 1.5}),
    ("rehearsal", {"rehearsal": False}),
]


def changed(changes) -> Authority:
    return replace(OLD, **changes)


@pytest.mark.parametrize(("field", "changes"), NARROWING)
def test_it_narrows(field, changes):
    found = compare(OLD, changed(changes))
    assert (found.narrowed, found.widened, found.moved) == ((field,), (), ())


@pytest.mark.parametrize(("field", "changes"), MOVING)
def test_a_new_place_or_time_widens_and_restarts_the_notice_clock(field, changes):
    found = compare(OLD, changed(changes))
    assert (found.narrowed, found.widened, found.moved) == ((), (field,), (field,))


@pytest.mark.parametrize(("field", "changes"), WIDENING)
def test_anything_else_widens_and_leaves_the_clock(field, changes):
    found = compare(OLD, changed(changes))
    assert (found.narrowed, found.widened, found.moved) == ((), (field,), ())


def test_every_field_of_an_authority_has_a_case():
    cases = {name for _, changes in (*NARROWING, *MOVING, *WIDENING) for name in changes}
    # The version is how it is written down, not what it says.
    assert cases == {field.name for field in fields(Authority)} - {"version"}


def test_one_widening_among_narrowings_widens():
    found = compare(OLD, changed({"cameras": ZONED[:1], "threshold": 0.9, "max_subjects": 11}))
    assert found.is_widening
    assert found.narrowed == ("cameras", "threshold")


def test_the_same_content_is_nothing():
    assert compare(OLD, changed({"cameras": ZONED[::-1]})).is_nothing


def refused(state: DeploymentState, changes, **more) -> tuple[str, ...]:
    deployment = make_deployment(authority=OLD, state=state, **more)
    with pytest.raises(RuleViolated) as refusal:
        check_amendable(deployment, compare(OLD, changed(changes)))
    return refusal.value.reasons


@pytest.mark.parametrize("state", [DeploymentState.LIVE, DeploymentState.SUSPENDED])
@pytest.mark.parametrize("changes", [changes for _, changes in (*MOVING, *WIDENING)])
def test_nothing_widens_once_recognition_has_begun(state, changes):
    assert "only narrowing" in refused(state, changes)[0]


def test_the_threshold_is_locked_while_live():
    assert "locked" in refused(DeploymentState.LIVE, {"threshold": 0.5})[0]


@pytest.mark.parametrize("changes", [{"categories": ("blue_list",)}, {"max_subjects": 9}])
def test_the_criteria_cannot_shrink_below_a_list_that_is_imported(changes):
    assert "already imported" in refused(DeploymentState.LIST_SEALED, changes)[0]
    without_list = make_deployment(authority=OLD, state=DeploymentState.NOTICE_PUBLISHED, watchlist_id=None)
    check_amendable(without_list, compare(OLD, changed(changes)))


@pytest.mark.parametrize("changes", [{"cameras": ZONED[:1]}, {"window_end": END - HOUR}])
def test_fewer_cameras_and_a_shorter_window_are_possible_even_live(changes):
    deployment = make_deployment(authority=OLD)
    check_amendable(deployment, compare(OLD, changed(changes)))
