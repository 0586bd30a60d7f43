"""Deployments over a time: one a row and summed, the same on the page and in both files, by no name."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.scrutiny.exceptions import Period
from apps.scrutiny.period import period_report
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage
from tests.support.recount import recount
from tests.support.reports import again, busy_stage

PAGE = "/records/period/"


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def see(stage, query="?kind=rehearsals", role=Role.OVERSIGHT):
    answer = stage.person(f"reader {role}", role).client().get(PAGE + query)
    return answer.status_code, answer.getvalue().decode("utf-8-sig")


def report(stage, **asked):
    today = london(utc_now()).date()
    period = Period(today - timedelta(days=30), today)
    with stage.context():
        return period_report(force=stage.force, period=period, now=utc_now(), **asked)


@pytest.fixture
def busy(real_db):
    return busy_stage()


def test_the_sums_are_those_of_the_rows_with_both_denominators(busy):
    uncounted = again(busy)
    found = report(busy, rehearsals=True)
    counts = found.summed
    assert (counts.alerts, counts.confirmed_true, counts.confirmed_false, counts.operator_rejected) == (
        4,
        1,
        1,
        1,
    )
    assert counts.unresolved == 1
    of_alerts, of_tracks = found.false.of_alerts, found.false.of_tracks
    assert (of_alerts.numerator, of_alerts.denominator) == (2, 3), "what nobody resolved is in no rate"
    assert (of_tracks.numerator, of_tracks.denominator) == (2, 400)
    assert (len(found.rows), found.uncounted, found.others) == (2, 1, 0)
    (row,) = [row for row in found.rows if row.reference == uncounted.reference]
    assert row.tracks is None
    for name, number in recounted(busy).items():
        assert number == (found.tracks if name == "tracks" else getattr(counts, name)), name


def recounted(stage):
    with stage.context():
        return recount(rehearsals=True)


def test_operations_and_rehearsals_are_never_added_together(busy):
    assert list(report(busy).rows) == []
    assert report(busy).summed.alerts == 0
    assert report(busy).others == 1
    status, page = see(busy, "")
    assert status == 200
    assert "No operation began in this time." in page
    assert "1 rehearsal in the same time, counted nowhere below" in page


def test_the_page_and_both_files_say_the_same_and_the_taking_is_recorded(busy):
    status, page = see(busy)
    table = see(busy, "?kind=rehearsals&format=csv")[1]
    found = json.loads(see(busy, "?kind=rehearsals&format=json")[1])
    rows = list(csv.reader(io.StringIO(table)))
    header, row = rows[rows.index(["Deployments"]) + 1 :][:2]
    line = dict(zip(header, row, strict=True))
    assert status == 200
    assert "2 of 400" in page
    assert "2 of 3" in page
    assert line["Tracks"] == "400"
    assert (line["Alerts"], line["Confirmed false"], line["Unresolved"]) == ("4", "1", "1")
    assert float(line["False of tracks"]) == found["false"]["of_tracks"]["share"] == 0.005
    assert found["summed"]["alerts"] == 4
    assert found["rows"][0]["alerts"]["confirmed_true"] == 1
    with busy.context():
        events = AuditEvent.objects.filter(verb="scrutiny.period_exported").order_by("ordinal")
        assert [event.payload["format"] for event in events] == ["csv", "json"]


def test_it_names_nobody_and_shows_no_face(busy):
    with busy.context():
        names = [*Subject.objects.values_list("display_name", flat=True)]
        names += Subject.objects.values_list("reference", flat=True)
    names += [person.actor.label for person in busy.people.values() if "reader" not in person.username]
    assert len(names) > 5
    for form in ("", "&format=csv", "&format=json"):
        answer = see(busy, f"?kind=rehearsals{form}")[1]
        assert [name for name in names if name in answer.split("<main")[-1]] == []
        assert "<img" not in answer.split("<main")[-1]


def test_less_notice_than_the_minimum_is_said_of_the_row_and_counted(busy):
    again(busy, notice_verified_at=utc_now() - timedelta(days=3))
    found = report(busy, rehearsals=True)
    assert found.short == 1
    assert timedelta(days=1) < found.shortest < timedelta(days=4)
    page = see(busy)[1]
    assert "1 of 2 with less than the minimum" in page
    assert page.count("Less than the minimum</strong>") == 1


def test_what_never_began_is_said_and_not_counted(busy):
    again(busy, started_at=None, state="expired")
    found = report(busy, rehearsals=True)
    assert found.not_begun == (("expired", 1),)
    assert len(found.rows) == 1
    assert "1 never began: expired" in see(busy)[1]


def test_another_force_and_another_time_are_not_in_it(busy):
    other = make_stage("south")
    assert report(other, rehearsals=True).summed.alerts == 0
    assert other.force.name not in see(busy)[1]
    long_ago = "?kind=rehearsals&first=2020-01-01&last=2020-02-01"
    assert "No rehearsal began in this time." in see(busy, long_ago)[1]


def test_more_deployments_cost_no_further_query(busy):
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            report(busy, rehearsals=True)
        counted.append(len(queries))
        for _ in range(4):
            again(busy)
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("query", "words"),
    [("?first=2026-12-02&last=2026-12-01", "comes before the first"), ("?kind=secret", "Choose operations")],
    ids=["backwards", "no such kind"],
)
def test_a_question_that_is_none_is_named(stage, query, words):
    status, page = see(stage, query)
    assert status == 422
    assert words in page
