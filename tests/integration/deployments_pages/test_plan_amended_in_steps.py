"""A planner changes a plan step by step: a draft as they like, an approved plan after its consequences."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.planning.steps import STEPS
from tests.support.days import IMPORTED, START
from tests.support.plan_pages import LATER, REASON, change, opened, send, step_path, verbs


class TestChangeADraft:
    def test_a_draft_is_changed_and_nothing_else(self, day, cast):
        before = day.draft()
        status, page = change(cast["planner"], day, "place", place_name="Church Street")
        assert status == 302
        after = day.get()
        assert after.authority.place_name == "Church Street"
        assert after.authority.polygon == before.authority.polygon
        assert "Place: saved." in page

    def test_saving_what_is_there_already_adds_no_version(self, day, cast):
        day.draft()
        for step in STEPS:
            assert change(cast["planner"], day, step)[0] == 302
        assert len(day.call(deployments.revisions, deployment_id=day.deployment_id)) == 1

    def test_white_space_and_seconds_are_no_change(self, day, cast):
        start = START + timedelta(seconds=17)
        day.draft(window_start=start, necessity="Two  lines \n of words that are long enough. ")
        for step in ("when", "necessity"):
            assert change(cast["planner"], day, step)[0] == 302
        assert day.get().authority.window_start == start
        assert len(day.call(deployments.revisions, deployment_id=day.deployment_id)) == 1

    def test_only_the_time_of_publication_changes(self, day, cast):
        day.draft()
        fields = {"publish": "later", "publish_date": "2026-12-02", "publish_time": "08:00"}
        assert change(cast["planner"], day, "publication", **fields)[0] == 302
        assert day.get().publish_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
        assert "deployment.publication_planned" in verbs(day)

    def test_somebody_elses_change_is_not_overwritten_unseen(self, day, cast):
        day.draft()
        mine = opened(day, "place", place_name="My place", place_reason="My words, which took a while.")
        theirs = day.plan(place_name="Their place", necessity="Their words, on another page.")
        day.step(deployments.amend, day.planner, LATER, authority=theirs)
        status, page = send(cast["planner"], step_path(day, "place"), mine)
        assert status == 422
        assert "The plan changed after you opened it" in page
        assert day.planner.label in page
        assert "Their place" in page
        assert "My words, which took a while." in page
        assert 'value="My place"' in page
        assert day.get().authority.place_name == "Their place"

        again = mine | {"version": re.search(r'name="version" value="([^"]*)"', page)[1]}
        assert send(cast["planner"], step_path(day, "place"), again)[0] == 302
        assert day.get().authority.place_name == "My place"
        assert day.get().authority.necessity == "Their words, on another page."

    def test_two_people_on_two_pages_of_a_draft_are_not_in_each_others_way(self, day, cast):
        day.draft()
        mine = opened(day, "necessity", necessity="My words about why, which took a while to write.")
        zone = f"zone_{day.get().authority.cameras[0].id}"
        drawn = opened(day, "zones", **{zone: "10, 10\n50, 10\n50, 50"})
        assert change(cast["planner"], day, "place", place_name="Their place")[0] == 302
        assert send(cast["planner"], step_path(day, "necessity"), mine)[0] == 302
        after = day.get().authority
        assert (after.place_name, after.necessity[:8]) == ("Their place", "My words")
        # A camera that was taken away meanwhile takes its zone along: that is looked at again.
        left = [str(camera.id) for camera in after.cameras[1:]]
        assert change(cast["planner"], day, "cameras", cameras=left)[0] == 302
        assert send(cast["planner"], step_path(day, "zones"), drawn)[0] == 422
        assert [str(camera.id) for camera in day.get().authority.cameras] == left

    @pytest.mark.parametrize("version", ["", "0" * 64 + "@", "<b>"], ids=["none", "another", "nonsense"])
    def test_a_form_without_a_true_version_saves_nothing(self, day, cast, version):
        day.draft()
        assert change(cast["planner"], day, "place", place_name="Unseen", version=version)[0] == 422
        assert day.get().authority.place_name != "Unseen"

    def test_a_submitted_plan_must_stay_complete(self, day, cast):
        day.to(S.SUBMITTED)
        status, page = change(cast["planner"], day, "necessity", necessity="Short")
        assert status == 422
        assert "necessity" in page
        assert day.get().authority.necessity != "Short"


class TestChangeAnApprovedPlan:
    def narrower(self, day):
        return opened(day, "cameras", cameras=[str(day.get().authority.cameras[0].id)], reason=REASON)

    def wider(self, day):
        return opened(day, "list", max_subjects="20", reason=REASON)

    def test_a_narrowing_is_shown_first_and_then_applies_with_the_approval(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        fields = self.narrower(day)
        status, page = send(cast["planner"], step_path(day, "cameras"), fields)
        assert status == 200
        assert "This change narrows the plan" in page
        assert "ends the approval" not in page
        assert day.get().authority == before.authority
        assert send(cast["planner"], step_path(day, "cameras"), fields | {"confirmed": "1"})[0] == 302
        after = day.get()
        assert len(after.authority.cameras) == 1
        assert (after.state, after.approved_hash) == (S.NOTICE_PUBLISHED, after.authority_hash)

    def test_a_widening_needs_its_consequence_accepted_and_then_ends_the_approval(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        fields = self.wider(day)
        status, page = send(cast["planner"], step_path(day, "list"), fields)
        assert status == 200
        assert "This change ends the approval" in page
        status, page = send(cast["planner"], step_path(day, "list"), fields | {"confirmed": "1"})
        assert status == 422
        assert "Confirm that you mean it" in page
        assert day.get() == before
        confirmed = fields | {"confirmed": "1", "accept_voiding": "on"}
        assert send(cast["planner"], step_path(day, "list"), confirmed)[0] == 302
        after = day.get()
        assert (after.state, after.approved_hash, after.authority.max_subjects) == (S.DRAFT, None, 20)

    def test_a_confirmed_narrowing_that_widens_by_now_changes_nothing(self, day, cast):
        """The page said "narrows"; meanwhile a colleague narrowed further, so that it would widen again."""
        day.to(S.NOTICE_PUBLISHED)
        stale = self.narrower(day) | {"confirmed": "1"}
        now = day.plan(max_subjects=5)
        day.step(deployments.amend, day.planner, LATER, authority=now, reason=REASON)
        status, page = send(cast["planner"], step_path(day, "cameras"), stale)
        assert status == 422
        assert "The plan changed after you opened it" in page
        assert day.get().authority == now
        assert day.get().approved_hash is not None

    def test_what_was_typed_travels_through_the_page_of_consequences(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        fields = self.wider(day) | {"criteria": 'Words with "quotes", <marks>\nand a second line, kept.'}
        page = send(cast["planner"], step_path(day, "list"), fields)[1]
        assert '<input type="hidden" name="max_subjects" value="20"' in page
        assert 'Words with "quotes", <marks>\nand a second line, kept.' in page
        assert 'name="back"' in page
        back = send(cast["planner"], step_path(day, "list"), fields | {"back": "1"})[1]
        assert 'Words with "quotes", <marks>' in back
        assert REASON in back

    def test_a_reason_is_asked_for_before_anything_is_shown(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        status, page = send(cast["planner"], step_path(day, "list"), self.wider(day) | {"reason": "ok"})
        assert status == 422
        assert "at least 20 characters" in page
        assert 'href="#id_reason"' in page
        assert day.get() == before

    def test_nothing_changed_is_said(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        status, page = change(cast["planner"], day, "list", reason=REASON)
        assert status == 422
        assert "nothing was changed" in page

    def test_the_list_that_is_imported_is_named_among_the_consequences(self, day, cast):
        day.to(S.LIST_SEALED)
        page = send(cast["planner"], step_path(day, "list"), self.wider(day), now=IMPORTED)[1]
        assert "the imported list is deleted" in page

    def test_a_live_deployment_can_only_be_narrowed(self, day, cast):
        before = day.to(S.LIVE)
        status, page = send(cast["planner"], step_path(day, "list"), self.wider(day), now=START)
        assert status == 422
        assert "only narrowing is possible" in page
        assert day.get() == before
