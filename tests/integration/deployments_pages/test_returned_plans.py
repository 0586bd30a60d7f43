"""A plan that came back, and a plan that no installed model may run: what their pages say and ask."""

import re

import pytest

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.planning.plans import plan_version
from tests.support.plan_pages import LATER, address, see, send, step_path

WHY = "Say which other means were tried, and for how long."
ANSWER = "Patrols are the only other means, and they are described in full."
NO_MODEL = (
    "Waiting for a recognition model with enough evidence for operations. It could be made a rehearsal."
)


@pytest.fixture
def returned(day, cast):
    day.to(S.SUBMITTED)
    day.step(deployments.return_, day.officer, LATER, reasons=WHY)
    return day


def page_of(day):
    return f"/deployments/{day.deployment_id}/"


def main_button(page):
    return re.findall(r'class="button"[^>]*>([^<]*)<', page.split("<main")[1].split("</main>")[0])


def declared(day, **fields):
    return {"version": plan_version(day.get()), "declared": "on"} | fields


class TestReturned:
    @pytest.mark.parametrize("page", ["", "plan/", "plan/place/", "submit/"])
    def test_the_reasons_stand_before_everything_else(self, page, returned, cast):
        text = see(cast["planner"], page_of(returned) + page)[1].split("<main")[1]
        assert WHY in text
        for later in ("What you do next", "What happens next", "<form", "History", "The plan as it stands"):
            assert later not in text or text.index(WHY) < text.index(later)

    def test_the_change_stands_out_and_not_the_submission(self, returned, cast):
        assert main_button(see(cast["planner"], page_of(returned))[1]) == ["Change the plan"]
        assert main_button(see(cast["planner"], address(returned, "submit"))[1]) == ["Change the plan"]
        returned.step(deployments.amend, returned.planner, LATER, authority=returned.plan(max_subjects=9))
        assert main_button(see(cast["planner"], address(returned, "submit"))[1]) == ["Submit for a decision"]

    def test_unchanged_it_is_submitted_with_an_answer_only(self, returned, cast):
        for answer in ("", "ok"):
            status, page = send(
                cast["planner"], address(returned, "submit"), declared(returned, answer=answer)
            )
            assert status == 422
            assert 'href="#id_answer"' in page
            assert returned.get().state is S.RETURNED
        fields = declared(returned, answer=ANSWER)
        assert send(cast["planner"], address(returned, "submit"), fields)[0] == 302
        assert returned.get().state is S.SUBMITTED
        assert ANSWER in see(cast["officer"], address(returned, "decide"))[1]
        assert "Why it was returned" not in see(cast["planner"], page_of(returned))[1]

    def test_changed_it_needs_none(self, returned, cast):
        returned.step(deployments.amend, returned.planner, LATER, authority=returned.plan(max_subjects=9))
        assert send(cast["planner"], address(returned, "submit"), declared(returned))[0] == 302
        assert returned.get().state is S.SUBMITTED

    def test_what_was_never_returned_is_asked_for_no_answer(self, day, cast):
        day.draft()
        assert 'name="answer"' not in see(cast["planner"], address(day, "submit"))[1]


class TestNoModel:
    def test_it_is_no_work_of_the_planners_and_says_the_way_out(self, day, cast):
        """The only installed model has evidence for rehearsals, and this is none."""
        day.draft(rehearsal=False, categories=("court_order",))
        waits = day.call(deployments.waits_for, deployment=day.get(), now=LATER)
        assert (waits.roles, waits.due, waits.words) == ((), None, NO_MODEL)
        page = see(cast["planner"], address(day, "submit"))[1]
        assert NO_MODEL in page
        assert "Each line leads to where it is put right" not in page
        assert f'href="{step_path(day, "operation")}#id_rehearsal"' in page
        assert 'id="id_rehearsal"' in see(cast["planner"], step_path(day, "operation"))[1]

    def test_a_rehearsal_goes_its_way(self, day, cast):
        day.draft(necessity="")
        waits = day.call(deployments.waits_for, deployment=day.get(), now=LATER)
        assert "finish and submit it" in waits.words

    def test_with_a_model_for_operations_it_is_the_planners_to_choose_it(self, day, monkeypatch):
        from apps.deployments import queries

        day.draft(rehearsal=False, categories=("court_order",))
        monkeypatch.setattr(queries, "pack_grade", lambda pack_id: "operational")
        waits = day.call(deployments.waits_for, deployment=day.get(), now=LATER)
        assert "finish and submit it" in waits.words
