"""A planner begins a plan, from nothing or from an earlier one; what is wrong is said beside its field."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments.data import CameraRef, Place
from apps.deployments.data import DeploymentState as S
from apps.deployments.planning.steps import STEPS
from tests.support.days import START, make_day
from tests.support.plan_pages import (
    LATER,
    address,
    all_of,
    change,
    first,
    plan_choice,
    plan_whole,
    see,
    send,
    step_path,
)
from tests.support.plans import SQUARE, make_authority


def complete(day):
    """A plan with something in every field."""
    one, other = day.plan().cameras
    zoned = CameraRef(one.id, one.name, ((0.1, 0.25), (0.9, 0.25), (0.5, 0.955)), 0.0208)
    return day.plan(
        cameras=(zoned, other),
        alternatives=(Place("Corn Exchange", SQUARE), Place("The Green", SQUARE[1:])),
        nearby=("school", "worship"),
        starts_by=START + timedelta(hours=2),
        urgent_grounds="imminent_threat",
        urgent_reason="A threat that does not wait for a week.",
    )


def compare_names(one, other):
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


class TestNew:
    def test_a_complete_plan_is_saved_as_it_was_typed_step_by_step(self, day, cast):
        wanted = complete(day)
        drafted = plan_whole(cast["planner"], day, wanted)
        assert (drafted.state, drafted.authority) == (S.DRAFT, wanted)
        assert drafted.authority.sha256() == wanted.sha256()
        page = see(cast["planner"], address(day, "plan"))[1]
        # It is complete, but for a rehearsal that says it is urgent.
        assert f"{len(STEPS) - 1} of {len(STEPS)} steps have nothing missing" in page
        assert page.count(">To do<") == 1
        assert "A rehearsal is never urgent" in page.split("/plan/urgent/#id_urgent_grounds_0")[1]
        assert "Would this alert too much?" in page

    def test_a_draft_needs_no_more_than_its_date_and_times(self, day, cast):
        day.plan()
        fields = {"start_date": "2026-12-10", "start_time": "10:00", "end_time": "16:00"}
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 302
        (drafted,) = all_of(day)
        assert drafted.state is S.DRAFT
        for step in STEPS.values():
            assert f"/plan/{step.slug}/" in page
        for lack in ("Name the place.", "Write the signage plan", "Say how many people are expected to pass"):
            assert lack in page

    def test_a_window_over_midnight(self, day, cast):
        fields = first(day.plan(), start_time="22:00", end_time="02:00", end_date="2026-12-11")
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (drafted,) = all_of(day)
        window = drafted.authority.window_start, drafted.authority.window_end
        assert window == (datetime(2026, 12, 10, 22, tzinfo=UTC), datetime(2026, 12, 11, 2, tzinfo=UTC))

    def test_an_end_before_the_start_says_what_to_do(self, day, cast):
        fields = first(day.plan(), start_time="22:00", end_time="02:00", end_date=None)
        status, page = send(cast["planner"], "/deployments/new/", fields)
        assert status == 422
        assert "give the day on which it ends" in page
        assert all_of(day) == []

    def test_summer_time_is_london_time(self, day, cast):
        fields = first(day.plan(), start_date="2027-07-01", start_time="10:00", end_time="16:00")
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (drafted,) = all_of(day)
        assert drafted.authority.window_start == datetime(2027, 7, 1, 9, 0, tzinfo=UTC)

    def test_a_time_that_does_not_exist_is_refused_beside_its_field(self, day, cast):
        fields = first(day.plan(), start_date="2027-03-28", start_time="01:30", end_time="05:00")
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
        fields = first(day.plan(), start_date="2027-10-31", start_time="01:30", end_time="05:00")
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
        page = see(cast["planner"], step_path(day, "when"))[1]
        assert re.search(rf'name="start_fold" value="{fold}"[^>]*checked', page)

    @pytest.mark.parametrize(
        ("step", "name", "text"),
        [
            ("necessity", "necessity", "Words that took <an hour> to find."),
            ("place", "polygon", "51.80, -0.21\nnorth of the church"),
            ("alternatives", "alternatives", "Green\nnorth of the church"),
            ("list", "max_subjects", "many"),
            ("model", "threshold", "high"),
            ("when", "start_date", "next Tuesday"),
            ("footfall", "footfall", "some"),
        ],
    )
    def test_nothing_typed_is_lost_when_something_is_wrong(self, day, cast, step, name, text):
        before = day.draft()
        # Words are never wrong by themselves: somebody else was faster.
        stale = {"version": "0" * 64 + "@"} if name == "necessity" else {}
        status, page = change(cast["planner"], day, step, **{name: text}, **stale)
        assert status == 422
        assert text in page
        assert page.count("There is a problem") == 1
        assert "<title>Error: " in page
        assert stale or f'href="#id_{name}"' in page
        assert day.get() == before

    def test_a_zone_and_a_latest_start_are_checked_beside_their_fields(self, day, cast):
        day.draft()
        zone = f"zone_{day.get().authority.cameras[0].id}"
        for text, words in {"10, 20\n30, 120": "from 0 to 100", "10, 10\n90, 90": "at least three"}.items():
            status, page = change(cast["planner"], day, "zones", **{zone: text})
            assert status == 422
            assert words in page
        status, page = change(cast["planner"], day, "when", starts_by_time="09:00")
        assert status == 422
        assert "lies within the window" in page
        assert change(cast["planner"], day, "zones", **{zone: "10, 10\n90.5, 10\n50, 90"})[0] == 302
        assert day.get().authority.cameras[0].zone == ((0.1, 0.1), (0.905, 0.1), (0.5, 0.9))

    def test_how_wide_a_far_face_is_may_be_said_in_per_cent_or_left_out(self, day, cast):
        day.draft()
        camera = day.get().authority.cameras[0]
        far = f"far_{camera.id}"
        for text in ("0", "-3", "nan", "wide", "40"):
            status, page = change(cast["planner"], day, "zones", **{far: text})
            assert status == 422
        assert "Not pixels." in page  # which the engineer gave
        assert day.get().authority.cameras[0].far_face is None
        assert change(cast["planner"], day, "zones", **{far: "2.08"})[0] == 302
        assert day.get().authority.cameras[0].far_face == 0.0208
        page = see(cast["planner"], address(day, "authority"))[1]
        assert "a face at the far edge is 2.08% of its width" in page
        # Choosing cameras anew keeps it, and an emptied field takes it out.
        assert change(cast["planner"], day, "cameras", cameras=[str(camera.id)])[0] == 302
        assert day.get().authority.cameras[0].far_face == 0.0208
        assert change(cast["planner"], day, "zones", **{far: ""})[0] == 302
        assert day.get().authority.cameras[0].far_face is None

    def test_what_somebody_types_is_text_and_no_markup(self, day, cast):
        fields = first(day.plan(), place_name="<script>alert(1)</script>")
        with time_machine.travel(LATER, tick=False):
            client = cast["planner"].client()
            page = client.post("/deployments/new/", fields, follow=True).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    def test_a_set_time_of_publication_is_kept_and_a_late_one_is_refused(self, day, cast):
        day.draft()
        late = {"publish": "later", "publish_date": "2026-12-04", "publish_time": "09:00"}
        status, page = change(cast["planner"], day, "publication", **late)
        assert status == 422
        assert "must be out by Thursday 3 December 2026 at 10am" in page
        assert day.get().publish_at is None
        in_time = late | {"publish_date": "2026-12-03"}
        assert change(cast["planner"], day, "publication", **in_time)[0] == 302
        assert day.get().publish_at == datetime(2026, 12, 3, 9, tzinfo=UTC)
        # A start that comes nearer may not overtake the notice that is set.
        status, page = change(cast["planner"], day, "when", start_date="2026-12-09")
        assert status == 422
        assert "must be out by Wednesday 2 December 2026 at 10am" in page

    def test_a_camera_of_nobody_here_cannot_be_chosen(self, day, cast):
        before = day.draft()
        foreign = make_day("south").plan().cameras[0]
        status, _page = change(cast["planner"], day, "cameras", cameras=[str(foreign.id)])
        assert status == 422
        # It is not the name that counts.
        assert foreign.name in {camera.name for camera in before.authority.cameras}
        assert day.get() == before

    def test_a_category_that_the_force_does_not_list_is_not_offered(self, day, cast):
        day.draft()
        page = see(cast["planner"], step_path(day, "list"))[1]
        offered = set(re.findall(r'name="categories" value="(\w+)"', page))
        assert offered == {str(category) for category in day.force.categories}

    def test_an_empty_threshold_takes_that_of_the_model(self, day, cast):
        day.draft()
        assert change(cast["planner"], day, "model", threshold=None)[0] == 302
        assert day.get().authority.threshold == plan_choice(day).threshold

    def test_a_force_without_cameras_says_who_registers_them(self, day, cast):
        plan = make_authority(cameras=())
        drafted = day.call(deployments.draft, authority=plan, actor=day.planner, now=LATER)
        day.deployment_id = drafted.id
        page = see(cast["planner"], step_path(day, "cameras"))[1]
        assert "No camera is registered yet" in page

    def test_a_page_that_is_no_step_does_not_exist(self, day, cast):
        day.draft()
        assert see(cast["planner"], step_path(day, "nonsense"))[0] == 404


class TestCopy:
    def test_words_place_and_cameras_are_copied_and_never_time_list_approval_or_urgency(self, day, cast):
        urgent = {"urgent_grounds": "imminent_threat", "urgent_reason": "A threat that does not wait a week."}
        earlier = day.draft(starts_by=START, **urgent)
        status, page = see(cast["planner"], f"/deployments/new/?copy={earlier.id}")
        assert status == 200
        assert f'value="{earlier.authority.place_name}"' in page
        assert "2026-12-10" not in page
        fields = first(earlier.authority, copied_from=str(earlier.id), start_date="2027-01-20")
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 302
        (new,) = [found for found in all_of(day) if found.id != earlier.id]
        assert (new.state, new.approved_hash, new.watchlist_id, new.notice_verified_at) == (
            S.DRAFT,
            None,
            None,
            None,
        )
        same = {"window_start", "window_end", "starts_by", "urgent_grounds", "urgent_reason"}
        assert {name for name in compare_names(earlier.authority, new.authority)} == same
        assert (new.authority.urgent_grounds, new.authority.urgent_reason) == ("", "")
        assert new.authority.starts_by is None

    def test_what_is_still_word_for_word_the_same_is_said_on_each_page(self, day, cast):
        earlier = day.draft()
        fields = first(earlier.authority, copied_from=str(earlier.id), start_date="2027-01-20")
        send(cast["planner"], "/deployments/new/", fields)
        (new,) = [found for found in all_of(day) if found.id != earlier.id]
        day.deployment_id = new.id
        change(cast["planner"], day, "necessity", necessity="N" * 30)
        for page in ("plan", "submit", "authority"):
            text = see(cast["planner"], address(day, page))[1]
            (said,) = re.findall(r"(?i)word for word (?:the same|as in).*?</(?:p|div)>", text)[:1]
            assert "proportionality" in said
            assert "signage plan" in said
            assert "necessity" not in said
        assert f"as in {earlier.reference}" in see(cast["planner"], step_path(day, "proportionality"))[1]
        assert f"as in {earlier.reference}" not in see(cast["planner"], step_path(day, "necessity"))[1]
        events = day.call(
            lambda: list(AuditEvent.objects.filter(verb="deployment.drafted", object_id=new.id))
        )
        assert events[0].payload["copied_from"] == str(earlier.id)

    def test_another_forces_plan_cannot_be_copied(self, day, cast):
        other = make_day("south")
        foreign = other.draft()
        assert see(cast["planner"], f"/deployments/new/?copy={foreign.id}")[0] == 404
        fields = first(day.plan(), copied_from=str(foreign.id))
        assert send(cast["planner"], "/deployments/new/", fields)[0] == 404
        assert all_of(day) == []

    @pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-0000-0000-00000000000"])
    def test_a_broken_address_is_a_new_plan(self, day, cast, asked):
        assert see(cast["planner"], f"/deployments/new/?copy={asked}")[0] == 200
