"""The 25 answers leave nothing out in silence: what changed, what still lasts, and what is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.alerts.data import Outcome
from apps.casework import retention as casework_schedule
from apps.casework.data import CaseKind
from apps.casework.models import Complaint, NoneStatement
from apps.core.clock import london, utc_now
from apps.deployments.models import Deployment
from apps.live.models import CameraTally
from apps.notices.models import Notice
from apps.retention import api as retention
from apps.scrutiny.answers.report import answers_report
from apps.scrutiny.exceptions import Period
from tests.support.alert_stage import make_stage
from tests.support.casework import arrested, complaint, hours, result, worker
from tests.support.reports import decided
from tests.support.years import DAY, plant, set_years, years

FIRST = london(utc_now() - years(9)).date()


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def said(stage, number, **asked):
    """All that an answer says, as one text."""
    now = asked.pop("now", utc_now())
    period = Period(asked.pop("first", FIRST), asked.pop("last", london(now).date()))
    with stage.context():
        found = answers_report(force=stage.force, period=period, now=now, **({"rehearsals": True} | asked))
    section = found.sections[number - 1]
    cells = [cell for table in section.tables for row in table.rows for cell in row]
    return " ".join((*section.paragraphs, *cells, *section.notes))


def purge(stage):
    assert retention.run_due(force_id=stage.force.id, now=utc_now()).problems == ()


def test_what_changed_on_the_notice_is_told_by_kind(stage):
    plant(stage, utc_now() - DAY)
    words = said(stage, 5)
    assert "Versions of the notice after the first: 0." in words
    assert "Corrections of published results: 0." in words
    at = utc_now().isoformat()
    with stage.context():
        row = Notice.objects.get(slug__startswith="old-")
        texts = ("Published.", "Made narrower. Changed: the time.", "The deployment started.")
        texts += ("Approved again. Changed: the place, the area, the time.", "The results were corrected.")
        row.history = [{"at": at, "text": text} for text in texts]
        row.old_results = [
            {
                "number": 1,
                "results": row.results,
                "since": at,
                "until": at,
                "reason": "Wrong sum.",
                "role": role,
            }
            for role in ("authorising_officer", "")
        ]
        row.save()
    words = said(stage, 5)
    assert (
        "Versions of the notice after the first: 2. What changed: the time 2, the place 1, the area 1."
        in words
    )
    assert "Corrections of published results: 1" in words
    assert "2 1" in words.split(row.slug.upper())[1], "of each deployment"


def test_cases_that_the_schedule_deleted_are_said(stage):
    old, young = utc_now() - years(8), utc_now() - DAY
    for number, at in enumerate((old, old, young)):
        complaint(stage, received_on=london(at).date(), own_reference=f"PSD/{number}")
    with stage.context():
        Complaint.objects.filter(received_on=london(old).date()).update(
            state="not_upheld", closed_at=old + DAY
        )
    assert "Complaints: 3." in said(stage, 21)
    assert "schedule" not in said(stage, 21)
    purge(stage)
    words = said(stage, 21)
    assert "Complaints: 1." in words
    assert (
        "Deleted by the schedule, and in no number here: 2 complaints that came in during this time." in words
    )
    assert "schedule" not in said(stage, 21, first=london(utc_now() - years(2)).date())
    before = said(stage, 21, last=london(utc_now() - years(7)).date())
    assert "Complaints: none that is still here." in before


def test_a_statement_that_there_were_none_is_not_forgotten_in_silence(stage):
    old = utc_now() - years(8)
    day = london(old).date()
    with stage.context():
        NoneStatement.objects.create(
            kind=CaseKind.COMPLAINT.value, first=day - timedelta(days=9), last=day, recorded_at=old,
            actor_id=worker(stage).id, actor_label="somebody",
        )  # fmt: skip
    asked = {"first": day - timedelta(days=9), "last": day}
    assert "Complaints: none, as somebody stated" in said(stage, 21, **asked)
    purge(stage)
    words = said(stage, 21, **asked)
    assert (
        "Deleted by the schedule, and in no number here: statements that there were no complaints: 1."
        in words
    )
    assert "Complaints: none that is still here." in words


def test_arrests_of_a_log_that_is_deleted_are_no_nought(stage):
    set_years(stage, decision_log_years=2)
    plant(stage, utc_now() - years(3), alerts=3)
    arrests = said(stage, 16)
    assert "Arrests: 0." in arrests, "the log is here, and has no arrest"
    purge(stage)
    words = said(stage, 16)
    assert "Arrests: not known any more." in words
    assert "For an offence" not in words
    assert "People spoken to who were somebody else: not known any more" in said(stage, 15)
    arrested(stage)
    assert "Arrests: at least 1." in said(stage, 16)


def test_a_camera_that_is_still_silent_is_told(stage):
    assert "not ended yet" not in said(stage, 20)
    since = utc_now() - timedelta(minutes=7)
    with stage.context():
        for camera, silent_since in zip(stage.cameras, (since, None), strict=False):
            CameraTally.objects.create(
                deployment_id=stage.deployment_id, camera_id=camera.id, silent_since=silent_since
            )
        reference = Deployment.objects.get(id=stage.deployment_id).reference
    words = said(stage, 20, now=since + timedelta(minutes=9))
    assert f"{reference} 1" in words
    assert "9.0" in words
    assert "not ended yet" in words


def test_cost_is_told_for_each_outcome_where_both_are_on_record(stage):
    assert "£" not in said(stage, 23)
    assert "Cost for each outcome: not recorded." in said(stage, 23)
    decided(stage, Outcome.TEST_SUBJECT_RECOGNISED)
    arrested(stage)
    hours(stage)
    words = said(stage, 23)
    assert "For each alert 15.8 hours, for each true alert 15.8 hours, for each arrest 31.5 hours." in words
    costs = "for each alert £206.00, for each true alert £206.00, for each arrest £412.00"
    assert f"Cost: {costs}; lines without a cost: 1." in words


def test_hours_and_results_of_arrests_that_the_schedule_deleted_are_said(stage):
    result(stage, arrested(stage))
    hours(stage)
    assert "schedule" not in said(stage, 16) + said(stage, 23)
    with stage.context():
        casework_schedule.purge_due(utc_now() + years(8))
    assert "Of 1 of 1 deployments the schedule has deleted results of arrests." in said(stage, 16)
    assert "Of 1 of 1 deployments the schedule has deleted hours and cost." in said(stage, 23)
