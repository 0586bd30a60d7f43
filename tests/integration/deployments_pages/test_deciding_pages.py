"""The authorising officer's pages, as an officer uses them and as somebody else might try to."""

from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast, make_member
from tests.support.days import IMPORTED, PLANNED, START, make_day

REASONS = "The crowd is dense, the list is short and nothing milder has worked here."
LATER = PLANNED + timedelta(hours=1)


def address(day, page):
    return f"/deployments/{day.deployment_id}/{page}/"


def see(day, member, page, now=LATER):
    with time_machine.travel(now, tick=False):
        answer = member.client().get(address(day, page))
    return answer.status_code, answer.content.decode()


def send(day, member, page, now=LATER, **fields):
    """What a press leads to, with the page behind a redirect."""
    with time_machine.travel(now, tick=False):
        answer = member.client().post(address(day, page), fields)
        if answer.status_code == 302:
            shown = answer.client.get(answer.headers["Location"])
            return 302, shown.content.decode()
    return answer.status_code, answer.content.decode()


def decide(day, member, choice, /, **changes):
    fields = {"choice": choice, "reasons": REASONS, "seen": day.get().authority_hash} | changes
    return send(day, member, "decide", **fields)


def amend(day, now=LATER, **changes):
    return day.step(
        deployments.amend, day.planner, now, authority=day.plan(**changes), reason="As agreed at noon."
    )


def drafted(day, now):
    """Another plan with the same words; the day goes on with its own."""
    return day.call(deployments.draft, authority=day.plan(), actor=day.planner, now=now)


