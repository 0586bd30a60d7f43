"""What a step of a plan says at once: an outline that crosses itself, a rehearsal that is urgent, a plan that
an officer has on the desk, an assessment that is not in force, and where each lack is put right."""

import re
from datetime import timedelta

from apps.deployments import api as deployments
from apps.deployments.data import CameraRef
from tests.support.days import START, make_day
from tests.support.plan_pages import LATER, address, change, opened, see, send, step_path
from tests.support.plans import SQUARE

CROSSED = "\n".join(f"{SQUARE[at][0]}, {SQUARE[at][1]}" for at in (0, 2, 1, 3))
SAID = "crosses itself where the side from corner 1 to corner 2 meets the side from corner 3 to corner 4"


def test_a_crossing_outline_is_kept_and_named_when_it_is_saved_and_on_its_page(day, cast):
    day.draft()
    status, page = change(cast["planner"], day, "place", polygon=CROSSED)
    assert status == 302
    assert SAID in page
    assert SAID in see(cast["planner"], step_path(day, "place"))[1]
    assert len(day.get().authority.polygon) == 4
    places = f"The park\n{CROSSED}"
    status, page = change(cast["planner"], day, "alternatives", alternatives=places)
    assert status == 302
    assert f"The area of The park is not one outline: it {SAID}" in page


def test_the_map_begins_at_a_place_of_the_force_and_shows_areas_of_its_other_plans_only(day, cast):
    make_day("south").draft(place_name="Foreign Square")
    day.draft(place_name="Old Square")
    day.draft(polygon=())
    page = see(cast["planner"], step_path(day, "place"))[1]
    known = page.split('id="plan-map-known"')[1].split("</script>")[0]
    assert '"begin": [[51.77, -0.23' in known
    assert "Old Square" in known
    assert "Foreign Square" not in known
    assert 'role="application"' in page
    assert "Enter adds a corner" in page


def test_a_rehearsal_hears_at_once_that_it_is_never_urgent(day, cast):
    day.draft(rehearsal=True)
    page = see(cast["planner"], step_path(day, "urgent"))[1]
    assert "a rehearsal is never urgent" in page
    assert "No model of this platform has evidence enough for operations" in page
    fields = {"urgent_grounds": "imminent_threat", "urgent_reason": "A threat that does not wait a week."}
    status, page = change(cast["planner"], day, "urgent", **fields)
    assert status == 302
    assert "it cannot be submitted so: A rehearsal is never urgent" in page
    day.draft(rehearsal=False)
    assert "never urgent" not in see(cast["planner"], step_path(day, "urgent"))[1]


def test_an_error_of_a_zone_names_its_camera(day, cast):
    camera = day.draft().authority.cameras[0]
    status, page = change(cast["planner"], day, "zones", **{f"zone_{camera.id}": "10, 10\nthe door"})
    assert status == 422
    assert f"Zone of {camera.name}: line 2:" in page
    assert f'href="#id_zone_{camera.id}"' in page


def test_a_zone_that_is_none_leads_to_that_camera(day, cast):
    one, other = day.plan().cameras
    day.draft(cameras=(one, CameraRef(other.id, other.name, ((0.1, 0.1), (0.9, 0.9)))))
    page = see(cast["planner"], address(day, "submit"))[1]
    assert f'/plan/zones/#id_zone_{other.id}"' in page
    assert f"id_zone_{one.id}" not in page


def test_a_submitted_plan_says_so_on_its_steps_and_what_it_lacks_leads_elsewhere(day, cast):
    day.draft()
    assert "was submitted and waits" not in see(cast["planner"], step_path(day, "necessity"))[1]
    day.step(deployments.submit, day.planner, LATER)
    assert "was submitted and waits" in see(cast["planner"], step_path(day, "necessity"))[1]
    before = day.get().authority
    status, page = change(cast["planner"], day, "operation", operation="")
    assert status == 422
    assert 'href="#id_operation">Name the operation.' in page
    status, page = change(cast["planner"], day, "when", start_date="2041-03-05")
    assert status == 422
    assert "Not saved: something is missing on another page" in page
    assert f'/deployments/{day.deployment_id}/plan/assessments/#kind-dpia"' in page
    assert day.get().authority == before


def test_assessments_that_are_not_in_force_then_stand_apart_and_a_missing_kind_leads_to_it(day, cast):
    end = START + timedelta(days=5900)
    day.draft(window_start=end, window_end=end + timedelta(hours=6))
    page = see(cast["planner"], step_path(day, "assessments"))[1]
    kind = page.split('id="kind-dpia"')[1].split("</fieldset>")[0]
    assert "None is in force on every day of" in kind
    assert "Not in force then" in kind
    assert '/assessments/new/?kind=dpia"' in kind
    form = see(cast["planner"], "/assessments/new/?kind=dpia")[1]
    assert re.search(r'value="dpia"[^>]*checked', form)
    day.draft(assessments=())
    assert "Not in force then" not in see(cast["planner"], step_path(day, "assessments"))[1]
    page = see(cast["planner"], address(day, "submit"))[1]
    assert "/plan/assessments/#kind-dpia" in page
    # The boxes are those of the form: what is ticked is saved.
    chosen = re.findall(
        r'name="assessments" value="([^"]+)"', see(cast["planner"], step_path(day, "assessments"))[1]
    )
    fields = opened(day, "assessments", assessments=chosen)
    assert send(cast["planner"], step_path(day, "assessments"), fields)[0] == 302
    assert {str(each.id) for each in day.get().authority.assessments} == set(chosen)


def test_numbers_have_separators_and_a_widening_is_called_so(day, cast):
    day.draft(max_subjects=0)
    limit = f"between 1 and {day.force.max_watchlist_size:,}."
    assert limit in see(cast["planner"], address(day, "submit"))[1]
