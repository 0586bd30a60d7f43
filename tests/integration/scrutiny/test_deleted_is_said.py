"""Reports over a time say what the schedule has deleted of it, and never sum less in silence."""

from __future__ import annotations

import csv
import io
import json

import pytest

from apps.audit.models import AuditEvent
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.wording import say_date
from apps.deployments.data import DeploymentState as S
from apps.notices.models import Notice
from apps.retention import api as retention
from apps.scrutiny.api import as_json, record_by_reference, record_list
from apps.scrutiny.data import OF_LOG
from apps.scrutiny.exceptions import Period, exceptions
from apps.scrutiny.period import period_report
from tests.support.alert_stage import make_stage
from tests.support.years import DAY, left_of, plant, set_years, years

FIRST = london(utc_now() - years(9)).date()
LAST = london(utc_now()).date()


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def run(stage):
    done = retention.run_due(force_id=stage.force.id, now=utc_now())
    assert done.problems == ()
    return done.certificates


def report(stage, first=FIRST, **asked):
    with stage.context():
        return period_report(
            force=stage.force, period=Period(first, LAST), now=utc_now(), **({"rehearsals": True} | asked)
        )


def see(stage, form="", page="/records/period/"):
    query = f"?kind=rehearsals&first={FIRST}&last={LAST}{form}"
    return stage.person("reader", Role.OVERSIGHT).client().get(page + query).getvalue().decode("utf-8-sig")


def test_what_is_missing_is_said_with_the_number_of_its_certificates(stage):
    plant(stage, utc_now() - years(8))
    plant(stage, utc_now() - years(8), began=False, state=S.EXPIRED)
    plant(stage, utc_now() - years(8), rehearsal=False)
    plant(stage, utc_now() - years(2))
    before = report(stage)
    certificates = run(stage)
    found = report(stage)
    proven = [one for one in certificates if one.data_class == "deployment_record"]
    others = report(stage, rehearsals=False).deleted
    assert found.deleted.deployments + others.deployments == len(proven) == 3
    assert (found.deleted.deployments, found.deleted.began, others.began) == (2, 1, 1)
    assert len(found.rows) == len(before.rows) - 1
    assert report(stage, first=london(utc_now() - years(5)).date()).deleted.deployments == 0


def test_the_page_and_both_files_say_it(stage):
    plant(stage, utc_now() - years(8))
    assert "Deleted by the schedule" not in see(stage)
    run(stage)
    words = "Deleted by the schedule: 1 deployment, 1 of which had begun"
    assert words in see(stage)
    assert f"{words}. They are in no number here." in see(stage, "&format=csv")
    assert json.loads(see(stage, "&format=json"))["deleted"] == {"deployments": 1, "began": 1}
    assert words in see(stage, page="/records/exceptions/")
    with stage.context():
        assert exceptions(force=stage.force, period=Period(FIRST, LAST), now=utc_now()).deleted.began == 1


def test_a_log_that_is_deleted_is_no_nought_anywhere(stage):
    set_years(stage, decision_log_years=2)
    old, young = plant(stage, utc_now() - years(3), alerts=3), plant(stage, utc_now() - years(1), alerts=1)
    before = report(stage)
    assert before.summed.alerts == 4
    run(stage)
    assert left_of(stage, young)["alerts.Alert"] == 1
    found = report(stage)
    assert (found.summed.alerts, found.without_log, found.deleted.deployments) == (1, 1, 0)
    assert found.false.of_tracks.denominator == 100, "the tracks of the other one are in no rate"
    assert "The log of alerts of 1 deployment was deleted by the schedule" in see(stage)
    rows = list(csv.reader(io.StringIO(see(stage, "&format=csv"))))
    header, *rows = rows[rows.index(["Deployments"]) + 1 :]
    lines = [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]
    assert sorted(line["Alerts"] for line in lines if line["Reference"].startswith("OLD")) == ["", "1"]
    values = json.loads(see(stage, "&format=json"))["rows"]
    assert [row["alerts"] for row in values if row["log_deleted"]] == [None]
    with stage.context():
        reference = Notice.objects.get(deployment_id=old).slug.upper()
    page = stage.people["reader"].client().get(f"/records/{reference}/").getvalue().decode()
    assert "The log of alerts was deleted on" in page
    table = stage.people["reader"].client().get(f"/records/{reference}/?format=csv").getvalue().decode()
    assert "The log of alerts was deleted on" in table
    listed = stage.people["reader"].client().get("/records/").getvalue().decode()
    assert listed.count(">deleted</td>") == 2
    with stage.context():
        record = record_by_reference(reference=reference, named=False)
        rows = {row.reference: row for row in record_list().rows}
    told = as_json(record)
    assert {told[name] for name in OF_LOG} == {None}
    assert told["tracks"] == 100, "recognition's own counters are no part of the log"
    assert (rows[reference].alerts, rows[reference].false) == (None, None)


def test_a_disclosure_pack_of_an_alert_of_a_deleted_log_says_what_became_of_it(stage):
    set_years(stage, decision_log_years=2)
    old = plant(stage, utc_now() - years(3))
    with stage.context():
        page = f"/records/{Notice.objects.get(deployment_id=old).slug.upper()}/disclosure/"
    client = stage.person("maker", Role.AUTHORISING_OFFICER).client()
    asked = {"alert": "1", "reason": "Asked for by the reviewing lawyer, case 11."}
    assert client.post(page, asked).status_code == 200
    run(stage)
    answer = client.post(page, asked)
    assert answer.status_code == 422
    words = answer.getvalue().decode()
    assert f"The log of alerts was deleted by the years of the schedule, {say_date(utc_now())}" in words
    assert "There is no alert" not in words


@pytest.mark.parametrize("state", [S.REVOKED, S.RESULTS_PUBLISHED])
def test_results_that_were_published_are_not_replaced_by_noughts(stage, state):
    """A certificate brings the results of what was stopped up to date: not that of its own log."""
    set_years(stage, decision_log_years=2)
    old = plant(stage, utc_now() - years(3), state=state, alerts=3)
    with stage.context():
        told = Notice.objects.get(deployment_id=old).results
    run(stage)
    with stage.context():
        notice = Notice.objects.get(deployment_id=old)
        assert notice.results == told
        steps = {step["data_class"]: step["done_at"] for step in notice.deletions}
    assert steps["decision_log"], "the public deletion clock says that the log is gone"


def test_a_record_that_is_deleted_says_so_to_those_who_may_read_records(stage):
    old = plant(stage, utc_now() - years(7))
    with stage.context():
        reference = Notice.objects.get(deployment_id=old).slug.upper()
    run(stage)
    answer = stage.person("reader", Role.OVERSIGHT).client().get(f"/records/{reference}/")
    assert answer.status_code == 410
    assert "This record was deleted on" in answer.getvalue().decode()
    other = make_stage("south")
    assert other.person("reader", Role.OVERSIGHT).client().get(f"/records/{reference}/").status_code == 404


def test_the_audit_of_it_is_still_there_after_the_record(stage):
    old = plant(stage, utc_now() - years(7) - DAY)
    run(stage)
    with stage.context():
        assert AuditEvent.objects.filter(object_id=old, verb="deployment.record_deleted").count() == 1
