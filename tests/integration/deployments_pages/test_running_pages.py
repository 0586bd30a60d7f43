"""Checklist, run and review, as those on duty use them and as somebody else might try to."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast, make_member
from tests.support.day_pages import NOW, address, check_of, duties, log, press, see, send
from tests.support.days import CHECKED, IMPORTED, make_day

FINDINGS = "The purpose was met; one approach needs a second sign next time."


class TestChecklist:
    def test_an_item_is_recorded_with_who_and_when_and_can_be_recorded_again(self, sealed, cast):
        page = see(sealed, cast["engineer"], "checklist/", CHECKED)[1]
        assert "2 of 8 passed." in page  # what the platform works out
        assert "?item=camera_focus" in page
        assert "?item=model_matches" not in page
        said = "Recording it also notes you as on duty here, as system engineer."
        assert said in see(sealed, cast["engineer"], "checklist/?item=camera_focus", CHECKED)[1]
        status, page = send(
            sealed,
            cast["engineer"],
            "checklist/?item=camera_focus",
            CHECKED,
            result="passed",
            note="Both sharp",
        )
        assert status == 302
        assert "recorded as passed" in page
        assert "3 of 8 passed." in page
        assert "Both sharp" in see(sealed, cast["silver"], "checklist/", CHECKED)[1]
        assert "PC Engineer, Thursday 10 December 2026 at 9am" in page
        assert said not in see(sealed, cast["engineer"], "checklist/?item=zone_marked", CHECKED)[1]
        fields = {"result": "failed", "note": "The north camera slipped"}
        page = send(sealed, cast["silver"], "checklist/?item=camera_focus", CHECKED, **fields)[1]
        assert "2 of 8 passed." in page
        assert "The north camera slipped" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"note": "seen"}, "Say whether it passed or failed."),
            ({"result": "failed", "note": "  "}, "Write what failed"),
            ({"result": "maybe"}, "Select a valid choice"),
        ],
    )
    def test_half_a_result_is_none(self, fields, words, sealed, cast):
        status, page = send(sealed, cast["engineer"], "checklist/?item=camera_focus", CHECKED, **fields)
        assert (status, words in page) == (422, True)
        assert check_of(sealed, CheckKind.CAMERA_FOCUS).recorded_at is None

    def test_who_may_not_record_an_item_sees_who_does_and_cannot(self, sealed, cast):
        page = see(sealed, cast["engineer"], "checklist/", CHECKED)[1]
        assert "?item=staffing" not in page
        assert "Recorded by: silver commander." in page
        sent = send(sealed, cast["engineer"], "checklist/?item=staffing", CHECKED, result="passed")
        assert sent[0] == 403
        assert not check_of(sealed, CheckKind.STAFFING).passed

    @pytest.mark.parametrize("item", ["model_matches", "watchlist_matches", "weather", ""])
    def test_what_is_worked_out_cannot_be_ticked(self, item, sealed, cast):
        assert see(sealed, cast["silver"], f"checklist/?item={item}", CHECKED)[0] == 404
        assert send(sealed, cast["silver"], f"checklist/?item={item}", CHECKED, result="passed")[0] == 404

    def test_a_failure_on_a_live_deployment_is_warned_of_and_stops_it(self, day, cast):
        day.to(S.LIVE)
        page = see(day, cast["engineer"], "checklist/?item=zone_marked")[1]
        assert "it is suspended at once" in page
        sent = {"result": "failed", "note": "Blown over by the wind"}
        status, page = send(day, cast["engineer"], "checklist/?item=zone_marked", **sent)
        assert status == 302
        assert "The deployment is suspended" in page
        assert day.get().state is S.SUSPENDED
        assert send(day, cast["engineer"], "checklist/?item=zone_marked", **sent)[0] == 302
        assert log(day).count("suspend") == 1

    def test_before_the_seal_it_is_readable_and_closed(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        status, page = see(day, cast["silver"], "checklist/", IMPORTED)
        assert status == 200
        assert "The checklist opens when the list is sealed." in page
        assert "?item=" not in page
        sent = send(day, cast["silver"], "checklist/?item=zone_marked", IMPORTED, result="passed")
        assert sent[0] == 422
        assert not check_of(day, CheckKind.ZONE_MARKED).passed

    def test_an_authorising_officer_who_also_commands_cannot_tick(self, day, cast):
        both = make_member(day, "both", Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER)
        day.officer = both.actor
        day.to(S.NOTICE_PUBLISHED)
        day.import_list()
        day.step(deployments.seal_watchlist, day.planner, IMPORTED)
        page = see(day, both, "checklist/", CHECKED)[1]
        assert "You have acted as authorising officer on this deployment" in page
        assert send(day, both, "checklist/?item=staffing", CHECKED, result="passed")[0] == 403


class TestRun:
    def test_what_is_missing_is_listed_and_goes_as_it_is_done(self, sealed, cast):
        page = see(sealed, cast["silver"], "run/", CHECKED)[1]
        assert "What stands between now and the start" in page
        assert "Check the signs before the zone on every approach, and record the result." in page
        assert 'value="make_ready"' not in page
        assert press(sealed, cast["silver"], "make_ready", CHECKED)[0] == 422
        sealed.check()
        page = see(sealed, cast["silver"], "run/", CHECKED)[1]
        assert "Check the signs" not in page
        assert press(sealed, cast["silver"], "make_ready", CHECKED)[0] == 302
        assert sealed.get().state is S.READY

    def test_a_start_is_asked_about_once_more_and_begins_with_the_press(self, day, cast):
        day.to(S.READY)
        page = see(day, cast["silver"], "run/")[1]
        assert "?confirm=start" in page
        assert 'value="start"' not in page
        page = see(day, cast["silver"], "run/?confirm=start")[1]
        assert "2 cameras begin to look for the people on the accepted list" in page
        assert "It ends by itself on Thursday 10 December 2026 at 4pm." in page
        assert "If no camera is heard for 30 seconds, it suspends itself." in page
        assert "Operator: PC Operator" in page
        assert "Engagement officer: PC Engagement" in page
        assert day.get().state is S.READY
        status, page = press(day, cast["silver"], "start")
        assert (status, "Recognition has begun." in page) == (302, True)
        assert day.get().state is S.LIVE

    def test_before_the_window_it_cannot_be_started(self, day, cast):
        day.to(S.READY)
        page = see(day, cast["silver"], "run/?confirm=start", CHECKED)[1]
        assert "Start recognition now" not in page
        assert "Recognition may start from Thursday 10 December 2026 at 10am" in page
        assert press(day, cast["silver"], "start", CHECKED)[0] == 422
        assert day.get().state is S.READY

    def test_pressing_a_step_twice_changes_nothing_and_says_where_it_stands(self, day, cast):
        day.to(S.READY)
        for step in ("start", "start", "make_ready"):
            status, page = press(day, cast["silver"], step)
            assert status == 302
        assert "Nothing was changed by this press: it is live." in page
        assert (log(day).count("start"), log(day).count("make_ready")) == (1, 1)
        assert see(day, cast["silver"], "run/?confirm=start")[0] == 302

    @pytest.mark.parametrize("name", ["silver", "operator", "engagement", "engineer"])
    def test_anyone_on_duty_suspends_with_a_few_words(self, name, day, cast):
        day.to(S.LIVE)
        assert press(day, cast[name], "suspend", reason="")[0] == 422
        assert press(day, cast[name], "suspend", reason=" x ")[0] == 422
        assert day.get().state is S.LIVE
        status, page = press(day, cast[name], "suspend", reason="Sign blown over")
        assert status == 302
        assert f"By {cast[name].actor.label} on" in page
        assert "Sign blown over" in see(day, cast["silver"], "run/")[1]
        assert day.get().state is S.SUSPENDED

    def test_resuming_asks_everything_again(self, day, cast):
        day.to(S.LIVE)
        day.step(deployments.suspend, day.operator, NOW, reason="Sign blown over")
        fields = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "Lying on the ground"}
        day.step(deployments.record_check, day.silver, NOW, **fields)
        page = see(day, cast["silver"], "run/")[1]
        assert "What stands in the way of going on" in page
        assert 'value="resume"' not in page
        assert press(day, cast["silver"], "resume")[0] == 422
        day.step(deployments.record_check, day.silver, NOW, kind=CheckKind.SIGNAGE, passed=True)
        assert press(day, cast["silver"], "resume")[0] == 302
        assert day.get().state is S.LIVE

    def test_only_the_commander_takes_the_other_steps(self, day, cast):
        day.to(S.LIVE)
        before = log(day)
        for name in ("operator", "engagement", "engineer"):
            page = see(day, cast[name], "run/")[1]
            assert 'value="suspend"' in page
            for step in ("make_ready", "start", "resume", "end"):
                assert press(day, cast[name], step, reason="Because I can")[0] == 403
                assert f'value="{step}"' not in page
            assert "?confirm=end" not in page
        assert log(day) == before

    def test_the_end_says_what_goes_when_and_wants_a_reason(self, day, cast):
        day.to(S.LIVE)
        page = see(day, cast["silver"], "run/?confirm=end")[1]
        assert "It cannot be started again." in page
        assert "deleted by Friday 11 December 2026 at 10:30am" in page
        status, page = press(day, cast["silver"], "end")
        assert (status, "Write in a few words why it ends now." in page) == (422, True)
        assert day.get().state is S.LIVE
        assert press(day, cast["silver"], "end", reason="Planned end")[0] == 302
        assert day.get().state is S.ENDED
        assert press(day, cast["silver"], "end", reason="Planned end")[0] == 302
        assert log(day).count("end") == 1
        page = see(day, cast["silver"], "run/")[1]
        assert "Write the review" in page
        for step in ("suspend", "resume", "start", "duty"):
            assert f'value="{step}"' not in page

    def test_a_duty_is_taken_and_excludes_others(self, day, cast):
        both = make_member(day, "both", Role.OPERATOR, Role.SYSTEM_ENGINEER)
        day.to(S.LIVE)
        page = see(day, both, "run/")[1]
        assert 'value="operator"' in page
        assert 'value="engineer"' in page
        assert 'value="silver"' not in page
        status, page = press(day, both, "duty", duty="operator")
        assert (status, "You are on duty as operator." in page) == (302, True)
        assert (both.actor.id, Duty.OPERATOR) in duties(day)
        assert press(day, both, "duty", duty="operator")[0] == 302
        page = see(day, both, "run/")[1]
        assert "You have acted as operator on this deployment" in page
        assert 'value="engineer"' not in page
        assert press(day, both, "duty", duty="engineer")[0] == 403
        assert press(day, both, "duty", duty="silver")[0] == 422
        assert press(day, both, "duty", duty="planner")[0] == 422
        assert {duty for actor_id, duty in duties(day) if actor_id == both.actor.id} == {Duty.OPERATOR}

    def test_the_planner_who_also_commands_is_barred_from_starting(self, day, cast):
        both = make_member(day, "both", Role.PLANNER, Role.SILVER_COMMANDER)
        day.planner = both.actor
        day.to(S.READY)
        page = see(day, both, "run/")[1]
        assert "You have acted as planner on this deployment" in page
        assert "?confirm=start" not in page
        assert press(day, both, "start")[0] == 403
        assert day.get().state is S.READY

    def test_a_button_that_does_not_exist_is_refused(self, day, cast):
        day.to(S.LIVE)
        for step in ("", "revoke", "approve", "../"):
            assert press(day, cast["silver"], step)[0] == 409
        assert day.get().state is S.LIVE


class TestReview:
    @pytest.fixture
    def ended(self, day, cast):
        day.to(S.LIVE)
        day.step(deployments.end, day.silver, NOW, reason="Planned end")
        return day

    @pytest.mark.parametrize("name", ["silver", "officer"])
    def test_findings_are_read_once_more_and_recorded_once(self, name, ended, cast):
        page = see(ended, cast[name], "review/")[1]
        assert "results publish themselves" in page
        assert f"/records/{ended.get().reference}/" in page
        assert send(ended, cast[name], "review/", findings="fine")[0] == 422
        assert send(ended, cast[name], "review/", findings="fine", confirmed="1")[0] == 422
        status, page = send(ended, cast[name], "review/", findings=FINDINGS)
        assert (status, "This will be published" in page) == (200, True)
        assert f"<p>{FINDINGS}</p>" in page
        assert "nobody can type them, but for the Blue List passes" in page
        assert ended.get().state is S.ENDED
        status, page = send(ended, cast[name], "review/", findings=FINDINGS, back="1")
        assert (status, FINDINGS in page, "Look at what will be published" in page) == (200, True, True)
        assert ended.get().state is S.ENDED
        assert send(ended, cast[name], "review/", findings=FINDINGS, confirmed="1")[0] == 302
        assert ended.get().state in {S.REVIEWED, S.RESULTS_PUBLISHED}
        for further in ({}, {"confirmed": "1"}):
            sent = send(ended, cast[name], "review/", findings="Something else entirely, later.", **further)
            assert sent[0] == 302
        (row,) = [
            row
            for row in ended.call(deployments.decisions, deployment_id=ended.deployment_id)
            if row.kind == "review"
        ]
        assert row.reasons == FINDINGS

    def test_nothing_is_reviewed_before_it_ended(self, day, cast):
        day.to(S.LIVE)
        status, page = see(day, cast["silver"], "review/")
        assert (status, 'name="findings"' in page) == (200, False)
        assert send(day, cast["silver"], "review/", findings=FINDINGS)[0] == 302
        assert day.get().state is S.LIVE


PAGES = ("checklist/", "run/", "review/")
SHUT_OUT = {
    "checklist/": ("oversight",),
    "run/": ("planner", "oversight", "admin"),
    "review/": ("planner", "operator", "engagement", "engineer", "oversight", "admin"),
}


def test_the_wrong_role_is_told_so(day, cast):
    day.to(S.LIVE)
    for page, names in SHUT_OUT.items():
        for name in names:
            assert see(day, cast[name], page)[0] == 403
            assert send(day, cast[name], page, step="suspend", reason="Sign blown over")[0] == 403
    assert day.get().state is S.LIVE


def test_the_other_force_and_the_stranger_find_nothing(day, cast, client):
    day.to(S.LIVE)
    other = make_cast(make_day("south"))["silver"]
    fields = {"step": "end", "reason": "Planned end", "findings": FINDINGS, "result": "failed", "note": "bad"}
    for page in (*PAGES, "checklist/?item=zone_marked", "run/?confirm=end"):
        assert see(day, other, page)[0] == 404
        assert send(day, other, page, **fields)[0] == 404
        assert client.get(address(day, page))["Location"].startswith("/sign-in/")
    assert day.get().state is S.LIVE


def test_the_number_of_queries_does_not_depend_on_the_history(day, cast):
    def queries():
        counts = []
        with time_machine.travel(NOW, tick=False):
            client = cast["silver"].client()
            client.get(address(day, "run/"))
            for page in (*PAGES, "checklist/?item=zone_marked", "run/?confirm=end"):
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(address(day, page)).status_code == 200
                counts.append(len(captured))
        return counts

    day.to(S.LIVE)
    alone = queries()
    for number in range(4):
        day.step(deployments.suspend, day.operator, NOW, reason=f"Stopped for the {number}th time")
        day.step(deployments.resume, day.silver, NOW)
        day.check(now=NOW)
        helper = day.person(f"helper {number}", Role.OPERATOR)
        day.step(deployments.record_duty, helper, NOW, duty=Duty.OPERATOR)
    assert queries() == alone