class TestDecide:
    def test_the_whole_authority_and_what_follows_from_each_choice_are_on_one_page(self, day, cast):
        day.to(S.SUBMITTED)
        status, page = see(day, cast["officer"], "decide")
        assert status == 200
        authority = day.get().authority
        for text in (authority.necessity, authority.proportionality, authority.collateral_intrusion):
            assert text in page
        assert "North side" in page
        assert "Map of the marked area" in page
        assert "The notice publishes itself at once" in page
        assert "recognition may start on Tuesday 8 December 2026 at 11am at the earliest" in page
        assert "can submit it again" in page
        assert "This deployment is over" in page
        assert day.get().authority_hash in page

    @pytest.mark.parametrize(
        ("choice", "state"),
        [("approve", S.NOTICE_PUBLISHED), ("return", S.RETURNED), ("refuse", S.REFUSED)],
    )
    def test_a_decision_is_taken_once_with_its_reasons(self, choice, state, day, cast):
        day.to(S.SUBMITTED)
        assert decide(day, cast["officer"], choice)[0] == 302
        assert day.get().state is state
        log = day.call(deployments.decisions, deployment_id=day.deployment_id)
        (row,) = [row for row in log if row.kind == choice]
        assert (row.reasons, row.actor_label) == (REASONS, cast["officer"].actor.label)

    def test_pressing_twice_changes_nothing_and_says_where_it_stands(self, day, cast):
        day.to(S.SUBMITTED)
        seen = day.get().authority_hash
        decide(day, cast["officer"], "approve", seen=seen)
        before = len(day.call(deployments.decisions, deployment_id=day.deployment_id))
        for choice in ("approve", "refuse"):
            status, page = decide(day, cast["officer"], choice, seen=seen)
            assert status == 409
            assert "Nothing was changed by this press: its notice is out" in page
            # Who did what, and what was typed: neither is lost.
            assert "by you on" in page
            assert REASONS in page
        assert day.get().state is S.NOTICE_PUBLISHED
        assert len(day.call(deployments.decisions, deployment_id=day.deployment_id)) == before
        status, page = see(day, cast["officer"], "decide")
        assert (status, "Nothing to decide" in page) == (200, True)
        assert 'name="choice"' not in page

    @pytest.mark.parametrize("choice", ["approve", "return", "refuse"])
    def test_a_text_that_changed_is_shown_again_and_the_reasons_are_kept(self, choice, day, cast):
        day.to(S.SUBMITTED)
        seen = day.get().authority_hash
        amend(day, necessity="A sentence that nobody had read before it was put in here.")
        status, page = decide(day, cast["officer"], choice, seen=seen)
        assert status == 422
        assert day.get().state is S.SUBMITTED
        assert "The authority changed after you opened it: read it again." in page
        assert "A sentence that nobody had read before" in page
        assert "Nothing else finds people in this crowd in time." in page  # what it was
        assert REASONS in page
        assert f'name="seen" value="{day.get().authority_hash}"' in page
        assert seen not in page
        assert decide(day, cast["officer"], choice)[0] == 302

    def test_a_hash_that_was_never_shown_approves_nothing(self, day, cast):
        day.to(S.SUBMITTED)
        for seen in ("", "0" * 64, day.get().authority_hash.upper()):
            assert decide(day, cast["officer"], "approve", seen=seen)[0] == 422
        assert day.get().state is S.SUBMITTED

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reasons": ""}, "Write your reasons."),
            ({"reasons": "ok" + " " * 40 + "."}, "at least 20 characters"),
            ({"choice": ""}, "Choose what you decide."),
            ({"choice": "publish"}, "Choose what you decide."),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_happens(self, fields, words, day, cast):
        day.to(S.SUBMITTED)
        status, page = decide(day, cast["officer"], "approve", **fields)
        assert (status, words in page) == (422, True)
        assert "<title>Error: " in page
        assert day.get().state is S.SUBMITTED

    def test_who_planned_it_sees_why_they_cannot_decide_and_cannot(self, day, cast):
        both = make_member(day, "both", Role.PLANNER, Role.AUTHORISING_OFFICER)
        day.planner = both.actor
        day.to(S.SUBMITTED)
        status, page = see(day, both, "decide")
        assert status == 200
        assert "It waits for an authorising officer other than you." in page
        assert 'name="choice"' not in page
        assert decide(day, both, "approve")[0] == 403
        assert day.get().state is S.SUBMITTED

    def test_when_the_notice_would_come_too_late_it_can_only_be_returned_or_refused(self, day, cast):
        day.to(S.SUBMITTED)
        late = START - timedelta(days=6)
        status, page = see(day, cast["officer"], "decide", now=late)
        assert status == 200
        assert 'value="approve"' not in page
        assert 'value="return"' in page
        assert "7 days" in page
        fields = {"choice": "approve", "reasons": REASONS, "seen": day.get().authority_hash}
        assert send(day, cast["officer"], "decide", now=late, **fields)[0] == 422
        assert day.get().state is S.SUBMITTED

    def test_what_changed_since_it_was_returned_is_shown_with_the_reasons_of_then(self, day, cast):
        day.to(S.SUBMITTED)
        decide(day, cast["officer"], "return", reasons="Say which other means were tried, and for how long.")
        amend(day, less_intrusive_means="Patrols for three months, and then a dog unit for another two.")
        day.step(deployments.submit, day.planner, LATER, answer="The dog unit was tried in October.")
        page = see(day, cast["officer"], "decide")[1]
        assert "The dog unit was tried in October." in page
        assert "1 part is different from when it was returned" in page
        assert "Say which other means were tried" in page
        assert "Patrols were tried for three months without success." in page
        assert "a dog unit for another two" in page

    def test_short_and_copied_reasons_and_neighbours_are_pointed_out(self, day, cast):
        first = drafted(day, PLANNED - timedelta(days=1))
        day.to(S.SUBMITTED)
        later = drafted(day, PLANNED + timedelta(minutes=5))
        page = see(day, cast["officer"], "decide")[1]
        assert "Necessity: only 48 characters, and word for word that of" in page
        assert f'/deployments/{first.id}/authority/">{first.reference}</a>.</li>' in page
        # The plan that was made later cannot be where these words came from.
        assert f">{later.reference}</a>.</li>" not in page
        # Both are drafts: nobody's business but their planner's.
        assert "None within two weeks and 10 km." in page

    def test_of_another_force_nothing_is_copied_or_near(self, day, cast):
        other = make_day("south")
        other.to(S.SUBMITTED)
        day.to(S.SUBMITTED)
        page = see(day, cast["officer"], "decide")[1]
        assert "Necessity: only 48 characters." in page
        # A sentence about signs is enough: a warning on each paragraph would warn of none.
        assert "Signage plan: only" not in page
        assert "word for word" not in page
        assert f"/deployments/{other.deployment_id}/" not in page


class TestRevoke:
    def test_the_consequences_stand_before_the_button_and_then_happen(self, day, cast):
        day.to(S.LIVE)
        now = START + timedelta(hours=1)
        page = see(day, cast["officer"], "revoke", now=now)[1]
        assert "Recognition stops at once, on every camera." in page
        assert "deleted by Friday 11 December 2026 at 11am" in page
        assert send(day, cast["officer"], "revoke", now=now, reasons="no")[0] == 422
        assert day.get().state is S.LIVE
        assert send(day, cast["officer"], "revoke", now=now, reasons=REASONS)[0] == 302
        assert day.get().state is S.REVOKED
        status, page = send(day, cast["officer"], "revoke", now=now, reasons=REASONS)
        assert status == 409
        assert "Revoked by you on" in page
        page = see(day, cast["officer"], "revoke", now=now)[1]
        assert "No approval to revoke" in page
        assert 'name="reasons"' not in page

    def test_a_draft_has_none_to_revoke(self, day, cast):
        day.draft()
        assert "No approval to revoke" in see(day, cast["officer"], "revoke")[1]
        assert send(day, cast["officer"], "revoke", reasons=REASONS)[0] == 409
        assert day.get().state is S.DRAFT


