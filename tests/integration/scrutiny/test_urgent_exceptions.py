"""Urgent approvals over a time: each counted once as it was approved, by no name, for those who oversee."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from tests.support.cast import make_member
from tests.support.days import PLANNED, START, make_day
from tests.support.plans import REASONS
from tests.support.urgent_days import CONFIRM_BY, DECIDED, live, make_urgent

PAGE = "/records/exceptions/"
AFTER = START + timedelta(days=1)


@pytest.fixture
def day(real_db):
    return make_day("north", urgent_confirmation_hours=5)


def see(day, role=Role.OVERSIGHT, query="", now=AFTER):
    with time_machine.travel(now, tick=False):
        answer = make_member(day, "reader", role).client().get(PAGE + query)
    return answer.status_code, answer.content.decode("utf-8-sig")


def test_one_that_ran_and_was_confirmed_late_is_summed_and_listed(day, monkeypatch):
    make_urgent(day, monkeypatch)
    live(day)
    day.step(deployments.confirm, day.officer, CONFIRM_BY, reasons=REASONS)
    status, page = see(day)
    assert status == 200
    assert "1 of 1 approval" in page
    assert "Confirmed late: 1" in page
    # The browser's own field for a date shows no other form of it.
    assert f'value="{AFTER.date()}"' in page
    assert "1 with less notice than the minimum" in page
    assert f'/records/{day.get().reference}/"' in page
    # The oversight body reads role and rank, no name and none of the reasons.
    for words in (day.inspector.label, REASONS, day.get().authority.urgent_reason):
        assert words not in page


def test_a_plan_that_was_withdrawn_or_widened_since_still_counts_as_it_was_approved(day, monkeypatch):
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    ordinary = day.plan(
        assessments=day.get().authority.assessments,
        rehearsal=False,
        max_subjects=11,
        urgent_grounds="",
        urgent_reason="",
    )
    day.step(deployments.amend, day.planner, DECIDED, authority=ordinary, reason=REASONS)
    assert not day.get().authority.urgent_grounds
    page = see(day, Role.SILVER_COMMANDER)[1]
    assert "1 of 1 approval" in page
    assert "imminent threat" in page.lower()
    assert "its approval ended before it was confirmed" in page.lower()


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "its approval ended before it was confirmed"), (6, "never confirmed: due ")],
    ids=["before it was due", "after it was due"],
)
def test_what_was_called_off_waits_for_no_confirmation(day, monkeypatch, hours, words):
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    report = {
        "reason": "the event is off",
        "done": "One sign was put up.",
        "collected": "Nothing was collected.",
    }
    day.step(deployments.cancel, day.planner, DECIDED + timedelta(hours=hours), **report)
    page = see(day)[1].lower()
    assert words in page
    assert "overdue" not in page
    assert "waiting" not in page.split("<main")[1].split("</main>")[0]


def test_ordinary_ones_and_other_times_and_forces_are_not_among_them(day, monkeypatch):
    other = make_day("south")
    make_urgent(other, monkeypatch)
    other.approve(now=DECIDED, actor=other.inspector)
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    assert "0 of 1 approval" in see(day)[1]
    first = (START + timedelta(days=2)).date()
    page = see(other, query=f"?first={first}&last={first}")[1]
    assert "No urgent approval was given" in page
    assert "0 of 0 approvals" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?first=2026-12-02&last=2026-12-01", "The last day comes before the first."),
        ("?first=soon&last=", "Give the first day as a date."),
        ("?first=0001-01-01&last=9999-12-31", "at most ten years"),
    ],
    ids=["backwards", "no dates", "for ever"],
)
def test_a_time_that_is_none_is_named(day, query, words):
    status, page = see(day, query=query)
    assert status == 422
    assert words in page


def test_as_a_table_with_its_event_and_without_formulas(day, monkeypatch):
    make_urgent(day, monkeypatch)
    wild = day.plan(
        place_name='=HYPERLINK("http://x")',
        assessments=day.get().authority.assessments,
        rehearsal=False,
        urgent_grounds=day.get().authority.urgent_grounds,
        urgent_reason=day.get().authority.urgent_reason,
    )
    day.step(deployments.amend, day.planner, DECIDED, authority=wild)
    day.approve(now=DECIDED, actor=day.inspector)
    _, text = see(day, query="?first=2026-12-01&last=2026-12-31&format=csv")
    header, row = list(csv.reader(io.StringIO(text)))
    assert header[0] == "Reference"
    assert row[1].startswith("'=")
    with force_context(day.force.id):
        assert AuditEvent.objects.filter(verb="scrutiny.exceptions_exported").count() == 1


def test_others_do_not_see_it_and_it_asks_the_same_for_many(day, monkeypatch):
    assert see(day, Role.OPERATOR)[0] == 403
    assert see(day, Role.FORCE_ADMIN)[0] == 403
    counts = []
    for _ in range(2):
        make_urgent(day, monkeypatch)
        day.approve(now=DECIDED, actor=day.inspector)
        with CaptureQueriesContext(connection) as asked:
            day.call(deployments.urgent_approvals, start=DECIDED, end=AFTER)
        counts.append(len(asked))
    assert counts[0] == counts[1]
