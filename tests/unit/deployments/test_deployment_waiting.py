"""Whose turn it is, in words for everybody, until when, and when that is late."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core.data import Role
from apps.deployments.data import CheckKind
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.waiting import Awaited, turn
from tests.support.plans import END, FORCE, START, make_authority, make_deployment, person

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PUBLISH_BY = START - 7 * DAY
OPENS = START - 24 * HOUR
NEW = {"notice_published_at": None, "notice_verified_at": None, "watchlist_id": None}
NO_LIST = {"watchlist_id": None, "watchlist_seal_hash": None, "accepted_seal_hash": None}
PLANNER, OFFICER, SILVER = Role.PLANNER, Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER

ENGINEER = Role.SYSTEM_ENGINEER
FOCUS, WALK, SIGNS, STAFFING = (
    CheckKind.CAMERA_FOCUS,
    CheckKind.BLUE_LIST_PASS,
    CheckKind.SIGNAGE,
    CheckKind.STAFFING,
)


def turn_of(deployment, *, now, force=FORCE, items=(), has_model=True):
    return turn(deployment, force=force, now=now, awaited=Awaited(items, has_model))


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
    "accepted": (S.LIST_SEALED, {}, OPENS, SILVER, "commander to declare it ready.", START),
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
    found = turn_of(make_deployment(state=state, **changes), now=now)
    assert found.role is role
    assert words in found.words
    assert found.due == due
    assert bool(found.task) is (role is not None), "who has a turn is told what to do"


@pytest.mark.parametrize(
    "state", [S.REFUSED, S.RESULTS_PUBLISHED, S.CANCELLED, S.EXPIRED, S.REVOKED], ids=str
)
def test_what_is_over_waits_for_nobody(state):
    found = turn_of(make_deployment(state=state), now=END + 900 * DAY)
    assert (found.role, found.task, found.due) == (None, "", None)
    assert not found.is_late(END + 900 * DAY)
    assert "Nothing more has to be done." in found.words


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("now", [START - 30 * DAY, START, END + 30 * DAY], ids=["before", "during", "after"])
def test_every_state_has_words_at_any_time(state, now):
    found = turn_of(make_deployment(state=state, ended_at=END), now=now)
    for words in (found.words, found.task):
        assert "_" not in words
        assert not words or (words[0].isupper() and words.endswith("."))


def test_the_review_is_late_after_the_days_the_force_has_for_its_results():
    ended = make_deployment(state=S.ENDED, ended_at=END)
    waits = turn_of(ended, now=END)
    assert not waits.is_late(END + 5 * DAY - HOUR)
    assert waits.is_late(END + 5 * DAY)
    patient = turn_of(ended, force=replace(FORCE, results_deadline_days=28), now=END)
    assert patient.due == END + 28 * DAY


def test_the_days_for_the_results_are_days_on_the_calendar():
    """Ended at 4pm before the clocks go forward, due at 4pm after: an hour less in between."""
    end = START.replace(year=2027, month=3, day=26, hour=16)
    authority = make_authority(window_start=end - 6 * HOUR, window_end=end)
    ended = make_deployment(state=S.ENDED, authority=authority, ended_at=end)
    assert turn_of(ended, now=end).due == end + 5 * DAY - HOUR


def test_the_review_is_a_commanders_or_an_officers_turn_and_nobody_elses():
    waits = turn_of(make_deployment(state=S.ENDED, ended_at=END), now=END)
    assert {role for role in Role if waits.is_turn_of(person(role))} == {SILVER, OFFICER}
    running = turn_of(make_deployment(state=S.NOTICE_PUBLISHED, **NO_LIST), now=OPENS - HOUR)
    assert not any(running.is_turn_of(person(role)) for role in Role)


def test_a_force_that_imports_earlier_is_told_its_own_time():
    early = replace(FORCE, list_window_hours=12)
    found = turn_of(make_deployment(state=S.NOTICE_PUBLISHED, **NO_LIST), force=early, now=OPENS)
    assert "from Wednesday 9 December 2026 at 10pm." in found.words


@pytest.mark.parametrize(
    ("state", "items", "roles", "words"),
    [
        (
            S.LIST_SEALED,
            (FOCUS, WALK, SIGNS, STAFFING),
            (ENGINEER, SILVER),
            "Waiting for the checklist. The system engineer records camera focus and the Blue List walk. "
            "The silver commander records the signs and the staffing, then declares it ready.",
        ),
        (
            S.LIST_SEALED,
            (FOCUS,),
            (ENGINEER, SILVER),
            "Waiting for the checklist. The system engineer records camera focus. "
            "Then the silver commander declares it ready.",
        ),
        (
            S.LIST_SEALED,
            (STAFFING,),
            (SILVER,),
            "Waiting for the checklist. The silver commander records the staffing, then declares it ready.",
        ),
        (
            S.READY,
            (FOCUS,),
            (ENGINEER, SILVER),
            "It cannot start: something failed since it was ready. The system engineer records camera focus. "
            "Then the silver commander starts it.",
        ),
        (
            S.SUSPENDED,
            (WALK,),
            (ENGINEER, SILVER),
            "Suspended. The system engineer records the Blue List walk. "
            "Then the silver commander resumes it or ends it.",
        ),
    ],
    ids=["both", "engineer", "commander", "ready", "suspended"],
)
def test_open_items_of_the_checklist_wait_for_those_who_record_them(state, items, roles, words):
    found = turn_of(make_deployment(state=state), now=START, items=items)
    assert (found.roles, found.words) == (roles, words)
    assert words.split(". ", 1)[1] in found.task, "who has a turn is told which items are whose"


def test_before_the_officer_accepted_the_list_its_checklist_is_not_what_is_waited_for():
    sealed = make_deployment(state=S.LIST_SEALED, accepted_seal_hash=None)
    assert turn_of(sealed, now=OPENS, items=(FOCUS, STAFFING)).roles == (OFFICER,)


@pytest.mark.parametrize("state", [S.DRAFT, S.RETURNED], ids=str)
def test_a_plan_that_no_model_may_run_is_nobodys_turn_and_never_late(state):
    found = turn_of(make_deployment(state=state, **NEW), now=PUBLISH_BY, has_model=False)
    assert (found.roles, found.task, found.due) == ((), "", None)
    assert found.words == (
        "Waiting for a recognition model with enough evidence for operations. It could be made a rehearsal."
    )
    assert not found.is_late(END)
