"""The planner's pages, as a planner uses them and as somebody else might try to."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast
from tests.support.days import IMPORTED, START, make_day
from tests.support.plan_pages import (
    LATER,
    REASON,
    address,
    all_of,
    opened,
    plan_choice,
    see,
    send,
    typed,
    verbs,
)


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def cast(day):
    return make_cast(day)


class TestNew:
    def test_a_complete_plan_is_saved_as_it_was_typed(self, day, cast):
        wanted = day.plan()
        status, page = send(cast["planner"], "/deployments/new/", typed(wanted))
        assert status == 302
        (drafted,) = all_of(day)
        assert (drafted.state, drafted.authority) == (S.DRAFT, wanted)
        assert drafted.authority.sha256() == wanted.sha256()
        assert f"Draft saved as {drafted.reference}" in page

    def test_a_draft_needs_no_more_than_its_date_and_times(self, day, cast):
        day.plan()
        fields = {
            "start_date": "2026-12-10",
            "start_time": "10:00",
            "end_time": "16:00",
            "publish": "at_once",
        }
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 302
        (drafted,) = all_of(day)
        assert drafted.state is S.DRAFT
        assert "See what is missing" in page

    def test_a_window_over_midnight(self, day, cast):
        fields = typed(day.plan(), start_time="22:00", end_time="02:00", end_date="2026-12-11")
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (drafted,) = all_of(day)
        window = drafted.authority.window_start, drafted.authority.window_end
        assert window == (datetime(2026, 12, 10, 22, tzinfo=UTC), datetime(2026, 12, 11, 2, tzinfo=UTC))

    def test_an_end_before_the_start_says_what_to_do(self, day, cast):
        fields = typed(day.plan(), start_time="22:00", end_time="02:00", end_date=None)
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        assert "give the day on which it ends" in page
        assert all_of(day) == []

    def test_summer_time_is_london_time(self, day, cast):
        fields = typed(day.plan(), start_date="2027-07-01", start_time="10:00", end_time="16:00")
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (drafted,) = all_of(day)
        assert drafted.authority.window_start == datetime(2027, 7, 1, 9, 0, tzinfo=UTC)

    def test_a_time_that_does_not_exist_is_refused_beside_its_field(self, day, cast):
        fields = typed(day.plan(), start_date="2027-03-28", start_time="01:30", end_time="05:00")
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        assert re.search(r'id="id_start_time-error"[^§]{0,80}01:30 does not exist', page)
        assert all_of(day) == []

    @pytest.mark.parametrize(
        ("fold", "instant"),
        [("0", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)), ("1", datetime(2027, 10, 31, 1, 30, tzinfo=UTC))],
        ids=["first", "second"],
    )
    def test_a_time_that_happens_twice_is_asked_about_and_then_kept(self, day, cast, fold, instant):
        fields = typed(day.plan(), start_date="2027-10-31", start_time="01:30", end_time="05:00")
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        assert "01:30 happens twice on Sunday 31 October 2027" in page
        assert 'name="start_fold"' in page
        assert 'name="end_fold"' not in page
        assert all_of(day) == []
        assert send(cast["planner"], "/deployments/new/", fields | {"start_fold": fold})[0] == 302
        (drafted,) = all_of(day)
        assert drafted.authority.window_start == instant
        day.deployment_id = drafted.id
        page = see(cast["planner"], address(day, "plan"))[1]
        assert re.search(rf'name="start_fold" value="{fold}"[^>]*checked', page)

    def test_nothing_typed_is_lost_when_something_is_wrong(self, day, cast):
        fields = typed(
            day.plan(),
            necessity="Words that took <an hour> to find.",
            polygon="51.80, -0.21\nnorth of the church",
            max_subjects="many",
            threshold="high",
            start_date="next Tuesday",
            start_time="ten",
        )
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        for words in (
            "Words that took <an hour> to find.",
            "51.80, -0.21\nnorth of the church",
            'value="many"',
            'value="high"',
            'value="next Tuesday"',
            'value="ten"',
        ):
            assert words in page
        assert page.count("There is a problem") == 1
        for name in ("polygon", "max_subjects", "threshold", "start_date", "start_time"):
            assert f'href="#id_{name}"' in page
        assert "<title>Error: " in page
        assert all_of(day) == []

    def test_what_somebody_types_is_text_and_no_markup(self, day, cast):
        fields = typed(day.plan(), place_name="<script>alert(1)</script>")
        with time_machine.travel(LATER, tick=False):
            client = cast["planner"].client()
            page = client.post("/deployments/new/", fields, follow=True).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    def test_a_set_time_of_publication_is_kept_and_a_late_one_is_refused(self, day, cast):
        late = typed(day.plan(), publish="later", publish_date="2026-12-04", publish_time="09:00")
        status, page = send(cast["planner"], "/deployments/new/", late)
        assert status == 422
        assert "must be out by Thursday 3 December 2026 at 10am" in page
        assert all_of(day) == []
        assert send(cast["planner"], "/deployments/new/", late | {"publish_date": "2026-12-03"})[0] == 302
        assert all_of(day)[0].publish_at == datetime(2026, 12, 3, 9, tzinfo=UTC)

    def test_a_camera_of_nobody_here_cannot_be_chosen(self, day, cast):
        other = make_day("south")
        foreign = other.plan().cameras[0]
        fields = typed(day.plan(), cameras=[str(foreign.id)])
        status, _page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        assert foreign.name in {
            camera.name for camera in day.plan().cameras
        }  # it is not the name that counts
        assert all_of(day) == []

    def test_a_category_that_the_force_does_not_list_is_not_offered(self, day, cast):
        day.plan()
        page = see(cast["planner"], "/deployments/new/")[1]
        offered = set(re.findall(r'name="categories" value="(\w+)"', page))
        assert offered == {str(category) for category in day.force.categories}

    def test_an_empty_threshold_takes_that_of_the_model(self, day, cast):
        assert send(cast["planner"], "/deployments/new/", typed(day.plan(), threshold=None))[0] == 302
        assert all_of(day)[0].authority.threshold == plan_choice(day).threshold

    def test_a_force_without_cameras_says_who_registers_them(self, day, cast):
        page = see(cast["planner"], "/deployments/new/")[1]
        assert "No camera is registered yet" in page


class TestCopy:
    def test_words_place_and_cameras_are_copied_and_never_time_list_or_approval(self, day, cast):
        earlier = day.to(S.LIST_SEALED)
        status, page = see(cast["planner"], f"/deployments/new/?copy={earlier.id}")
        assert status == 200
        assert earlier.authority.necessity in page
        assert "51.800000, -0.210000" in page
        assert 'name="start_date" value' not in page
        assert "2026-12-10" not in page
        fields = typed(
            earlier.authority, copied_from=str(earlier.id), start_date="2027-01-20", necessity="N" * 30
        )
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (new,) = [found for found in all_of(day) if found.id != earlier.id]
        assert (new.state, new.approved_hash, new.watchlist_id, new.notice_verified_at) == (
            S.DRAFT,
            None,
            None,
            None,
        )
        assert new.authority.cameras == earlier.authority.cameras

    def test_what_is_still_word_for_word_the_same_is_said_on_each_page(self, day, cast):
        earlier = day.draft()
        fields = typed(
            earlier.authority, copied_from=str(earlier.id), start_date="2027-01-20", necessity="N" * 30
        )
        send(cast["planner"], "/deployments/new/", fields)
        (new,) = [found for found in all_of(day) if found.id != earlier.id]
        day.deployment_id = new.id
        for page in ("plan", "submit", "authority"):
            text = see(cast["planner"], address(day, page))[1]
            (said,) = re.findall(r"(?i)word for word (?:the same|as in).*?</(?:p|div)>", text)[:1]
            assert "proportionality" in said
            assert "necessity" not in said
        events = day.call(
            lambda: list(AuditEvent.objects.filter(verb="deployment.drafted", object_id=new.id))
        )
        assert events[0].payload["copied_from"] == str(earlier.id)

    def test_another_forces_plan_cannot_be_copied(self, day, cast):
        other = make_day("south")
        foreign = other.draft()
        assert see(cast["planner"], f"/deployments/new/?copy={foreign.id}")[0] == 404
        fields = typed(day.plan(), copied_from=str(foreign.id))
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 404
        assert all_of(day) == []

    @pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-0000-0000-00000000000"])
    def test_a_broken_address_is_a_new_plan(self, day, cast, asked):
        assert see(cast["planner"], f"/deployments/new/?copy={asked}")[0] == 200


class TestChangeADraft:
    def test_a_draft_is_changed_and_nothing_else(self, day, cast):
        before = day.draft()
        status, page = send(cast["planner"], address(day, "plan"), opened(day, place_name="Church Street"))
        assert status == 302
        after = day.get()
        assert after.authority.place_name == "Church Street"
        assert after.authority.polygon == before.authority.polygon
        assert "is saved" in page

    def test_saving_what_is_there_already_adds_no_version(self, day, cast):
        day.draft()
        assert send(cast["planner"], address(day, "plan"), opened(day))[0] == 302
        assert len(day.call(deployments.revisions, deployment_id=day.deployment_id)) == 1

    def test_white_space_and_seconds_are_no_change(self, day, cast):
        start = START + timedelta(seconds=17)
        day.draft(window_start=start, necessity="Two  lines \n of words that are long enough. ")
        assert send(cast["planner"], address(day, "plan"), opened(day))[0] == 302
        assert day.get().authority.window_start == start
        assert len(day.call(deployments.revisions, deployment_id=day.deployment_id)) == 1

    def test_only_the_time_of_publication_changes(self, day, cast):
        day.draft()
        fields = opened(day, publish="later", publish_date="2026-12-02", publish_time="08:00")
        assert send(cast["planner"], address(day, "plan"), fields)[0] == 302
        assert day.get().publish_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
        assert "deployment.publication_planned" in verbs(day)

    def test_somebody_elses_change_is_not_overwritten_unseen(self, day, cast):
        day.draft()
        mine = opened(day, place_name="My place", necessity="My words, which took a while to find.")
        day.step(deployments.amend, day.planner, LATER, authority=day.plan(place_name="Their place"))
        status, page = send(cast["planner"], address(day, "plan"), mine)
        assert status == 422
        assert "The plan changed after you opened it" in page
        assert day.planner.label in page
        assert "Their place" in page
        assert "My words, which took a while to find." in page
        assert 'value="My place"' in page
        assert day.get().authority.place_name == "Their place"

        again = mine | {"version": re.search(r'name="version" value="([^"]*)"', page)[1]}
        assert send(cast["planner"], address(day, "plan"), again)[0] == 302
        assert day.get().authority.place_name == "My place"

    @pytest.mark.parametrize("version", ["", "0" * 64 + "@", "<b>"], ids=["none", "another", "nonsense"])
    def test_a_form_without_a_true_version_saves_nothing(self, day, cast, version):
        day.draft()
        fields = opened(day, place_name="Unseen") | {"version": version}
        assert send(cast["planner"], address(day, "plan"), fields)[0] == 422
        assert day.get().authority.place_name != "Unseen"

    def test_a_submitted_plan_must_stay_complete(self, day, cast):
        day.to(S.SUBMITTED)
        status, page = send(cast["planner"], address(day, "plan"), opened(day, necessity="Short"))
        assert status == 422
        assert "necessity" in page
        assert day.get().authority.necessity != "Short"


class TestChangeAnApprovedPlan:
    def narrower(self, day):
        return opened(day, cameras=[str(day.get().authority.cameras[0].id)], reason=REASON)

    def wider(self, day):
        return opened(day, max_subjects="20", reason=REASON)

    def test_a_narrowing_is_shown_first_and_then_applies_with_the_approval(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        fields = self.narrower(day)
        status, page = send(cast["planner"], address(day, "plan"), fields)
        assert status == 200
        assert "This change narrows the plan" in page
        assert "ends the approval" not in page
        assert day.get().authority == before.authority
        assert send(cast["planner"], address(day, "plan"), fields | {"confirmed": "1"})[0] == 302
        after = day.get()
        assert len(after.authority.cameras) == 1
        assert (after.state, after.approved_hash) == (S.NOTICE_PUBLISHED, after.authority_hash)

    def test_a_widening_needs_its_consequence_accepted_and_then_ends_the_approval(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        fields = self.wider(day)
        status, page = send(cast["planner"], address(day, "plan"), fields)
        assert status == 200
        assert "This change ends the approval" in page
        status, page = send(cast["planner"], address(day, "plan"), fields | {"confirmed": "1"})
        assert status == 422
        assert "Confirm that you mean it" in page
        assert day.get() == before
        confirmed = fields | {"confirmed": "1", "accept_voiding": "on"}
        assert send(cast["planner"], address(day, "plan"), confirmed)[0] == 302
        after = day.get()
        assert (after.state, after.approved_hash, after.authority.max_subjects) == (S.DRAFT, None, 20)

    def test_a_confirmed_narrowing_that_widens_by_now_changes_nothing(self, day, cast):
        """The page said "narrows"; meanwhile a colleague narrowed further, so that it would widen again."""
        day.to(S.NOTICE_PUBLISHED)
        stale = self.narrower(day) | {"confirmed": "1"}
        now = day.plan(max_subjects=5)
        day.step(deployments.amend, day.planner, LATER, authority=now, reason=REASON)
        status, page = send(cast["planner"], address(day, "plan"), stale)
        assert status == 422
        assert "The plan changed after you opened it" in page
        assert day.get().authority == now
        assert day.get().approved_hash is not None

    def test_what_was_typed_travels_through_the_page_of_consequences(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        fields = self.wider(day) | {"necessity": 'Words with "quotes", <marks>\nand a second line, kept.'}
        page = send(cast["planner"], address(day, "plan"), fields)[1]
        assert '<input type="hidden" name="max_subjects" value="20"' in page
        assert 'Words with "quotes", <marks>\nand a second line, kept.' in page
        assert 'name="back"' in page
        back = send(cast["planner"], address(day, "plan"), fields | {"back": "1"})[1]
        assert 'Words with "quotes", <marks>' in back
        assert REASON in back

    def test_a_reason_is_asked_for_before_anything_is_shown(self, day, cast):
        before = day.to(S.NOTICE_PUBLISHED)
        status, page = send(cast["planner"], address(day, "plan"), self.wider(day) | {"reason": "ok"})
        assert status == 422
        assert "at least 20 characters" in page
        assert 'href="#id_reason"' in page
        assert day.get() == before

    def test_nothing_changed_is_said(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        status, page = send(cast["planner"], address(day, "plan"), opened(day, reason=REASON))
        assert status == 422
        assert "nothing was changed" in page

    def test_the_list_that_is_imported_is_named_among_the_consequences(self, day, cast):
        day.to(S.LIST_SEALED)
        page = send(cast["planner"], address(day, "plan"), self.wider(day), now=IMPORTED)[1]
        assert "the imported list is deleted" in page

    def test_a_live_deployment_can_only_be_narrowed(self, day, cast):
        before = day.to(S.LIVE)
        status, page = send(cast["planner"], address(day, "plan"), self.wider(day), now=START)
        assert status == 422
        assert "only narrowing is possible" in page
        assert day.get() == before
