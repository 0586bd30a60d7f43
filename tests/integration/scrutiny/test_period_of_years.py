"""Ten years of deployments: what a row of a report costs in memory, and what the page still lists."""

from __future__ import annotations

import json
import tracemalloc
from collections import deque
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.clock import london, utc_now
from apps.core.errors import RuleViolated
from apps.core.json_text import gathered
from apps.deployments.models import Deployment
from apps.scrutiny import period_rows, views_period
from apps.scrutiny.exceptions import Period
from apps.scrutiny.exports import files, text
from apps.scrutiny.exports.of_period import report_of_period
from apps.scrutiny.exports.period_charts import charts_of
from apps.scrutiny.exports.report import ANCHOR_WORDS, Taken
from apps.scrutiny.exports.text import csv_sha256
from apps.scrutiny.period import period_report, read_in_parts, report_of
from apps.scrutiny.period_rows import PackedRows
from tests.support.reports import PERIOD, again, busy_stage, copies, csv_rows, record_url, taken, written

FEW, MANY, PART = 8, 1_000, 50
# Of what is kept of a row while others are read, hashed and written; as it is read, it takes ten times that.
MOST_A_ROW = 512


@pytest.fixture
def busy(real_db):
    stage = busy_stage()
    # What planners write is long, and in no report over a time.
    written(stage, necessity="Why it is necessary. " * 2_000)
    return stage


NOW = utc_now()


def report(stage, **asked):
    today = london(utc_now()).date()
    with stage.context():
        return period_report(
            force=stage.force,
            period=Period(today - timedelta(days=30), today),
            now=NOW,
            rehearsals=True,
            **asked,
        )


