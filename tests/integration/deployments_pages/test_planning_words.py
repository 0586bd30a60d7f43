"""What the planning pages say about a change, a place's cameras and a test that is called a test."""

import re
from datetime import timedelta

import pytest

from apps.deployments import api as deployments
from apps.deployments.data import CameraRef
from apps.deployments.data import DeploymentState as S
from tests.support.days import END, PLANNED
from tests.support.plan_pages import REASON, opened, see, send, step_path

PUBLIC = "The public notice shows it."
SILENT = "The public notice does not change: it shows nothing of this."


def narrowing(day, name):
    authority = day.get().authority
    step, changes = {
        "cameras": ("cameras", {"cameras": [str(authority.cameras[0].id)]}),
        "list": ("list", {"max_subjects": "5"}),
        "threshold": ("model", {"threshold": "0.6"}),
        "time": ("when", {"end_time": (END - timedelta(hours=1)).strftime("%H:%M")}),
    }[name]
    return step_path(day, step), opened(day, step, reason=REASON, **changes)


@pytest.mark.parametrize(
    ("name", "said"), [("cameras", SILENT), ("list", SILENT), ("threshold", SILENT), ("time", PUBLIC)]
)
def test_the_preview_promises_what_the_notice_then_shows(day, cast, name, said):
    published = day.to(S.NOTICE_PUBLISHED)
    notice = f"/notices/{day.force.slug}/{published.reference.lower()}/"
    before = see(cast["planner"], notice)[1].split("<main")[1]
    path, fields = narrowing(day, name)
    status, preview = send(cast["planner"], path, fields)
    assert status == 200
    assert said in preview
    assert ({PUBLIC, SILENT} - {said}).pop() not in preview
    assert send(cast["planner"], path, fields | {"confirmed": "1"})[0] == 302
    after = see(cast["planner"], notice)[1].split("<main")[1]
    assert (after != before) is (said is PUBLIC)


def test_cameras_that_the_place_has_come_first(day, cast):
    day.plan()  # registers the two that a plan has here
    other = [
        day.call(deployments.register_camera, name=name, actor=day.engineer, now=PLANNED)
        for name in ("Abbey", "Zoo")
    ]
    here = CameraRef(other[1].id, other[1].name)
    day.draft(cameras=(here,), place_name="Station Road")
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    page = see(cast["planner"], step_path(day, "cameras"))[1]
    assert offered(page) == ["Zoo (used here before)", "Abbey", "North side", "South side"]
    day.draft(place_name="Elsewhere")
    assert offered(see(cast["planner"], step_path(day, "cameras"))[1]) == [
        "Abbey",
        "North side",
        "South side",
        "Zoo",
    ]


def offered(page):
    return re.findall(r'name="cameras"[^>]*>\s*<span>([^<]*)</span>', page)


def test_a_rehearsal_says_nothing_about_crime_at_its_place(day, cast):
    day.draft()
    for page in ("", "authority/"):
        text = see(cast["planner"], f"/deployments/{day.deployment_id}/{page}")[1]
        assert "Test of the system as for a crime hotspot; it says nothing about this place" in text
        assert "serious crime happens more often" not in text
    day.draft(rehearsal=False)
    text = see(cast["planner"], f"/deployments/{day.deployment_id}/")[1]
    assert "serious crime happens more often" in text
