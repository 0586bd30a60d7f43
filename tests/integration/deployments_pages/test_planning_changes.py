"""Changing, copying, submitting and cancelling a plan in the browser, and who may not."""

import re
from itertools import product

from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.forms.plan import PlanForm
from apps.deployments.planning.plans import plan_choices, plan_version
from tests.support.cast import make_member
from tests.support.days import START, make_day
from tests.support.plan_pages import (
    LATER,
    OTHERS,
    PAGES,
    REASON,
    address,
    all_of,
    change,
    first,
    opened,
    see,
    send,
    step_path,
    typed,
    verbs,
)


class TestSubmit:
    def test_everything_that_is_missing_is_listed_at_once_with_links_to_the_fields(self, day, cast):
        gaps = {"cameras": (), "threshold": 0, "polygon": (), "footfall": 0, "approaches": ()}
        day.draft(place_name="", necessity="", categories=(), **gaps)
        status, page = see(cast["planner"], address(day, "submit"))
        assert status == 200
        for step, target in (
            ("place", "id_place_name"),
            ("place", "id_polygon"),
            ("necessity", "id_necessity"),
            ("list", "id_categories_0"),
            ("cameras", "id_cameras_0"),
            ("model", "id_threshold"),
            ("footfall", "id_footfall"),
            ("signs", "id_approaches"),
        ):
            assert f'href="{step_path(day, step)}#{target}"' in page
            assert f'id="{target}"' in see(cast["planner"], step_path(day, step))[1]
        assert "Submit for a decision" not in page

    def test_a_complete_plan_is_declared_and_submitted(self, day, cast):
        day.draft()
        page = see(cast["planner"], address(day, "submit"))[1]
        assert "Nothing is missing" in page
        version = re.search(r'name="version" value="([^"]*)"', page)[1]
        status, page = send(cast["planner"], address(day, "submit"), {"version": version})
        assert status == 422
        assert "Confirm that you have read the plan" in page
        assert day.get().state is S.DRAFT
        status, page = send(cast["planner"], address(day, "submit"), {"version": version, "declared": "on"})
        assert status == 302
        assert day.get().state is S.SUBMITTED
        assert "Waiting for an authorising officer to decide" in page

    def test_what_is_submitted_is_what_was_read(self, day, cast):
        day.draft()
        version = plan_version(day.get())
        day.step(deployments.amend, day.planner, LATER, authority=day.plan(place_name="Their place"))
        page = send(cast["planner"], address(day, "submit"), {"version": version, "declared": "on"})[1]
        assert day.get().state is S.DRAFT
        assert "The plan changed after you opened this page" in page
        assert "Their place" in page

    def test_what_is_missing_cannot_be_submitted_by_hand(self, day, cast):
        day.draft(necessity="")
        fields = {"version": plan_version(day.get()), "declared": "on"}
        status, _page = send(cast["planner"], address(day, "submit"), fields)
        assert status == 422
        assert day.get().state is S.DRAFT

    def test_twice_changes_nothing_and_says_so(self, day, cast):
        day.to(S.SUBMITTED)
        before = verbs(day)
        fields = {"version": plan_version(day.get()), "declared": "on"}
        status, page = send(cast["planner"], address(day, "submit"), fields)
        assert status == 302
        assert "Nothing was changed by this" in page
        assert verbs(day) == before


class TestCancel:
    def test_it_says_what_follows_and_needs_a_reason(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        page = see(cast["planner"], address(day, "cancel"))[1]
        assert "The public notice stays where it is and says that" in page
        status, page = send(cast["planner"], address(day, "cancel"), {"reason": " "})
        assert status == 422
        assert 'href="#id_reason"' in page
        assert day.get().state is S.NOTICE_PUBLISHED
        status, page = send(cast["planner"], address(day, "cancel"), {"reason": "Event called off"})
        assert status == 422
        assert "Write what was collected, or that nothing was." in page
        report = {"done": "Two signs had been put up.", "collected": "Nothing was collected."}
        fields = {"reason": "Event called off"} | report
        status, page = send(cast["planner"], address(day, "cancel"), fields)
        assert status == 302
        assert day.get().state is S.CANCELLED
        assert "Event called off" in page

    def test_what_runs_is_ended_and_not_cancelled(self, day, cast):
        day.to(S.LIVE)
        status, page = send(
            cast["planner"], address(day, "cancel"), {"reason": "Event called off"}, now=START
        )
        assert status == 302
        assert "Nothing was changed by this" in page
        assert day.get().state is S.LIVE


class TestWalls:
    def test_these_pages_are_the_planners(self, day, cast, subtests):
        before = day.draft()
        fields = {"reason": REASON, "declared": "on", "version": plan_version(before)}
        fields |= opened(day, "place", place_name="Theirs")
        for who, page in product(OTHERS, PAGES):
            with subtests.test(who=who, page=page):
                assert see(cast[who], address(day, page))[0] == 403
                assert send(cast[who], address(day, page), fields)[0] == 403
                assert day.get() == before

    def test_only_planners_plan(self, day, cast, subtests):
        fields = first(day.plan())
        for who in OTHERS:
            with subtests.test(who=who):
                assert see(cast[who], "/deployments/new/")[0] == 403
                assert send(cast[who], "/deployments/new/", fields)[0] == 403
                assert all_of(day) == []

    def test_another_forces_deployment_does_not_exist(self, day, cast, subtests):
        other = make_day("south")
        before = other.draft()
        fields = typed(before.authority, version=plan_version(before), reason=REASON, declared="on")
        for page in PAGES:
            with subtests.test(page=page):
                path = f"/deployments/{other.deployment_id}/{page}/"
                assert see(cast["planner"], path)[0] == 404
                assert send(cast["planner"], path, fields)[0] == 404
                assert other.get() == before

    def test_strangers_are_asked_to_sign_in(self, day, client, subtests):
        day.draft()
        for page in PAGES:
            with subtests.test(page=page):
                answer = client.get(address(day, page))
                assert answer.status_code == 302
                assert answer.headers["Location"].startswith("/sign-in/")

    def test_who_approved_it_cannot_change_it_even_as_a_planner(self, day, cast):
        day.to(S.SUBMITTED)
        both = make_member(day, "both", Role.PLANNER, Role.AUTHORISING_OFFICER)
        day.approve(actor=both.actor)
        before = day.get()
        status, page = see(both, address(day, "plan"))
        assert status == 409
        assert "You have acted as authorising officer on this deployment" in page
        narrower = {"max_subjects": "5", "reason": REASON, "confirmed": "1"}
        assert change(both, day, "list", **narrower)[0] == 409
        assert day.get() == before

    def test_a_form_from_elsewhere_is_refused(self, day, cast):
        day.plan()
        client = cast["planner"].client(enforce_csrf_checks=False)
        client.handler.enforce_csrf_checks = True
        assert client.post("/deployments/new/", first(day.plan())).status_code == 403
        assert all_of(day) == []


def test_the_form_shows_every_part_of_an_authority(day):
    """A field that is added to the authority and not to the form would be lost on the first save."""
    wanted = day.plan()
    with force_context(day.force.id):
        choices = plan_choices(force=day.force, now=LATER)
        form = PlanForm(typed(wanted), choices=choices)
    assert form.is_valid(), form.errors
    assert form.authority() == wanted
