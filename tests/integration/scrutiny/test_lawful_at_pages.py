"""The page of a moment and its files: who gets in, what may be typed, what stands in them; no name."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from apps.audit.models import AuditEvent
from apps.core.typesetting import attachments
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast
from tests.support.clocks import travelled
from tests.support.days import END, START, make_day

LATER = END + timedelta(hours=1)
NOON = START + timedelta(hours=2)
HOSTILE = '<script>alert(1)</script> #panic("x") $x$ near TS-001'


@pytest.fixture
def day(real_db):
    day = make_day()
    day.cast = make_cast(day)
    return day


def ran(day):
    """It ran and the window ended it."""
    day.to(S.LIVE)
    day.call(deployments.end_overdue, now=END + timedelta(seconds=5))
    return f"/records/{day.get().reference.lower()}/at/"


def ask(day, who, path, query=""):
    with travelled(LATER):
        answer = day.cast[who].client().get(path + query)
        return answer.status_code, answer.getvalue()


@pytest.mark.parametrize("who", ["silver", "officer", "planner", "oversight"])
def test_whoever_answers_for_it_or_oversees_it_reads_a_moment(day, who):
    path = ran(day)
    assert ask(day, who, path)[0] == 200
    status, page = ask(day, who, path, "?time=12:00")
    said = page.decode()
    assert status == 200
    assert "none is on record as broken at 12:00:00 on Thursday 10 December 2026" in said
    assert "is for a court" in said
    assert "TS-001" not in said
    assert ("P-" in said) == (who == "oversight")
    assert (day.cast["officer"].actor.label in said) == (who != "oversight")


@pytest.mark.parametrize("who", ["operator", "engagement", "engineer", "admin"])
def test_nobody_else_does(day, who):
    path = ran(day)
    for query in ("", "?time=12:00", "?time=12:00&format=pdf"):
        assert ask(day, who, path, query)[0] == 403


def test_another_force_finds_nothing(day):
    path = ran(day)
    other = make_day("south")
    other.cast = make_cast(other)
    for query in ("", "?time=12:00", "?time=12:00&format=json"):
        status, page = ask(other, "silver", path, query)
        assert status == 404
        assert b"Market Square" not in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write the time like 14:03"),
        ("noon", "Write the time like 14:03"),
        ("25:00", "Write the time like 14:03"),
        ("<b>12:00</b>", "at most 8 characters"),
        ("23:30", "has not come yet"),
    ],
)
def test_what_is_no_moment_of_it_is_refused_in_words(day, typed, said):
    status, page = ask(day, "silver", ran(day), f"?time={typed}&format=json")
    assert status == 422
    assert said in page.decode()
    assert b"<b>12:00" not in page


@pytest.mark.parametrize("asked", ["2026-12-09", "9999-12-31", "tomorrow"])
def test_another_day_than_its_own_is_refused(day, asked):
    status, page = ask(day, "silver", ran(day), f"?time=12:00&day={asked}")
    assert status == 422
    assert "12:00:00" not in page.decode()


def test_outside_its_window_recognition_was_impossible(day):
    path = ran(day)
    for typed, why in (("09:59:59", "the authorised window had not begun"), ("16:00", "window was over")):
        status, page = ask(day, "officer", path, f"?time={typed}")
        assert status == 200
        assert "Recognition was impossible at" in page.decode()
        assert why in page.decode()


def test_what_somebody_typed_is_shown_as_text_and_without_the_reference_of_a_listed_person(day):
    day.plan = partial(day.plan, place_name=HOSTILE, approaches=("<i>High Street</i>", "TS-001 Lane"))
    path = ran(day)
    page = ask(day, "oversight", path, "?time=12:00")[1].decode()
    assert "<script>alert(1)" not in page
    assert "<i>High Street" not in page
    assert "&lt;i&gt;High Street" in page
    for form in ("pdf", "json"):
        content = ask(day, "oversight", path, f"?time=12:00&format={form}")[1]
        text = content.decode() if form == "json" else pdf_text(content)
        assert "TS-001" not in text
        assert "[name removed] Lane" in text
        assert "alert(1)" in text


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_both_files_say_what_the_page_says_and_are_on_record(day):
    path = ran(day)
    page = ask(day, "officer", path, "?time=12:00")[1].decode()
    exhibit = json.loads(ask(day, "officer", path, "?time=12:00&format=json")[1])
    pdf = ask(day, "officer", path, "?time=12:00&format=pdf")[1]
    anchor = exhibit.pop("audit_anchor")
    assert exhibit["conclusion"] in page
    assert exhibit["at"] == NOON.isoformat()
    assert {line["standing"] for line in exhibit["lines"]} == {"kept", "not recorded"}
    assert exhibit["conclusion"] in pdf_text(pdf)
    assert day.get().watchlist_seal_hash in pdf_text(pdf).replace(" ", "")
    attached = [json.loads(each) for each in attachments(pdf)]
    assert exhibit in attached, "the PDF carries the same content"
    with travelled(LATER):
        events = day.call(
            lambda: list(AuditEvent.objects.filter(verb="scrutiny.in_force_exported").order_by("ordinal"))
        )
    assert [event.payload["format"] for event in events] == ["json", "pdf"]
    assert anchor["event_id"] == str(events[0].id)
    assert events[0].payload["sha256"] == anchor["content_sha256"]
    assert events[0].payload["at"] == NOON.isoformat()


def test_a_hash_stands_whole_and_inside_the_page(day):
    content = ask(day, "officer", ran(day), "?time=12:00&format=pdf")[1]
    ends = []

    def see(text, at, line, font, size):
        if re.search(r"[0-9a-f]{64}", text):
            # A figure of the typeface is a little less than half as wide as its size.
            ends.append(at[4] + 64 * 0.465 * size)

    for page in PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=see)
    right = PdfReader(io.BytesIO(content)).pages[0].mediabox.width - 20 * 72 / 25.4
    assert len(ends) >= 3, "the seal, the approval and the revision"
    assert max(ends) <= right


def test_a_window_over_midnight_asks_for_the_day(day):
    day.plan = partial(day.plan, window_end=START + timedelta(hours=20))
    day.to(S.LIVE)
    path = f"/records/{day.get().reference.lower()}/at/"
    with travelled(START + timedelta(hours=21)):
        client = day.cast["silver"].client()
        first = client.get(path).getvalue().decode()
        without = client.get(f"{path}?time=01:00")
        night = client.get(f"{path}?time=01:00&day=2026-12-11").getvalue().decode()
    assert "Thursday 10 December 2026" in first
    assert "Friday 11 December 2026" in first
    assert without.status_code == 422
    assert "01:00:00 on Friday 11 December 2026" in night


def test_a_time_that_came_twice_is_asked_about_and_named(day):
    """A window over the night in which the clocks go back: half past one comes at 00:30 and at 01:30 UTC."""
    from datetime import UTC, datetime

    from apps.deployments.models import Deployment

    path = ran(day)
    night = day.plan(
        window_start=datetime(2027, 10, 30, 22, tzinfo=UTC), window_end=datetime(2027, 10, 31, 4, tzinfo=UTC)
    )
    day.call(Deployment.objects.filter(id=day.deployment_id).update, authority=night.canonical())
    with travelled(datetime(2027, 10, 31, 12, tzinfo=UTC)):
        client = day.cast["silver"].client()
        twice = client.get(f"{path}?time=01:30&day=2027-10-31")
        summer, winter = (
            json.loads(client.get(f"{path}?time=01:30&day=2027-10-31&clock={clock}&format=json").getvalue())[
                "at"
            ]
            for clock in ("bst", "gmt")
        )
    assert twice.status_code == 422
    assert "came twice on this day" in twice.getvalue().decode()
    assert "British Summer Time, the first time" in twice.getvalue().decode()
    assert (summer, winter) == ("2027-10-31T00:30:00+00:00", "2027-10-31T01:30:00+00:00")


def test_as_many_queries_whatever_happened(day):
    path = ran(day)
    quiet = queries(day, path)
    busy = make_day("north")
    busy.cast = make_cast(busy)
    busy.to(S.LIVE)
    for minute in range(10, 50, 10):
        at = START + timedelta(minutes=minute)
        busy.step(deployments.suspend, busy.operator, at, reason="smoke in the square")
        busy.step(deployments.resume, busy.silver, at + timedelta(minutes=3))
        busy.signs(now=at)
        busy.step(
            deployments.record_gap, busy.system, at,
            camera_id=None, started_at=at, ended_at=at + timedelta(seconds=9), reason="relay lost",
        )  # fmt: skip
    busy.call(deployments.end_overdue, now=END + timedelta(seconds=5))
    assert queries(busy, f"/records/{busy.get().reference.lower()}/at/") == quiet


def queries(day, path):
    with travelled(LATER):
        client = day.cast["oversight"].client()
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{path}?time=12:00").status_code == 200
    return len(asked)
