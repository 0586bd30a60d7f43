"""Each reason against a plan leads to the field in which it is put right."""

from datetime import timedelta

import pytest

from apps.core.errors import RuleViolated
from apps.deployments.data import CameraRef, Place
from apps.deployments.forms.confirmations import anchor
from apps.deployments.planning.plans import field_of
from apps.deployments.planning.steps import STEPS, step_of
from apps.deployments.rules.policies import check_submittable
from tests.support.plans import CAMERAS, END, FORCE, PLANNED, SQUARE, START, make_authority

CROSSED = (SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3])
BROKEN = {
    "place_name": ({"place_name": " "}, "place_name"),
    "no area": ({"polygon": ()}, "polygon"),
    "crossed area": ({"polygon": CROSSED}, "polygon"),
    "area off the globe": ({"polygon": ((99, 0), (99, 1), (98, 1))}, "polygon"),
    "area with too many points": (
        {"polygon": tuple((51 + n / 1000, -n / 1000) for n in range(101))},
        "polygon",
    ),
    "ends before it starts": ({"window_end": START}, "start_date"),
    "too long": ({"window_end": START + timedelta(hours=25)}, "start_date"),
    "too soon": (
        {"window_start": START - timedelta(days=8), "window_end": END - timedelta(days=8)},
        "start_date",
    ),
    "past": (
        {"window_start": START - timedelta(days=99), "window_end": END - timedelta(days=99)},
        "start_date",
    ),
    "purpose": ({"policing_purpose": ""}, "policing_purpose"),
    "necessity": ({"necessity": "short"}, "necessity"),
    "proportionality": ({"proportionality": ""}, "proportionality"),
    "means": ({"less_intrusive_means": ""}, "less_intrusive_means"),
    "collateral": ({"collateral_intrusion": ""}, "collateral_intrusion"),
    "use case": ({"use_case": ""}, "use_case"),
    "legal bases": ({"legal_bases": ()}, "legal_bases"),
    "no category": ({"categories": (), "rehearsal": False}, "categories"),
    "another category": ({"categories": ("victim",)}, "categories"),
    "list size": ({"max_subjects": 0}, "max_subjects"),
    "no camera": ({"cameras": ()}, "cameras"),
    "unregistered camera": ({"cameras": (CameraRef(CAMERAS[0].id, "Renamed"),)}, "cameras"),
    "threshold": ({"threshold": 0}, "threshold"),
    "unknown pack": ({"pack_id": "none"}, "pack_id"),
    "operational": ({"rehearsal": False}, "rehearsal"),
    "alternatives": ({"alternatives": (Place("", ()),)}, "alternatives"),
    "latest start": ({"starts_by": END + timedelta(hours=1)}, "starts_by_time"),
    "zone": ({"cameras": (CameraRef(CAMERAS[0].id, CAMERAS[0].name, ((0, 0), (1, 1))),)}, "zones"),
    "far": ({"cameras": (CameraRef(CAMERAS[0].id, CAMERAS[0].name, (), 1.5),)}, "zones"),
    "urgency": ({"urgent_grounds": "late"}, "urgent_grounds"),
    **{name: ({name: type(value)()}, name) for name, value in PLANNED.items()},
}


def reasons(**changes):
    authority = make_authority(**changes)
    try:
        check_submittable(
            authority,
            force=FORCE,
            cameras={camera.id: camera.name for camera in CAMERAS},
            grade="rehearsal" if authority.pack_id == "opencv-zoo" else None,
            notice_verified_at=None,
            now=START - timedelta(days=9),
        )
    except RuleViolated as refused:
        return refused.reasons
    return ()


@pytest.mark.parametrize(("changes", "name"), BROKEN.values(), ids=list(BROKEN))
def test_a_reason_leads_to_its_field(changes, name):
    found = reasons(**changes)
    assert name in {field_of(reason) for reason in found}
    assert all(step_of(field_of(reason)) in STEPS.values() for reason in found), found


def test_a_reason_about_nothing_on_the_form_leads_nowhere():
    assert field_of("It waits for a planner other than you.") == ""


def test_groups_are_jumped_to_by_their_first_box():
    assert (anchor("cameras"), anchor("use_case"), anchor("rehearsal"), anchor("necessity")) == (
        "id_cameras_0",
        "id_use_case_0",
        "id_rehearsal",
        "id_necessity",
    )
