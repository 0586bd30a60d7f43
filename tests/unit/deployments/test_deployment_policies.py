"""Reasons, separation of duties, the import window, the checklist, and the gate of every batch."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations_with_replacement

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments.data import COMPUTED_CHECKS, CheckData, CheckKind, Duty, DutyData, NotLive
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.policies import (
    StartFacts,
    can_run,
    can_start,
    can_take_duty,
    check_check,
    check_hash,
    check_import,
    check_live,
    check_prepared,
    check_reason,
    check_start,
)
from apps.deployments.rules.separation import check_duty
from apps.deployments.rules.states import CHECKING
from apps.deployments.rules.words import CHECK_WORDS
from tests.support.plans import CAMERAS, END, FORCE, FORCE_ID, START, make_authority, make_deployment, person

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
ALL_PASSED = tuple(CheckData(kind, True, False, "", "somebody", START) for kind in CheckKind)


# Written reasons


@pytest.mark.parametrize("text", ["", " ", "\n\t " * 30, "ok", "x" + " " * 50, "a b c d e f g h i"])
def test_too_little_is_no_reason(text):
    with pytest.raises(RuleViolated):
        check_reason(text)


def test_a_sentence_is():
    check_reason("Two robberies in the last week.")


# Separation of duties

APART = {
    (Duty.PLANNER, Duty.AUTHORISING),
    (Duty.PLANNER, Duty.SILVER),
    (Duty.PLANNER, Duty.OPERATOR),
    (Duty.PLANNER, Duty.ENGAGEMENT),
    (Duty.PLANNER, Duty.ENGINEER),
    (Duty.AUTHORISING, Duty.SILVER),
    (Duty.AUTHORISING, Duty.OPERATOR),
    (Duty.AUTHORISING, Duty.ENGAGEMENT),
    (Duty.AUTHORISING, Duty.ENGINEER),
    (Duty.SILVER, Duty.OPERATOR),
    (Duty.OPERATOR, Duty.ENGINEER),
    (Duty.ENGAGEMENT, Duty.ENGINEER),
}


@pytest.mark.parametrize(("one", "other"), combinations_with_replacement(Duty, 2))
def test_duties_that_exclude_each_other_do_so_whichever_came_first(one, other):
    # All roles at once: what somebody did decides, not what they may do elsewhere.
    actor = person(*Role)
    apart = (one, other) in APART or (other, one) in APART
    for first, second in ((one, other), (other, one)):
        did = [DutyData(actor.id, "somebody", first)]
        assert can_take_duty(did, actor=actor, duty=second) is not apart


def test_what_another_person_did_does_not_matter():
    check_duty([DutyData(person().id, "another", Duty.PLANNER)], actor=person(), duty=Duty.AUTHORISING)


def test_the_one_who_planned_can_never_approve():
    planner = person(Role.PLANNER, Role.AUTHORISING_OFFICER)
    with pytest.raises(NotPermitted, match="planner"):
        check_duty([DutyData(planner.id, "planner", Duty.PLANNER)], actor=planner, duty=Duty.AUTHORISING)


# What was read is what is approved


def test_another_hash_than_the_one_read_is_refused():
    check_hash(seen="a" * 64, current="a" * 64)
    with pytest.raises(RuleViolated, match="read it again"):
        check_hash(seen="a" * 64, current="b" * 64)


# No biometric waits through the notice period


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        (START - 24 * HOUR - MOMENT, False),
        (START - 24 * HOUR, True),
        (START + HOUR, True),
        (END - MOMENT, True),
        (END, False),
    ],
)
def test_a_list_is_imported_within_the_hours_before_the_start(now, allowed):
    deployment = make_deployment(state=S.NOTICE_PUBLISHED, watchlist_id=None)
    if allowed:
        check_import(deployment, force=FORCE, now=now)
    else:
        with pytest.raises(RuleViolated):
            check_import(deployment, force=FORCE, now=now)


@pytest.mark.parametrize("state", sorted(set(S) - {S.NOTICE_PUBLISHED}))
def test_a_list_is_imported_in_no_other_state(state):
    with pytest.raises(RuleViolated, match="after the notice and before the seal"):
        check_import(make_deployment(state=state), force=FORCE, now=START - HOUR)


# The checklist


@pytest.mark.parametrize("kind", [CheckKind.MODEL_MATCHES, CheckKind.WATCHLIST_MATCHES])
@pytest.mark.parametrize("role", list(Role))
def test_nobody_ticks_what_is_worked_out(kind, role):
    with pytest.raises(RuleViolated, match="not ticked"):
        check_check(kind, state=S.LIST_SEALED, actor=person(role))


WHO_CHECKS = {
    CheckKind.CAMERA_FOCUS: {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER},
    CheckKind.ZONE_MARKED: {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER},
    CheckKind.BLUE_LIST_PASS: {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER},
    CheckKind.CLOCKS_IN_SYNC: {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER, Role.SYSTEM},
    CheckKind.SIGNAGE: {Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER, Role.ENGAGEMENT_OFFICER},
    CheckKind.STAFFING: {Role.SILVER_COMMANDER},
}


@pytest.mark.parametrize("kind", sorted(WHO_CHECKS))
@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_can_know_vouch_for_an_item(kind, role):
    actor = Actor.system(force_id=FORCE_ID, label="clock") if role is Role.SYSTEM else person(role)
    if role in WHO_CHECKS[kind]:
        check_check(kind, state=S.LIST_SEALED, actor=actor)
    else:
        with pytest.raises(NotPermitted):
            check_check(kind, state=S.LIST_SEALED, actor=actor)


@pytest.mark.parametrize("state", sorted(set(S) - CHECKING))
def test_the_checklist_is_closed_before_the_seal_and_after_the_end(state):
    with pytest.raises(RuleViolated, match="opens with the sealed list"):
        check_check(CheckKind.SIGNAGE, state=state, actor=person(Role.SILVER_COMMANDER))


# Start


def on_duty(*duties: Duty) -> tuple[DutyData, ...]:
    """Somebody else for each."""
    return tuple(DutyData(person().id, str(duty), duty) for duty in duties)


ENOUGH = on_duty(Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT)


def facts(**changes) -> StartFacts:
    return StartFacts(
        **({"force": FORCE, "duties": ENOUGH, "checks": ALL_PASSED, "grade": "rehearsal"} | changes)
    )


def without(kind: CheckKind, *, recorded: bool) -> tuple[CheckData, ...]:
    missing = CheckData(kind, False, False, "", "", START if recorded else None)
    return tuple(missing if check.kind is kind else check for check in ALL_PASSED)


READY = make_deployment(state=S.READY)


def start_refusals(deployment=READY, now=START, **changes) -> tuple[str, ...]:
    assert not can_start(deployment, facts(**changes), now=now)
    with pytest.raises(RuleViolated) as refusal:
        check_start(deployment, facts(**changes), now=now)
    return refusal.value.reasons


def test_it_starts_when_nothing_is_missing():
    check_start(READY, facts(), now=START)


@pytest.mark.parametrize("now", [START - MOMENT, END, END + HOUR])
def test_it_does_not_start_outside_the_window(now):
    assert "outside the authorised window" in start_refusals(now=now)[0]


def test_it_does_not_start_on_a_short_notice():
    short = make_deployment(state=S.READY, notice_verified_at=START - timedelta(days=7) + MOMENT)
    assert "7 days" in start_refusals(short)[0]


def test_it_does_not_start_on_a_notice_nobody_saw():
    assert "not been verified" in start_refusals(make_deployment(state=S.READY, notice_verified_at=None))[0]


@pytest.mark.parametrize("accepted", [None, "6" * 64])
def test_it_does_not_start_on_a_list_nobody_accepted(accepted):
    assert (
        "not been accepted" in start_refusals(make_deployment(state=S.READY, accepted_seal_hash=accepted))[0]
    )


def test_it_does_not_start_when_the_content_is_not_the_approved():
    assert (
        "not of this authority" in start_refusals(make_deployment(state=S.READY, approved_hash="0" * 64))[0]
    )


@pytest.mark.parametrize("grade", ["rehearsal", "experimental", None])
def test_an_operational_start_needs_operational_evidence(grade):
    operational = make_authority(rehearsal=False, categories=("court_order",))
    assert start_refusals(make_deployment(state=S.READY, authority=operational), grade=grade)
    check_start(make_deployment(state=S.READY, authority=operational), facts(grade="operational"), now=START)


def test_a_rehearsal_that_lists_others_does_not_start():
    mixed = make_authority(categories=("blue_list", "court_order"))
    assert "Blue List only" in start_refusals(make_deployment(state=S.READY, authority=mixed))[0]


@pytest.mark.parametrize("kind", sorted(set(CheckKind) - COMPUTED_CHECKS))
def test_it_does_not_start_with_an_open_check(kind):
    words = CHECK_WORDS[kind]
    assert start_refusals(checks=without(kind, recorded=False)) == (f"Check {words}, and record the result.",)
    assert start_refusals(checks=without(kind, recorded=True)) == (
        f"The check of {words} failed. Put it right and record it again.",
    )


@pytest.mark.parametrize("kind", sorted(COMPUTED_CHECKS))
def test_it_does_not_start_when_the_platform_finds_a_difference(kind):
    """Nobody is asked to tick what nobody can tick."""
    (refusal,) = start_refusals(checks=without(kind, recorded=False))
    assert "record" not in refusal


NOBODY_TO_DECIDE = "No operator has taken their duty yet."
NOBODY_TO_ENGAGE = "No engagement officer has taken their duty yet."


@pytest.mark.parametrize(
    ("duties", "minimum", "missing"),
    [
        ((), 3, {NOBODY_TO_DECIDE, NOBODY_TO_ENGAGE, "Nobody is on duty here. Your force needs at least 3."}),
        ((Duty.SILVER, Duty.ENGINEER, Duty.ENGINEER), 3, {NOBODY_TO_DECIDE, NOBODY_TO_ENGAGE}),
        ((Duty.SILVER, Duty.ENGAGEMENT, Duty.ENGAGEMENT), 3, {NOBODY_TO_DECIDE}),
        ((Duty.SILVER, Duty.OPERATOR, Duty.OPERATOR), 3, {NOBODY_TO_ENGAGE}),
        (
            (Duty.PLANNER, Duty.AUTHORISING, Duty.OPERATOR, Duty.ENGAGEMENT),
            3,
            {"Only 2 people are on duty here. Your force needs at least 3."},
        ),
        (
            (Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT),
            5,
            {"Only 3 people are on duty here. Your force needs at least 5."},
        ),
        # A force that asks for nobody still has two decisions on each alert.
        ((Duty.SILVER,), 0, {NOBODY_TO_DECIDE, NOBODY_TO_ENGAGE}),
    ],
    ids=["nobody", "nobody decides", "no operator", "no engagement", "planners", "five asked", "none asked"],
)
def test_it_does_not_start_without_its_people(duties, minimum, missing):
    force = replace(FORCE, minimum_staffing=minimum)
    assert set(start_refusals(duties=on_duty(*duties), force=force)) == missing
    with pytest.raises(RuleViolated) as refusal:
        check_prepared(READY, facts(duties=on_duty(*duties), force=force), now=START)
    assert set(refusal.value.reasons) == missing


def test_one_person_with_two_duties_is_one_person():
    busy = person()
    taken = tuple(DutyData(busy.id, "busy", duty) for duty in (Duty.OPERATOR, Duty.ENGAGEMENT))
    assert start_refusals(duties=taken) == ("Only 1 person is on duty here. Your force needs at least 3.",)


def test_every_reason_is_given_at_once():
    nothing = make_deployment(
        state=S.READY, notice_verified_at=None, accepted_seal_hash=None, approved_hash=None
    )
    unchecked = tuple(CheckData(kind, False, False, "", "", None) for kind in CheckKind)
    found = start_refusals(nothing, now=END, checks=unchecked, grade=None, duties=())
    assert len(found) == 5 + 3 + len(CheckKind)


def test_ready_needs_all_but_the_clock():
    check_prepared(READY, facts(), now=START)
    with pytest.raises(RuleViolated, match="staffing"):
        check_prepared(READY, facts(checks=without(CheckKind.STAFFING, recorded=False)), now=START)


# The gate of every frame, batch and alert


def test_recognition_runs_when_all_is_in_order():
    check_live(make_deployment(), grade="rehearsal", now=START)
    check_live(make_deployment(), grade="rehearsal", now=END - MOMENT)


@pytest.mark.parametrize("state", sorted(set(S) - {S.LIVE}))
def test_recognition_is_impossible_outside_live(state):
    with pytest.raises(NotLive, match="not live"):
        check_live(make_deployment(state=state), grade="rehearsal", now=START)


@pytest.mark.parametrize(
    ("changes", "grade", "now"),
    [
        ({}, "rehearsal", START - MOMENT),
        ({}, "rehearsal", END),
        ({"approved_hash": None}, "rehearsal", START),
        ({"approved_hash": "0" * 64}, "rehearsal", START),
        ({"accepted_seal_hash": None}, "rehearsal", START),
        ({"accepted_seal_hash": "0" * 64}, "rehearsal", START),
        ({"accepted_seal_hash": None, "watchlist_seal_hash": None}, "rehearsal", START),
        ({"authority": make_authority(rehearsal=False, categories=("suspected",))}, "rehearsal", START),
        ({"authority": make_authority(categories=("blue_list", "suspected"))}, "operational", START),
        ({}, None, START),
    ],
)
def test_recognition_is_impossible_without_each_of_its_conditions(changes, grade, now):
    assert not can_run(make_deployment(**changes), grade=grade, now=now)


def test_content_changed_underneath_loses_its_approval_at_once():
    """The hash is computed again from the content, whatever the row says its hash is."""
    approved = make_authority(cameras=CAMERAS[:1]).sha256()
    tampered = make_deployment(approved_hash=approved, authority_hash=approved)
    assert not can_run(tampered, grade="rehearsal", now=START)
