"""Complaints, breaches and requests: numbers, steps, clocks, and no name of anybody."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from apps.audit.models import AuditEvent
from apps.casework import api, operations
from apps.casework.data import (
    About,
    Answer,
    BreachKind,
    BreachState,
    ComplaintState,
    RequestKind,
    RequestState,
    Risk,
)
from apps.casework.models import CaseStep, Complaint, DataBreach, RightsRequest
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments.models import DeploymentDuty
from tests.support.at_once import meanwhile
from tests.support.casework import WORDS, arrested, breach, complaint, do, rights_request, worker


def counts(stage, now=None):
    with stage.context():
        found = api.of_deployments(deployment_ids=[stage.deployment_id], now=now or utc_now())
    return found[stage.deployment_id].cases


def step(stage, case_id, name, *, actor=None, words=WORDS, operation=operations.step_complaint, **more):
    return do(stage, operation, case_id=case_id, step=name, words=words, actor=actor, **more)


def test_each_force_counts_its_own_numbers_without_a_gap(stage, elsewhere):
    complaint(stage)
    with pytest.raises(RuleViolated):
        complaint(stage, summary="a@b.example")
    complaint(stage, deployment_id=None)
    complaint(elsewhere)
    breach(stage)
    for one, expected in ((stage, [1, 2]), (elsewhere, [1])):
        with one.context():
            assert list(Complaint.objects.order_by("number").values_list("number", flat=True)) == expected
    with stage.context():
        assert DataBreach.objects.get().number == 1


def test_two_at_once_have_a_number_each(stage, owner_connection):
    actor = worker(stage)
    complaint(stage, actor=actor)

    def enter():
        return complaint(stage, actor=actor)

    meanwhile(stage.force.id, owner_connection, enter, enter)
    with stage.context():
        assert sorted(Complaint.objects.values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(
    "changes",
    [
        {"own_reference": "Jo Reed"},
        {"own_reference": "07700 900123"},
        {"summary": "Write to jo@example.org"},
        {"summary": "Ring 01438 123456"},
        {"summary": "Mrs Reed was kept too long"},
        {"received_on": london(utc_now()).date() + timedelta(days=1)},
        {"alert_number": 99},
        {"alert_number": 1, "deployment_id": None},
    ],
    ids=str,
)
def test_a_complaint_that_is_refused_leaves_nothing(stage, changes):
    with pytest.raises(RuleViolated):
        complaint(stage, **changes)
    with stage.context():
        assert not Complaint.objects.exists()
        assert not CaseStep.objects.exists()
        assert not AuditEvent.objects.filter(verb__startswith="casework").exists()


def test_a_complaint_goes_its_way_and_is_counted(stage):
    case_id = complaint(stage, alert_number=arrested(stage), about=About.FORCE_USED)
    step(stage, case_id, "begin_review", actor=worker(stage, Role.PLANNER), words="")
    with pytest.raises(RuleViolated, match="at least 10"):
        step(stage, case_id, "uphold", words="yes")
    assert step(stage, case_id, "uphold") is ComplaintState.UPHELD
    found = counts(stage).complaints
    assert (found.total, found.by_state, found.by_about) == (
        1,
        {ComplaintState.UPHELD: 1},
        {About.FORCE_USED: 1},
    )
    with pytest.raises(InvalidTransition):
        step(stage, case_id, "withdraw")
    assert step(stage, case_id, "refer") is ComplaintState.REFERRED
    with stage.context():
        assert Complaint.objects.get().closed_at is None
        steps = list(CaseStep.objects.order_by("recorded_at").values_list("step", "words"))
    assert steps == [("record", ""), ("begin_review", ""), ("uphold", WORDS), ("refer", WORDS)]


def test_nobody_decides_about_a_deployment_they_had_a_duty_on(stage):
    case_id = complaint(stage)
    step(stage, case_id, "begin_review")
    officer = worker(stage, Role.AUTHORISING_OFFICER)
    with stage.context():
        DeploymentDuty.objects.create(
            deployment_id=stage.deployment_id,
            actor_id=officer.id,
            actor_label=officer.label,
            duty="authorising",
            first_at=utc_now(),
        )
    for name in ("uphold", "not_uphold", "resolve", "withdraw"):
        with pytest.raises(NotPermitted, match="Somebody else decides"):
            step(stage, case_id, name, actor=officer)
    step(stage, case_id, "refer", actor=officer)
    assert step(stage, case_id, "not_uphold") is ComplaintState.NOT_UPHELD


@pytest.mark.parametrize("role", [Role.PLANNER, Role.SILVER_COMMANDER])
def test_who_works_on_a_complaint_does_not_decide_it(stage, role):
    case_id = complaint(stage)
    step(stage, case_id, "begin_review")
    with pytest.raises(NotPermitted):
        step(stage, case_id, "not_uphold", actor=worker(stage, role))


@pytest.mark.parametrize(
    "role", [Role.OVERSIGHT, Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER]
)
@pytest.mark.parametrize("enter", [complaint, breach, rights_request])
def test_other_roles_enter_no_case_and_take_no_step(stage, role, enter):
    with pytest.raises(NotPermitted):
        enter(stage, actor=worker(stage, role))
    case_id = enter(stage)
    operation, name = {
        complaint: (operations.step_complaint, "begin_review"),
        breach: (operations.step_breach, "close"),
        rights_request: (operations.step_request, "withdraw"),
    }[enter]
    with pytest.raises(NotPermitted):
        step(stage, case_id, name, actor=worker(stage, role), operation=operation)


@pytest.mark.parametrize("enter", [complaint, breach, rights_request])
def test_another_forces_deployment_and_cases_are_none(stage, elsewhere, enter):
    with pytest.raises(NotFound):
        enter(stage, deployment_id=elsewhere.deployment_id)
    case_id = enter(elsewhere)
    for operation, name in (
        (operations.step_complaint, "begin_review"),
        (operations.step_breach, "close"),
        (operations.step_request, "withdraw"),
    ):
        with pytest.raises(NotFound):
            step(stage, case_id, name, operation=operation)
    with pytest.raises(NotFound):
        do(stage, operations.update_breach, case_id=uuid4(), done=operations.Done(Risk.RISK))


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("casework_complaint", "received_on = '2020-01-01'"),
        ("casework_complaint", "about = 'other'"),
        ("casework_databreach", "became_aware_at = now()"),
        ("casework_databreach", "tell_by = now()"),
        ("casework_rightsrequest", "due_on = '2099-01-01'"),
        ("casework_casestep", "words = ''"),
        ("casework_nonestatement", "recorded_at = now()"),
    ],
)
def test_the_database_keeps_what_came_in_as_it_was(stage, table, column):
    with pytest.raises(ProgrammingError, match="permission denied"), stage.context():
        connection.cursor().execute(f"UPDATE {table} SET {column}")


def update(stage, case_id, **done):
    changes = {"risk": Risk.RISK} | done
    do(stage, operations.update_breach, case_id=case_id, done=operations.Done(**changes))


def test_the_clock_of_a_breach(stage):
    now = utc_now()
    case_id = breach(stage, became_aware_at=now - timedelta(hours=71))
    assert counts(stage, now).breaches.overdue == 0
    assert counts(stage, now + timedelta(hours=1, seconds=1)).breaches.overdue == 1
    update(stage, case_id, ico_told_at=now - timedelta(hours=1))
    found = counts(stage, now + timedelta(days=9)).breaches
    assert (found.overdue, found.told_in_time, found.told_late, found.open) == (0, 1, 0, 1)


def test_late_is_late_and_wants_a_reason(stage):
    now = utc_now()
    case_id = breach(stage, became_aware_at=now - timedelta(hours=80))
    assert counts(stage).breaches.overdue == 1
    with pytest.raises(RuleViolated, match="told late"):
        update(stage, case_id, ico_told_at=now - timedelta(hours=1))
    with pytest.raises(RuleViolated, match="after the force became aware"):
        update(stage, case_id, ico_told_at=now - timedelta(hours=90))
    with pytest.raises(RuleViolated, match="time to come"):
        update(stage, case_id, ico_told_at=utc_now() + timedelta(hours=1), ico_reason=WORDS)
    update(stage, case_id, ico_told_at=now - timedelta(hours=1), ico_reason=WORDS)
    assert (counts(stage).breaches.told_late, counts(stage).breaches.overdue) == (1, 0)


def test_not_told_with_reasons_is_counted_as_such(stage):
    case_id = breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    update(stage, case_id, ico_reason=WORDS)
    found = counts(stage).breaches
    assert (found.not_told, found.overdue, found.told_late) == (1, 0, 0)


@pytest.mark.parametrize(
    "changes", [{"kind": BreachKind.AUTHORITY}, {"kind": BreachKind.RULES}, {"risk": Risk.UNLIKELY}], ids=str
)
def test_what_need_not_be_told_is_never_overdue(stage, changes):
    breach(stage, became_aware_at=utc_now() - timedelta(days=30), **changes)
    found = counts(stage).breaches
    assert (found.total, found.overdue, found.told_in_time, found.not_told) == (1, 0, 0, 0)


def test_a_breach_closes_when_everything_is_answered(stage):
    case_id = breach(stage)
    with pytest.raises(RuleViolated) as refused:
        step(stage, case_id, "close", operation=operations.step_breach)
    assert len(refused.value.reasons) == 3
    with pytest.raises(RuleViolated, match="Why, or why not"):
        update(stage, case_id, people_told=False)
    update(
        stage,
        case_id,
        ico_told_at=utc_now() - timedelta(minutes=1),
        people_told=False,
        people_reason=WORDS,
        measures=WORDS,
    )
    closed = step(stage, case_id, "close", operation=operations.step_breach)
    assert closed is BreachState.CLOSED
    with pytest.raises(InvalidTransition):
        update(stage, case_id, measures="Something else was done.")
    step(stage, case_id, "reopen", operation=operations.step_breach)
    update(stage, case_id, measures="Something else was done.")
    with stage.context():
        last = CaseStep.objects.filter(step="update").order_by("recorded_at").last()
    assert WORDS in last.words, "what stood there before is kept"


@pytest.mark.parametrize("field", ["ico_reason", "people_reason", "measures"])
def test_what_was_done_names_nobody(stage, field):
    case_id = breach(stage)
    with pytest.raises(RuleViolated, match="e-mail address"):
        update(stage, case_id, **{field: "We wrote to jo@example.org."})


def test_an_access_request_is_late_after_a_month(stage):
    today = london(utc_now()).date()
    old = rights_request(stage, received_on=today - timedelta(days=45))
    rights_request(stage, received_on=today - timedelta(days=20))
    found = counts(stage).requests
    assert (found.total, found.open, found.overdue, found.late) == (2, 2, 1, 0)
    step(
        stage,
        old,
        "answer",
        operation=operations.step_request,
        answered_on=today,
        answer=Answer.IN_PART,
        words="",
    )
    found = counts(stage).requests
    assert (found.open, found.overdue, found.late, found.by_answer) == (1, 0, 1, {Answer.IN_PART: 1})


def test_the_last_day_is_stored_when_it_is_entered(stage):
    rights_request(stage, kind=RequestKind.FOI, received_on=date(2026, 6, 1))
    rights_request(stage, received_on=date(2026, 1, 31))
    with stage.context():
        due = list(RightsRequest.objects.order_by("number").values_list("due_on", flat=True))
    assert due == [date(2026, 6, 29), date(2026, 2, 28)]


def test_an_answer_has_a_day_and_a_result(stage):
    case_id = rights_request(stage)
    answer = {"operation": operations.step_request, "words": ""}
    today = london(utc_now()).date()
    with pytest.raises(RuleViolated, match="day of the answer and its result"):
        step(stage, case_id, "answer", **answer)
    with pytest.raises(RuleViolated, match="not to come"):
        step(stage, case_id, "answer", answered_on=today + timedelta(days=1), answer=Answer.REFUSED, **answer)
    step(stage, case_id, "answer", answered_on=today, answer=Answer.NOTHING_HELD, **answer)
    with pytest.raises(RuleViolated, match="at least 10"):
        step(stage, case_id, "reopen", **answer)
    reopened = step(stage, case_id, "reopen", operation=operations.step_request)
    assert reopened is RequestState.RECEIVED
    assert counts(stage).requests.by_answer == {}


def test_the_audit_has_no_words_of_a_case(stage):
    case_id = complaint(stage, summary="The words of the complaint.")
    step(stage, case_id, "withdraw")
    breach_id = breach(stage)
    update(stage, breach_id, measures="The measures that were taken.")
    with stage.context():
        events = list(AuditEvent.objects.filter(verb__startswith="casework").values("payload", "reason"))
    assert len(events) == 4
    told = str(events)
    for words in ("The words of", WORDS, "printed list", "The measures", "PSD/123"):
        assert words not in told
