"""Ten years of deployments: what a row of a report costs in memory, and what the page still lists."""

from __future__ import annotations

import json
import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection

from apps.core.clock import london, utc_now
from apps.core.errors import RuleViolated
from apps.scrutiny import views_period
from apps.scrutiny.exceptions import Period
from apps.scrutiny.exports.of_period import charts_of, report_of_period
from apps.scrutiny.exports.text import csv_body, csv_sha256
from apps.scrutiny.period import period_report
from tests.support.reports import PERIOD, again, busy_stage, csv_rows, record_url, taken, written

FEW, MANY = 8, 400
MIB = 2**20
# A row with its cells, for programs, as text and hashed: far from what was written in the deployment.
MOST_A_ROW = 12 * 1024


@pytest.fixture
def busy(real_db):
    stage = busy_stage()
    # What planners write is long, and in no report over a time.
    written(stage, necessity="Why it is necessary. " * 2_000)
    return stage


def copies(stage, number):
    """So many further deployments like the first one."""
    row = again(stage)
    with stage.context(), connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [TABLE])
        columns = [name for (name,) in cursor.fetchall()]
        new = {"id": "gen_random_uuid()", "reference": "'LFR-' || gen_random_uuid()"}
        picked = ", ".join(new.get(name, f"d.{name}") for name in columns)
        cursor.execute(
            f"INSERT INTO {TABLE} ({', '.join(columns)}) SELECT {picked}"
            f" FROM {TABLE} d, generate_series(2, %s) WHERE d.id = %s",
            [number, row.id],
        )


TABLE = "deployments_deployment"


def report(stage, **asked):
    today = london(utc_now()).date()
    with stage.context():
        return period_report(
            force=stage.force,
            period=Period(today - timedelta(days=30), today),
            now=utc_now(),
            rehearsals=True,
            **asked,
        )


def peak(stage):
    """Of everything that is made for a CSV, in bytes."""
    tracemalloc.start()
    try:
        made = report_of_period(report(stage))
        csv_sha256(made)
        made.sha256()
        csv_body(made)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_planners_wrote_is_not_read_for_a_report_over_a_time(busy):
    copies(busy, FEW)
    peak(busy)  # what is made once and kept
    few = peak(busy)
    copies(busy, MANY)
    assert len(report(busy).rows) == 1 + FEW + MANY
    assert peak(busy) - few < MANY * MOST_A_ROW


def test_more_than_a_report_holds_is_refused_with_words(busy):
    copies(busy, FEW)
    with pytest.raises(RuleViolated, match="more than 8 in this time"):
        report(busy, most=FEW)
    assert len(report(busy, most=FEW + 1).rows) == FEW + 1


def test_the_page_lists_the_newest_and_says_so_and_the_files_have_all(busy, monkeypatch):
    copies(busy, FEW)
    monkeypatch.setattr(views_period, "ON_PAGE", 3)
    page = busy.person("reader oversight", "oversight").client().get(PERIOD).content.decode()
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
    page = busy.person("reader oversight", "oversight").client().get(record_url(busy)).content.decode()
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
