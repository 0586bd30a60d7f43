"""What a planner is told when submitting: everything that is missing, at once."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.core.errors import RuleViolated
from apps.deployments.data import CameraRef, Place
from apps.deployments.rules.policies import can_submit, check_submittable
from tests.support.plans import CAMERAS, FORCE, PLANNED, SQUARE, START, make_authority

IN_TIME = START - timedelta(days=8)
REGISTERED = {camera.id: camera.name for camera in CAMERAS}


def submit(authority=None, **changes):
    asked = {
        "force": FORCE,
        "cameras": REGISTERED,
        "grade": "rehearsal",
        "notice_verified_at": None,
        "now": IN_TIME,
    }
    check_submittable(authority or make_authority(), **(asked | changes))


def reasons(authority=None, **changes) -> tuple[str, ...]:
    with pytest.raises(RuleViolated) as refusal:
        submit(authority, **changes)
    return refusal.value.reasons


def test_a_complete_plan_passes():
    submit()


def test_an_empty_form_hears_everything_at_once():
    empty = make_authority(
        place_name=" ",
        polygon=(),
        window_end=START,
        use_case="",
        necessity="",
        proportionality="  \n ",
        less_intrusive_means="",
        collateral_intrusion="",
        policing_purpose="",
        legal_bases=(),
        categories=(),
        max_subjects=0,
        cameras=(),
        pack_id="",
        threshold=0,
        rehearsal=False,
        **{name: type(value)() for name, value in PLANNED.items()},
    )
    found = reasons(empty, grade=None, now=START + timedelta(days=1))
    for expected in (
        "Name the place",
        "Draw the area",
        "must end after it starts",
        "use case",
        "necessity",
        "proportionality",
        "less intrusive means",
        "collateral intrusion",
        "policing purpose",
        "legal bases",
        "at least one category",
        "maximum list size",
        "at least one camera",
        "threshold",
        "not installed",
        "in the future",
        "7 days' notice",
        "Name the operation",
        "reason for this place",
        "what is near",
        "criteria of the list",
        "sources of the pictures",
        "children and vulnerable people",
        "approach",
        "signage plan",
        "engagement plan",
        "resourcing plan",
        "expected to pass",
    ):
        assert [reason for reason in found if expected in reason], expected
    assert len(found) == 28


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"polygon": ((50, 0), (52, 2), (52, 0), (50, 2))},
            "crosses itself where the side from corner 1 to corner 2 meets",
        ),
        ({"polygon": tuple((lon, lat) for lat, lon in SQUARE)}, "not in the United Kingdom"),
        ({"polygon": ((91, 0), (0, 1), (1, 1))}, "latitude"),
        ({"polygon": tuple((50 + i / 1000, (i % 2) / 1000) for i in range(101))}, "at most 100 points"),
        ({"window_end": START + timedelta(hours=24, seconds=1)}, "at most 24 hours"),
        ({"necessity": "x" + " " * 40 + "y"}, "necessity"),
        ({"use_case": "other"}, "use case"),
        ({"legal_bases": (" ",)}, "legal bases"),
        ({"categories": ("blue_list", "witness")}, "does not list witness"),
        ({"categories": ("blue_list", "other")}, "does not list other"),
        ({"max_subjects": 1001}, "between 1 and 1,000"),
        ({"cameras": (CameraRef(uuid4(), "Nobody's"),)}, "Nobody's is not registered"),
        ({"cameras": (CameraRef(CAMERAS[0].id, "Camera B"),)}, "Camera B is not registered"),
        ({"cameras": (*CAMERAS, CameraRef(CAMERAS[0].id, "Twice"))}, "named twice"),
        ({"threshold": 0.0}, "threshold"),
        ({"threshold": -0.2}, "threshold"),
        ({"threshold": 1.01}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"rehearsal": False}, "rehearsals with the Blue List only"),
        ({"categories": ("blue_list", "court_order")}, "Blue List only"),
        ({"alternatives": (Place(" ", SQUARE),)}, "Name the alternative place 1"),
        ({"alternatives": (Place("Green", SQUARE[:2]),)}, "The area of Green"),
        ({"nearby": ("volcano",)}, "volcano"),
        ({"nearby_measures": "none"}, "what is near"),
        ({"starts_by": START - timedelta(hours=1)}, "outside the window"),
        (
            {"cameras": (CameraRef(CAMERAS[0].id, "Camera A", ((0, 0), (2, 0), (0, 1))),)},
            "The zone of Camera A",
        ),
        ({"cameras": (CameraRef(CAMERAS[0].id, "Camera A", (), 0.4),)}, "at most 25% of the picture's width"),
        ({"sources": ()}, "sources"),
        ({"footfall": 0}, "expected to pass"),
        ({"approaches": ("High Street", "High Street")}, "named twice"),
        ({"urgent_reason": "We are late."}, "no ground is chosen"),
        ({"urgent_grounds": "late", "urgent_reason": "x" * 20}, "one of the grounds"),
        ({"urgent_grounds": "imminent_threat", "urgent_reason": "soon"}, "why it is urgent"),
    ],
)
def test_each_mistake_is_named(changes, words):
    assert [reason for reason in reasons(make_authority(**changes)) if words in reason]


def test_a_rehearsal_that_lists_nobody_yet_is_told_one_thing_about_it():
    said = [reason for reason in reasons(make_authority(categories=())) if "categor" in reason]
    assert said == ["Choose at least one category of the watchlist."]


def test_an_operational_plan_for_a_rehearsal_model_is_told_both_ways_out():
    (said,) = reasons(make_authority(rehearsal=False))
    assert "Make it a rehearsal, or choose a recognition model with enough evidence" in said


def test_a_window_of_24_hours_over_midnight_is_one_deployment():
    submit(make_authority(window_end=START + timedelta(hours=24)))


def test_an_operational_pack_may_run_both():
    submit(make_authority(rehearsal=False, categories=("court_order",)), grade="operational")
    submit(grade="operational")


def test_an_unknown_grade_supports_no_more_than_a_rehearsal():
    operational = make_authority(rehearsal=False, categories=("court_order",))
    assert reasons(operational, grade="experimental")


def test_a_plan_too_late_for_its_notice_is_refused_unless_the_notice_stands():
    late = START - timedelta(days=6)
    assert "7 days' notice" in reasons(now=late)[0]
    submit(now=late, notice_verified_at=START - timedelta(days=7))


def test_a_force_may_ask_for_a_longer_notice():
    assert "14 days' notice" in reasons(force=replace(FORCE, notice_minimum_days=14))[0]


def test_the_button_and_the_rule_agree():
    asked = {"force": FORCE, "cameras": REGISTERED, "grade": "rehearsal", "notice_verified_at": None}
    assert can_submit(make_authority(), now=IN_TIME, **asked)
    assert not can_submit(make_authority(polygon=SQUARE[:2]), now=IN_TIME, **asked)
