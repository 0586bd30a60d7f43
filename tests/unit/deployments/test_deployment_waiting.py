"""Whose turn it is, in words for everybody, until when, and when that is late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core.data import Role
from apps.deployments.data import DeploymentState as S
from apps.deployments.waiting import turn
from tests.support.plans import END, FORCE, START, make_authority, make_deployment, person

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PUBLISH_BY = START - 7 * DAY
OPENS = START - 24 * HOUR
NEW = {"notice_published_at": None, "notice_verified_at": None, "watchlist_id": None}
NO_LIST = {"watchlist_id": None, "watchlist_seal_hash": None, "accepted_seal_hash": None}
PLANNER, OFFICER, SILVER = Role.PLANNER, Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER

CASES = {
    "draft": (S.DRAFT, NEW, START - 9 * DAY, PLANNER, "finish and submit it.", PUBLISH_BY),
    "draft, too late": (S.DRAFT, NEW, PUBLISH_BY, PLANNER, "It needs a later window.", PUBLISH_BY),
    "draft, announced": (S.DRAFT, NO_LIST, START - DAY, PLANNER, "finish and submit it.", START),
    "returned": (S.RETURNED, NEW, START - 9 * DAY, PLANNER, "change and submit it again.", PUBLISH_BY),
    "submitted": (
        S.SUBMITTED,
        NEW,
        START - 9 * DAY,
        OFFICER,
        "Waiting for an authorising officer to decide.",
        PUBLISH_BY,
    ),
    "submitted, too late": (
        S.SUBMITTED,
        NEW,
        START - 6 * DAY,
        OFFICER,
        "it can only be returned or refused.",
        PUBLISH_BY,
    ),
    "approved": (S.APPROVED, NEW, START - 9 * DAY, None, "The notice is being published.", PUBLISH_BY),
    "approved for later": (
        S.APPROVED,
        NEW | {"publish_at": START - 8 * DAY},
        START - 9 * DAY,
        None,
        "The notice publishes itself on Wednesday 2 December 2026 at 10am.",
        PUBLISH_BY,
    ),
    "published": (
        S.NOTICE_PUBLISHED,
        NO_LIST | {"notice_verified_at": None},
        START - 8 * DAY,
        None,
        "The platform is checking that the public can see it.",
        PUBLISH_BY,
    ),
    "notice running": (
        S.NOTICE_PUBLISHED,
        NO_LIST,
        OPENS - HOUR,
        None,
        "The notice is running. The list can be imported from Wednesday 9 December 2026 at 10am.",
        None,
    ),
    "list window": (S.NOTICE_PUBLISHED, NO_LIST, OPENS, PLANNER, "import and seal the list.", START),
    "imported": (
        S.NOTICE_PUBLISHED,
        {"watchlist_seal_hash": None, "accepted_seal_hash": None},
        OPENS,
        PLANNER,
        "seal the imported list.",
        START,
    ),
    "sealed": (S.LIST_SEALED, {"accepted_seal_hash": None}, OPENS, OFFICER, "accept the sealed list.", START),
    "accepted": (S.LIST_SEALED, {}, OPENS, SILVER, "complete the checklist and declare it ready.", START),
    "ready": (S.READY, {}, START - HOUR, SILVER, "from Thursday 10 December 2026 at 10am.", END),
    "ready, in the window": (S.READY, {}, START, SILVER, "to start it.", END),
    "ready, window over": (S.READY, {}, END, None, "The window is over. It closes by itself.", None),
    "sealed, window over": (S.LIST_SEALED, {}, END, None, "It closes by itself.", None),
    "announced, window over": (S.NOTICE_PUBLISHED, NO_LIST, END, None, "It closes by itself.", None),
    "live": (S.LIVE, {}, START, SILVER, "It ends by itself on Thursday 10 December 2026 at 4pm.", None),
    "suspended": (S.SUSPENDED, {}, START, SILVER, "to resume or end it.", None),
    "ended": (S.ENDED, {"ended_at": END}, END, SILVER, "to write the review.", END + 5 * DAY),
    "reviewed": (S.REVIEWED, {"ended_at": END}, END, None, "are being published.", END + 5 * DAY),
}


@pytest.mark.parametrize("case", list(CASES))
def test_whose_turn_it_is(case):
    state, changes, now, role, words, due = CASES[case]
    found = turn(make_deployment(state=state, **changes), force=FORCE, now=now)
    assert found.role is role
    assert words in found.words
    assert found.due == due
    assert bool(found.task) is (role is not None), "who has a turn is told what to do"


@pytest.mark.parametrize(
    "state", [S.REFUSED, S.RESULTS_PUBLISHED, S.CANCELLED, S.EXPIRED, S.REVOKED], ids=str
)
def test_what_is_over_waits_for_nobody(state):
    found = turn(make_deployment(state=state), force=FORCE, now=END + 900 * DAY)
    assert (found.role, found.task, found.due) == (None, "", None)
    assert not found.is_late(END + 900 * DAY)
    assert "Nothing more has to be done." in found.words


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("now", [START - 30 * DAY, START, END + 30 * DAY], ids=["before", "during", "after"])
def test_every_state_has_words_at_any_time(state, now):
    found = turn(make_deployment(state=state, ended_at=END), force=FORCE, now=now)
    for words in (found.words, found.task):
        assert "_" not in words
        assert not words or (words[0].isupper() and words.endswith("."))


def test_the_review_is_late_after_the_days_the_force_has_for_its_results():
    ended = make_deployment(state=S.ENDED, ended_at=END)
    waits = turn(ended, force=FORCE, now=END)
    assert not waits.is_late(END + 5 * DAY - HOUR)
    assert waits.is_late(END + 5 * DAY)
    patient = turn(ended, force=replace(FORCE, results_deadline_days=28), now=END)
    assert patient.due == END + 28 * DAY


def test_the_days_for_the_results_are_days_on_the_calendar():
    """Ended at 4pm before the clocks go forward, due at 4pm after: an hour less in between."""
    end = START.replace(year=2027, month=3, day=26, hour=16)
    authority = make_authority(window_start=end - 6 * HOUR, window_end=end)
    ended = make_deployment(state=S.ENDED, authority=authority, ended_at=end)
    assert turn(ended, force=FORCE, now=end).due == end + 5 * DAY - HOUR


def test_the_review_is_a_commanders_or_an_officers_turn_and_nobody_elses():
    waits = turn(make_deployment(state=S.ENDED, ended_at=END), force=FORCE, now=END)
    assert {role for role in Role if waits.is_turn_of(person(role))} == {SILVER, OFFICER}
    running = turn(make_deployment(state=S.NOTICE_PUBLISHED, **NO_LIST), force=FORCE, now=OPENS - HOUR)
    assert not any(running.is_turn_of(person(role)) for role in Role)


def test_a_force_that_imports_earlier_is_told_its_own_time():
    early = replace(FORCE, list_window_hours=12)
    found = turn(make_deployment(state=S.NOTICE_PUBLISHED, **NO_LIST), force=early, now=OPENS)
    assert "from Wednesday 9 December 2026 at 10pm." in found.words