def peak(stage):
    """Of everything that is made for the files of text, in bytes; read in small parts."""
    tracemalloc.start()
    try:
        made = report_of_period(report(stage, at_once=PART))
        csv_sha256(made)
        made.sha256()
        taken_out = Taken(report=made, anchor=dict.fromkeys(ANCHOR_WORDS, ""), at=utc_now())
        for form in files.IN_PIECES:
            deque(files.written(taken_out, form), maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_neither_what_planners_wrote_nor_the_rows_before_are_held_while_a_file_is_made(busy, monkeypatch):
    monkeypatch.setattr(period_rows, "PACK", PART)
    copies(busy, 10 * PART)
    peak(busy)  # what is made once and kept
    few = peak(busy)
    copies(busy, MANY)
    assert len(report(busy).rows) == 1 + 10 * PART + MANY
    assert peak(busy) - few < MANY * MOST_A_ROW


def test_read_in_parts_it_says_the_same_as_read_at_once(busy, monkeypatch):
    monkeypatch.setattr(period_rows, "PACK", 3)
    copies(busy, FEW)
    again(busy, started_at=None, state="cancelled")
    written(busy, rehearsal=False)
    whole = report_of_period(report(busy)).canonical()
    for at_once in (1, 2, 3, FEW + 1, FEW + 2, FEW + 3):
        assert report_of_period(report(busy, at_once=at_once)).canonical() == whole
    assert b'"others":1' in whole


def test_what_the_schedule_deletes_while_it_is_read_is_no_nought(busy):
    copies(busy, 3)
    today = london(NOW).date()
    period, about = Period(today - timedelta(days=30), today), {"rehearsals": True, "now": NOW}
    with busy.context():
        (part,) = read_in_parts(period, rehearsals=True, most=FEW, at_once=FEW)
        without_log = part.begun[0]
        Deployment.objects.filter(id=without_log.id).update(log_deleted_at=NOW)
        gone = part.begun[1]._replace(id=uuid4(), reference="LFR-GONE")
        part = replace(part, begun=[gone, *part.begun])
        found = report_of([part], force=busy.force, period=period, **about)
    assert [row.log_deleted for row in found.rows if row.reference == without_log.reference] == [True]
    assert (found.without_log, len(found.rows)) == (1, 4)
    assert gone.reference not in {row.reference for row in found.rows}


def test_the_page_counts_the_rows_without_reading_them_all(busy, monkeypatch):
    monkeypatch.setattr(period_rows, "PACK", 3)
    monkeypatch.setattr(views_period, "ON_PAGE", 2)
    copies(busy, FEW)
    read = []
    whole = PackedRows.__iter__
    monkeypatch.setattr(
        PackedRows, "__iter__", lambda rows: map(lambda row: read.append(row) or row, whole(rows))
    )
    page = busy.person("reader oversight", "oversight").client().get(PERIOD).content.decode()
    assert "9 deployments" in page
    # Once for the pictures, and of the list what it shows.
    assert len(read) == 9 + 2


def test_a_file_of_text_goes_out_in_pieces(busy, monkeypatch):
    monkeypatch.setattr(files, "gathered", partial(gathered, size=100))
    monkeypatch.setattr(text, "gathered", partial(gathered, size=100))
    copies(busy, FEW)
    reader = busy.person("reader oversight", "oversight").client()
    for form in files.IN_PIECES:
        answer = reader.get(f"{PERIOD}&format={form}")
        assert answer.streaming
        assert len(list(answer)) > FEW


def test_more_than_a_report_holds_is_refused_with_words(busy):
    copies(busy, FEW)
    many = pytest.raises(RuleViolated, match="more than 8 in this time")
    with CaptureQueriesContext(connection) as asked, many:
        report(busy, most=FEW, at_once=1)
    assert len([each for each in asked if "deployments_deployment" in each["sql"]]) == 1, "none was read"
    assert len(report(busy, most=FEW + 1).rows) == FEW + 1


def test_the_page_lists_the_newest_and_says_so_and_the_files_have_all(busy, monkeypatch):
    copies(busy, FEW)
    monkeypatch.setattr(views_period, "ON_PAGE", 3)
    page = busy.person("reader oversight", "oversight").client().get(PERIOD).getvalue().decode()
    assert "Here are the newest 3 of 9; the other 6 deployments of this time" in page
    assert page.count('<th scope="row"><a href="/records/') == 3
    rows = csv_rows(taken(busy, PERIOD, "csv"))
    begin = rows.index(["Deployments"]) + 2
    assert len([row for row in rows[begin:] if row and row[0].startswith("LFR-")]) == 9


def test_many_months_are_drawn_by_year(busy):
    for months in range(26):
        again(busy, started_at=utc_now() - timedelta(days=31 * months))
    alerts, _notice = charts_of(report(busy))
    assert alerts.table.caption.endswith("by year")
    assert 3 <= len(alerts.table.rows) <= 4
    assert sum(int(row[-1]) for row in alerts.table.rows) == 4


def test_the_record_of_a_deployment_has_its_pictures_with_their_tables(busy):
    page = busy.person("reader oversight", "oversight").client().get(record_url(busy)).getvalue().decode()
    found = json.loads(taken(busy, record_url(busy), "json"))
    charts = [chart for section in found["report"]["sections"] for chart in section["charts"]]
    assert [chart["table"]["caption"] for chart in charts] == [
        "Alerts. The rows below the first one add up to it",
        "How long the operators' decisions took",
        "How long the engagement officers' decisions took",
    ]
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="chart"') == len(charts)
    came_to, operators, officers = (
        {row[0]: int(row[1]) for row in chart["table"]["rows"]} for chart in charts
    )
    assert came_to["All alerts"] == sum(came_to.values()) - came_to["All alerts"] == 4
    # Planted an hour after their alerts; the officer's stand at the same instant as the operator's.
    assert operators["120 s or more"] == sum(operators.values()) == 3
    assert officers["under 5 s"] == sum(officers.values()) == 2
    assert found["decision_times"]["operators"]["bands"] == list(operators.values())
    for key in ("came-to", "operators", "officers"):
        assert f'aria-labelledby="{key}-title {key}-desc"' in page


def test_without_alerts_there_is_nothing_to_draw_and_the_table_stays(busy):
    row = again(busy)
    page = busy.person("reader oversight", "oversight").client().get(f"/records/{row.reference}/")
    words = page.content.decode()
    assert 'class="chart"' not in words
    assert "Alerts. The rows below the first one add up to it" in words
