"""The list, the page of one deployment and the whole authority: who sees what, and what it costs."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast
from tests.support.days import IMPORTED, PLANNED, START, make_day

LATER = PLANNED + timedelta(hours=1)
REASON = "Agreed with the commander at the planning meeting."
READERS = ["planner", "officer", "silver", "operator", "engagement", "engineer", "admin"]

# What whoever cancels an approved deployment reports.
REPORT = {"done": "Signs had been put up.", "collected": "Nothing was collected."}


def see(member, path, now=LATER):
    with time_machine.travel(now, tick=False):
        answer = member.client().get(path)
    return answer.status_code, html.unescape(answer.content.decode())


def queries(member, path, now=LATER):
    with time_machine.travel(now, tick=False):
        client = member.client()
        client.get(path)  # what only the first page costs, such as loading a file
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
    return len(captured)


def page_of(day, page=""):
    return f"/deployments/{day.deployment_id}/{page}"


def drafts(day, count, **changes):
    return [
        day.draft(
            window_start=START + timedelta(days=number),
            window_end=START + timedelta(days=number, hours=4),
            **({"place_name": f"Place {number}"} | changes),
        )
        for number in range(count)
    ]


def places(text):
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', text)


class TestList:
    def test_empty_it_says_what_to_do(self, day, cast):
        assert "Plan the first one" in see(cast["planner"], "/deployments/")[1]
        text = see(cast["operator"], "/deployments/")[1]
        assert "A planner plans the first one" in text
        assert "/deployments/new/" not in text

    def test_each_group_holds_its_states_and_nothing_else(self, day, cast):
        other = cast["admin"].actor
        day.draft(place_name="Drafted")
        day.to(S.NOTICE_PUBLISHED)
        day.step(deployments.cancel, day.planner, LATER, reason="Called off", **REPORT)
        day.to(S.NOTICE_PUBLISHED)
        found = {
            group: places(see(cast["planner"], f"/deployments/?show={group}")[1])
            for group in ("all", "mine", "waiting", "coming", "running", "past")
        }
        assert found == {
            "all": found["all"],
            "mine": found["all"],
            "waiting": ["Drafted"],
            "coming": ["Market Square, Exampleton"],
            "running": [],
            "past": ["Market Square, Exampleton"],
        }
        assert len(found["all"]) == 3
        assert other.label not in see(cast["planner"], "/deployments/")[1]

    def test_mine_are_those_that_i_planned(self, day, cast):
        drafts(day, 1)
        day.planner = cast["admin"].actor
        day.planner = day.with_roles(day.planner, *cast["planner"].actor.roles)
        drafts(day, 1, place_name="Another planner's")
        assert places(see(cast["planner"], "/deployments/?show=mine")[1]) == ["Place 0"]

    def test_it_is_searched_by_reference_and_place(self, day, cast):
        (first,) = drafts(day, 1, place_name="Church Street")
        drafts(day, 1, place_name="Market Street")
        assert places(see(cast["officer"], "/deployments/?search=street+mark")[1]) == ["Market Street"]
        asked = first.reference.lower()
        assert places(see(cast["officer"], f"/deployments/?search={asked}")[1]) == ["Church Street"]
        text = see(cast["officer"], "/deployments/?search=nowhere+<b>")[1]
        assert places(text) == []
        assert "There is no deployment here with" in text

    def test_it_is_paged_and_every_one_is_on_one_page(self, day, cast):
        drafts(day, 45)
        path, seen = "/deployments/", []
        while path:
            text = see(cast["planner"], path)[1]
            seen += places(text)
            further = re.search(r'<a href="(\?[^"]*)" rel="next"', text)
            path = f"/deployments/{further[1]}" if further else None
        assert seen == [f"Place {number}" for number in reversed(range(45))]

    def test_its_cost_does_not_grow(self, day, cast):
        drafts(day, 2)
        few = queries(cast["planner"], "/deployments/")
        drafts(day, 25)
        assert queries(cast["planner"], "/deployments/") == few

    @pytest.mark.parametrize(
        "asked", ["before=x", "before=2026~1", "before=a&after=b", "show=none&search=%00"]
    )
    def test_a_broken_address_is_no_failure_of_the_platform(self, day, cast, asked):
        drafts(day, 1)
        assert see(cast["planner"], f"/deployments/?{asked}")[0] in (200, 409)

    def test_it_says_whose_turn_it_is(self, day, cast):
        day.to(S.SUBMITTED)
        assert "<strong>Decide.</strong>" in see(cast["officer"], "/deployments/")[1]
        text = see(cast["planner"], "/deployments/")[1]
        assert "Waiting for an authorising officer to decide." in text
        assert "<strong>Decide.</strong>" not in text


class TestPage:
    def test_whose_turn_it_is_comes_first_and_the_buttons_are_those_of_the_role(self, day, cast):
        day.to(S.SUBMITTED)
        text = see(cast["officer"], page_of(day))[1]
        assert text.index("What you do next") < text.index("Where it stands")
        assert page_of(day, "decide/") in text
        assert page_of(day, "plan/") not in text
        text = see(cast["planner"], page_of(day))[1]
        assert "What happens next" in text
        assert page_of(day, "plan/") in text
        assert page_of(day, "decide/") not in text

    def test_a_step_that_cannot_be_taken_says_why(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        text = see(cast["planner"], page_of(day))[1]
        assert "Import and seal the list: not possible yet" in text
        assert "The list can be imported from Wednesday 9 December 2026 at 10am" in text
        assert f'href="{page_of(day, "list/")}"' not in text

    def test_one_button_stands_out_at_most(self, day, cast):
        for state in (S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED):
            day.to(state)
            for name in READERS:
                main = see(cast[name], page_of(day))[1].split("<main")[1].split("</main>")[0]
                assert len(re.findall(r'class="button"', main)) <= 1, (state, name)

    def test_the_steps_show_how_far_it_is(self, day, cast):
        day.to(S.LIST_SEALED)
        text = see(cast["silver"], page_of(day), now=IMPORTED)[1]
        steps = re.findall(r'<strong>([^<]*)</strong><p>[^§]*?</p></div><span class="tag tag--(\w+)">', text)
        assert [colour for _, colour in steps] == ["done"] * 5 + ["waiting"] + ["later"] * 4
        assert "1 people with" not in text
        assert "1 person with 1 picture, sealed on" in text

    def test_what_was_called_off_will_not_happen(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        day.step(deployments.cancel, day.planner, LATER, reason="Called off by the council", **REPORT)
        text = see(cast["planner"], page_of(day))[1]
        assert text.count("Will not happen") >= 5
        assert "Called off by the council" in text
        assert "tag--waiting" not in text.split("Where it stands")[1].split("History")[0]

    def test_the_history_has_every_decision_and_change_with_its_reasons(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        day.step(deployments.amend, day.planner, LATER, authority=day.plan(max_subjects=5), reason=REASON)
        text = see(cast["operator"], page_of(day))[1]
        history = re.findall(r"<li><strong>([^<]*)</strong>", text.split("History")[1])
        # All but the narrowing happened at one instant: the order is then that of the steps.
        assert history == [
            "Narrowed: the approval still holds",
            "Notice published",
            "Approved",
            "Submitted for a decision",
            "First draft",
        ]
        assert REASON in text
        assert "Changed: maximum size of the list." in text

    def test_nobody_who_is_listed_is_named(self, day, cast):
        day.to(S.LIST_SEALED)
        for name in READERS:
            for page in ("", "authority/"):
                text = see(cast[name], page_of(day, page), now=IMPORTED)[1]
                assert "Test subject" not in text
                assert "TS-001" not in text

    def test_its_cost_does_not_grow_with_what_happened(self, day, cast):
        day.to(S.SUBMITTED)
        few = queries(cast["planner"], page_of(day))
        for number in range(5):
            authority = day.plan(place_name=f"Place {number}")
            day.step(deployments.amend, day.planner, LATER, authority=authority)
        assert queries(cast["planner"], page_of(day)) == few
        assert few < 25

    @pytest.mark.parametrize(
        "state", [S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY, S.LIVE]
    )
    def test_it_is_there_in_every_state_for_everybody_who_takes_part(self, day, cast, state):
        day.to(state)
        for name in READERS:
            assert see(cast[name], page_of(day), now=START)[0] == 200


class TestAuthority:
    def test_it_is_the_whole_text_with_its_fingerprint_and_its_versions(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        first = day.get()
        day.step(deployments.amend, day.planner, LATER, authority=day.plan(max_subjects=5), reason=REASON)
        text = see(cast["officer"], page_of(day, "authority/"))[1]
        authority = day.get().authority
        for words in (
            authority.necessity,
            authority.proportionality,
            authority.less_intrusive_means,
            authority.collateral_intrusion,
            authority.policing_purpose,
            *authority.legal_bases,
            *(camera.name for camera in authority.cameras),
            REASON,
        ):
            assert words in text
        assert f'Fingerprint <span class="hash">{day.get().approved_hash}</span> (approved)' in text
        assert first.authority_hash in text
        assert "Version 2: Narrowed" in text

    def test_a_draft_says_that_no_approval_holds(self, day, cast):
        day.draft(place_name="", polygon=(), categories=(), cameras=(), use_case="", legal_bases=())
        status, text = see(cast["operator"], page_of(day, "authority/"))
        assert status == 200
        assert "No approval holds" in text


class TestWalls:
    @pytest.mark.parametrize("page", ["", "authority/"])
    def test_oversight_and_other_forces_and_strangers_are_kept_out(self, day, cast, client, page):
        day.draft()
        assert see(cast["oversight"], page_of(day, page))[0] == 403
        assert see(cast["oversight"], "/deployments/")[0] == 403
        stranger = make_cast(make_day("south"))["planner"]
        assert see(stranger, page_of(day, page))[0] == 404
        assert places(see(stranger, "/deployments/")[1]) == []
        assert client.get(page_of(day, page)).status_code == 302

    @pytest.mark.parametrize("page", ["", "authority/"])
    def test_they_only_read_and_are_not_kept_by_the_browser(self, day, cast, page):
        day.draft()
        client = cast["planner"].client()
        assert client.post(page_of(day, page), {}).status_code == 405
        assert "no-store" in client.get(page_of(day, page)).headers["Cache-Control"]
