"""Mails to people of the force about deadlines: once each, however often the sweep runs."""

from datetime import timedelta

import pytest
from django.core import mail

from apps.accounts.models import RoleGrant
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import mails, reminders
from apps.notices.models import OutgoingMail, Reminder
from tests.support.cast import make_member
from tests.support.days import PLANNED, make_day
from tests.support.plans import START
from tests.support.urgent_days import CONFIRM_BY, DECIDED, HOURS, make_urgent

HOUR = timedelta(hours=1)


@pytest.fixture
def day(real_db):
    return make_day("north", urgent_confirmation_hours=HOURS)


def sweep(day, now):
    return day.call(reminders.remind_due, now=now)


def sent(day):
    mail.outbox.clear()
    mails.send_due(force_id=day.force.id, now=utc_now())
    return sorted((message.to[0], message.subject) for message in mail.outbox)


def test_an_urgent_approval_is_told_to_officers_at_once_and_again_before_it_lapses(day, monkeypatch):
    chief = make_member(day, "north-chief", Role.AUTHORISING_OFFICER)
    make_member(day, "north-second-planner", Role.PLANNER)
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    assert sweep(day, DECIDED + HOUR) > 0
    told = sent(day)
    assert [subject for to, subject in told if to == chief.username] == [
        "LFR-2026-001: Confirm or refuse an urgent approval"
    ]
    assert not any("knife" in message.body for message in mail.outbox)
    assert not any("inspector" in to or "planner" in to for to, _ in told)
    assert sweep(day, DECIDED + HOUR) == 0
    assert sent(day) == []
    # After a day without a scheduler: the second one, and not the first again.
    assert sweep(day, CONFIRM_BY - HOUR) > 0
    assert {subject for _, subject in sent(day)} == {
        "LFR-2026-001: An urgent approval is still not confirmed"
    }
    assert sweep(day, CONFIRM_BY + HOUR) == 0


def test_nobody_is_reminded_of_what_is_confirmed(day, monkeypatch):
    make_member(day, "north-chief", Role.AUTHORISING_OFFICER)
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    assert sweep(day, DECIDED + HOUR) > 0
    officer = day.person("confirmer", Role.AUTHORISING_OFFICER)
    day.step(deployments.confirm, officer, DECIDED + HOUR, reasons="x" * 80)
    assert sweep(day, CONFIRM_BY - HOUR) == 0


def test_open_conditions_are_told_the_day_before_to_those_who_can_meet_them(day):
    planner = make_member(day, "north-second-planner", Role.PLANNER)
    officer = make_member(day, "north-chief", Role.AUTHORISING_OFFICER)
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED - HOUR)
    day.approve(now=PLANNED, conditions=["Put a sign at the bus stop too."])
    assert sweep(day, START - 25 * HOUR) == 0
    assert sweep(day, START - 23 * HOUR) > 0
    told = dict(sent(day))
    assert told[planner.username] == "LFR-2026-001: Conditions of an approval are open"
    assert officer.username not in told
    assert "bus stop" not in mail.outbox[0].body
    assert sweep(day, START - 22 * HOUR) == 0


def test_results_are_told_a_day_before_they_are_due_and_once_under_two_schedulers(day):
    commander = make_member(day, "north-second-silver", Role.SILVER_COMMANDER)
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, START + HOUR, reason="It is over.")
    due = deployments.earliest_start(day.get().ended_at, day.force.results_deadline_days)
    assert sweep(day, due - 25 * HOUR) == 0
    assert sweep(day, due - 23 * HOUR) > 0
    # Another scheduler, later than everything: the row of the first is found.
    assert sweep(day, due + 50 * HOUR) == 0
    assert dict(sent(day))[commander.username] == "LFR-2026-001: Results are due"
    assert (day.call(Reminder.objects.count), day.call(OutgoingMail.objects.count)) == (1, 0)


def test_who_has_left_since_is_written_no_mail(day, monkeypatch):
    make_member(day, "north-chief", Role.AUTHORISING_OFFICER)
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    assert sweep(day, DECIDED + HOUR) > 0
    day.call(RoleGrant.objects.filter(revoked_at__isnull=True).update, revoked_at=utc_now())
    assert sent(day) == []
    assert day.call(OutgoingMail.objects.count) == 0


def test_a_short_time_to_confirm_is_told_once_and_says_who_can(day, monkeypatch):
    make_member(day, "north-chief", Role.AUTHORISING_OFFICER)
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    assert sweep(day, CONFIRM_BY - HOUR) > 0
    told = sent(day)
    assert {subject for _, subject in told} == {"LFR-2026-001: An urgent approval is still not confirmed"}
    assert len({to for to, _ in told}) == len(told)
    assert "officer who did not give it confirms or refuses it" in mail.outbox[0].body


def test_a_deadline_that_nobody_could_be_told_of_is_told_once_somebody_holds_the_role(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, START + HOUR, reason="It is over.")
    due = deployments.earliest_start(day.get().ended_at, day.force.results_deadline_days)
    day.call(RoleGrant.objects.filter(revoked_at__isnull=True).update, revoked_at=utc_now())
    assert sweep(day, due - 23 * HOUR) == 0
    commander = make_member(day, "north-second-silver", Role.SILVER_COMMANDER)
    assert sweep(day, due - 22 * HOUR) == 1
    assert dict(sent(day)) == {commander.username: "LFR-2026-001: Results are due"}