@pytest.fixture
def sealed(day, cast):
    """Sealed and not yet accepted."""
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    return day


class TestAcceptList:
    def test_numbers_and_seal_are_shown_and_that_seal_is_accepted(self, sealed, cast):
        seal = sealed.get().watchlist_seal_hash
        page = see(sealed, cast["officer"], "list/accept", IMPORTED)[1]
        assert seal in page
        assert "1 person with 1 picture" in page
        assert "Blue List" in page
        for secret in ("TS-001", "Test subject", "quality", "similarity"):
            assert secret not in page
        assert send(sealed, cast["officer"], "list/accept", IMPORTED, seen="0" * 64)[0] == 422
        assert sealed.get().accepted_seal_hash is None
        assert send(sealed, cast["officer"], "list/accept", IMPORTED, seen=seal)[0] == 302
        assert sealed.get().accepted_seal_hash == seal

    def test_accepting_twice_is_one_acceptance(self, sealed, cast):
        seal = sealed.get().watchlist_seal_hash
        for _ in range(2):
            assert send(sealed, cast["officer"], "list/accept", IMPORTED, seen=seal)[0] == 302
        log = sealed.call(deployments.decisions, deployment_id=sealed.deployment_id)
        assert [row.kind for row in log].count("accept_list") == 1

    def test_each_look_at_who_is_on_it_is_recorded_and_has_no_face(self, sealed, cast):
        page = see(sealed, cast["officer"], "list/accept", IMPORTED)[1]
        assert looks(sealed) == []
        with time_machine.travel(IMPORTED, tick=False):
            answer = cast["officer"].client().get(address(sealed, "list/accept"), {"people": "1"})
        page = answer.content.decode()
        assert "TS-001" in page
        assert "Consenting test subject of the rehearsal" in page
        assert "<img" not in page
        assert "no-store" in answer["Cache-Control"]
        assert looks(sealed) == [cast["officer"].actor.id]

    def test_the_planner_reads_it_and_cannot_accept_it(self, sealed, cast):
        seal = sealed.get().watchlist_seal_hash
        status, page = see(sealed, cast["planner"], "list/accept", IMPORTED)
        assert (status, "Accept this list</button>" in page) == (200, False)
        assert send(sealed, cast["planner"], "list/accept", IMPORTED, seen=seal)[0] == 403
        assert sealed.get().accepted_seal_hash is None

    def test_before_a_seal_there_is_nothing_to_accept(self, day, cast):
        day.to(S.NOTICE_PUBLISHED)
        status, page = see(day, cast["officer"], "list/accept", IMPORTED)
        assert (status, "No list is sealed yet." in page) == (200, True)
        assert send(day, cast["officer"], "list/accept", IMPORTED, seen="")[0] in (302, 422)
        assert day.get().accepted_seal_hash is None


def looks(day):
    def ask():
        return list(
            AuditEvent.objects.filter(verb="watchlist.entries_viewed").values_list("actor_id", flat=True)
        )

    return day.call(ask)


PAGES = ("decide", "revoke", "list/accept")


def test_the_wrong_role_is_told_so(day, cast, subtests):
    day.to(S.SUBMITTED)
    for name, page in product(("silver", "operator", "engagement", "engineer", "oversight", "admin"), PAGES):
        with subtests.test(name=name, page=page):
            assert see(day, cast[name], page)[0] == 403
            assert send(day, cast[name], page, reasons=REASONS, choice="approve")[0] == 403
            assert day.get().state is S.SUBMITTED


def test_the_other_force_and_the_stranger_find_nothing(day, cast, client, subtests):
    day.to(S.SUBMITTED)
    other = make_cast(make_day("south"))["officer"]
    said = {"reasons": REASONS, "choice": "approve", "seen": day.get().authority_hash}
    for page in PAGES:
        with subtests.test(page=page):
            assert see(day, other, page)[0] == 404
            assert send(day, other, page, **said)[0] == 404
            assert day.get().state is S.SUBMITTED
            assert client.get(address(day, page))["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_queries_does_not_depend_on_the_history(page, day, cast):
    def queries():
        with time_machine.travel(IMPORTED, tick=False):
            client = cast["officer"].client()
            client.get(address(day, page))
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address(day, page)).status_code == 200
        return len(captured)

    day.to(S.SUBMITTED)
    kept = day.deployment_id
    alone = queries()
    for _ in range(4):
        day.draft()
    day.deployment_id = kept
    decide(day, cast["officer"], "return")
    amend(day, max_subjects=7)
    amend(day, max_subjects=5)
    day.step(deployments.submit, day.planner, LATER)
    assert queries() == alone
