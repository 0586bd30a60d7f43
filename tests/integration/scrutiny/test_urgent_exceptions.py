"""Urgent approvals over a time: each counted once as it was approved, by no name, for those who oversee."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.scrutiny import views_exceptions
from tests.support.cast import make_member
from tests.support.days import PLANNED, START, make_day
from tests.support.plans import REASONS
from tests.support.reports import FORMS, csv_rows, json_tables
from tests.support.urgent_days import CONFIRM_BY, DECIDED, live, make_urgent

PAGE = "/records/exceptions/"
VERIFY = Path(__file__).resolve().parents[3] / "docs/how-to/administrator/verify_export.py"
AFTER = START + timedelta(days=1)


@pytest.fixture
def day(real_db):
    return make_day("north", urgent_confirmation_hours=5)


def see(day, role=Role.OVERSIGHT, query="", now=AFTER):
    with time_machine.travel(now, tick=False):
        answer = make_member(day, "reader", role).client().get(PAGE + query)
    return answer.status_code, answer.getvalue().decode("utf-8-sig")


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


def taken_out(day, form):
    with time_machine.travel(AFTER, tick=False):
        reader = make_member(day, "reader", Role.OVERSIGHT).client()
        answer = reader.get(f"{PAGE}?first=2026-12-01&last=2026-12-31&format={form}")
    assert answer["Content-Disposition"].endswith(f'2026-12-31.{form}"')
    return answer.getvalue()


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
    rows = csv_rows(taken_out(day, "csv"))
    header, row, *_ = rows[rows.index(["Urgent approvals, the latest first"]) + 1 :]
    assert header[0] == "Reference"
    assert row[1].startswith("'=")
    assert ["Urgent approvals", "1"] in rows
    with force_context(day.force.id):
        (event,) = AuditEvent.objects.filter(verb="scrutiny.exceptions_exported")
    assert event.payload["sha256"] == json.loads(rows[-1][1])["content_sha256"]
    assert event.payload["first"] == "2026-12-01"


def test_every_form_is_what_a_stranger_verifies_and_says_the_same(day, monkeypatch, tmp_path):
    make_urgent(day, monkeypatch)
    live(day)
    day.step(deployments.confirm, day.officer, CONFIRM_BY, reasons=REASONS)
    by = audit.signer()
    (tmp_path / "key.pub.pem").write_text(by.public_keys()[by.key_id])
    found = {}
    for form in FORMS:
        file = tmp_path / f"exceptions.{form}"
        file.write_bytes(taken_out(day, form))
        command = [sys.executable, "-I", VERIFY, file, "--key", tmp_path / "key.pub.pem"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (form, done.stdout, done.stderr)
        found[form] = file.read_bytes()
        # In no form a name of anybody, and none of the reasons that somebody typed.
        for words in (day.inspector.label, str(day.officer.id), REASONS):
            assert words.encode() not in found[form]
    tables, rows = json_tables(found["json"]), csv_rows(found["csv"])
    assert ["Confirmation: confirmed late", "1"] in tables["Sums of the time"]
    for caption, table in tables.items():
        begin = rows.index([caption]) + 1
        assert rows[begin : begin + len(table)] == table, caption
    forged = tmp_path / "forged.csv"
    forged.write_bytes(found["csv"].replace(b"Urgent approvals,1", b"Urgent approvals,0", 1))
    command = [sys.executable, "-I", VERIFY, forged, "--key", tmp_path / "key.pub.pem"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_time_without_any_is_told_as_files_too(day):
    assert ["No urgent approval was given in this time."] in csv_rows(taken_out(day, "csv"))
    page = see(day, query="?first=2026-12-01&last=2026-12-31")[1]
    for form in FORMS:
        assert f'href="?first=2026-12-01&amp;last=2026-12-31&amp;format={form}"' in page


def test_a_page_of_too_many_is_refused_as_pdf_with_words(day, monkeypatch):
    make_urgent(day, monkeypatch)
    day.approve(now=DECIDED, actor=day.inspector)
    monkeypatch.setattr(views_exceptions, "MOST_IN_PDF", 0)
    status, page = see(day, query="?format=pdf")
    assert status == 422
    assert views_exceptions.TOO_MANY in page


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
