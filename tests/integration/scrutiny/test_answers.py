"""The 25 answers over a time: from records, with the source of each, by no name, the same in every form."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.data import OperatorDecision, Outcome
from apps.audit.models import AuditEvent
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.deployments.models import Deployment, DeploymentDecision, RecognitionGap, SignCheck
from apps.live.models import CameraTally
from apps.scrutiny.answers.facts import LOOKED_UP, NOT_RECORDED
from apps.scrutiny.answers.report import ANSWERS, answers_report
from apps.scrutiny.exceptions import Period
from apps.scrutiny.exports import pdf
from apps.scrutiny.operations import remember_redactions
from apps.watchlists.models import Subject, Watchlist
from tests.support.alert_stage import make_stage
from tests.support.reports import again, decided

PAGE = "/records/answers/"


@pytest.fixture
def stage(real_db):
    return make_stage("north")


@pytest.fixture
def busy(stage):
    decided(stage, Outcome.TEST_SUBJECT_RECOGNISED)
    decided(stage, Outcome.RELEASED_IDENTITY_WRONG)
    decided(stage, said=OperatorDecision.NOT_A_MATCH)
    with stage.context():
        CameraTally.objects.create(
            deployment_id=stage.deployment_id, camera_id=stage.cameras[0].id, tracks=400
        )
    return stage


def see(stage, query="?kind=rehearsals", role=Role.OVERSIGHT):
    answer = stage.person(f"reader {role}", role).client().get(PAGE + query)
    return answer.status_code, answer.getvalue().decode("utf-8-sig", errors="replace")


def report(stage, **asked):
    today = london(utc_now()).date()
    period = Period(today - timedelta(days=30), today)
    with stage.context():
        return answers_report(
            force=stage.force, period=period, now=utc_now(), **({"rehearsals": True} | asked)
        )


def said(stage, number, **asked):
    """All that an answer says, as one text."""
    section = report(stage, **asked).sections[number - 1]
    cells = [cell for table in section.tables for row in table.rows for cell in row]
    return " ".join((*section.paragraphs, *cells, *section.notes))


def test_there_are_twenty_five_in_their_order_each_with_its_source(busy):
    found = report(busy).sections
    assert len(found) == len(ANSWERS) == 25
    assert [section.title.split(".")[0] for section in found] == [str(number) for number in range(1, 26)]
    assert all(section.notes and section.notes[-1].startswith("Source: ") for section in found)


def test_what_nobody_recorded_is_said_and_is_never_nought(stage):
    assert f"Complaints: {NOT_RECORDED}." in said(stage, 21)
    assert f"Breaches: {NOT_RECORDED}." in said(stage, 21)
    assert f"True recognition of volunteers: {NOT_RECORDED}" in said(stage, 12)
    assert "Hours are recorded of 0 of 1 deployments." in said(stage, 23)
    assert "Not told yet" in said(stage, 13)


def test_the_numbers_are_those_of_the_deployments_over_a_time(busy):
    words = said(busy, 12)
    assert "2 of 3" in words
    assert "2 of 400" in words
    assert "People spoken to who were somebody else: 0 of 2 engagements." in said(busy, 15)
    assert "Of 2 alerts that an operator called a match" in said(busy, 14)
    assert "1 turned out to be somebody else" in said(busy, 14)
    assert said(busy, 12, rehearsals=False).count("none to count") == 1, "rehearsals are not operations"


def test_authority_signs_and_gaps_are_told_by_deployment(busy):
    now = utc_now()
    with busy.context():
        day = Deployment.objects.get(id=busy.deployment_id)
        approver = busy.person("superintendent", Role.AUTHORISING_OFFICER).actor
        DeploymentDecision.objects.create(
            deployment_id=day.id, kind="approve", role="authorising_officer", actor_id=approver.id,
            actor_label=approver.label, reasons="So be it", content_hash="5" * 64, rank="Superintendent",
            decided_at=day.started_at - timedelta(days=9),
        )  # fmt: skip
        SignCheck.objects.create(
            deployment_id=day.id, approach="North road", passed=False, actor_id=approver.id,
            actor_label=approver.label, recorded_at=now,
        )  # fmt: skip
        RecognitionGap.objects.create(
            deployment_id=day.id, started_at=now - timedelta(minutes=9), ended_at=now - timedelta(minutes=6),
            reason="the relay was not heard",
        )  # fmt: skip
    first = said(busy, 1)
    assert "Superintendent" in first
    assert "9 days" in first
    assert approver.label not in first
    assert said(busy, 6).split(" Source")[0].endswith("1 1")
    assert "3.0" in said(busy, 20)
    assert "the relay was not heard" in said(busy, 20)


def test_what_was_on_the_list_is_told_after_the_list_is_gone(busy):
    with busy.context():
        Watchlist.objects.filter(deployment_id=busy.deployment_id).update(
            sealed_figures={
                "subjects": {"suspected": 3},
                "pictures": {"suspected": 5},
                "sources": {"Custody North": 5},
                "ages": {"1 year": 5},
                "custody": {"deletion_requested": 2},
                "refused": {"status_stale": 4},
            },
            sealed_groups={"under_18": 1},
        )
    assert "suspected 3 5" in said(busy, 7)
    assert "under 18 1" in said(busy, 8)
    assert "Custody North 5" in said(busy, 9)
    assert "deletion requested, not decided 2" in said(busy, 9)
    assert "status stale 4" in said(busy, 10)


def test_casework_and_questions_are_told_as_people_recorded_them(busy):
    from apps.casework.models import HoursLine, HoursVersion

    person = {"actor_id": busy.silver.actor.id, "actor_label": busy.silver.actor.label}
    with busy.context():
        version = HoursVersion.objects.create(
            deployment_id=busy.deployment_id, number=1, recorded_at=utc_now(), reason="", **person
        )
        HoursLine.objects.create(
            version=version, role="operator", people=3, hours=Decimal("22.5"), cost=Decimal("900")
        )
    words = said(busy, 23)
    assert "1 of 1 deployments, 22.50 in all" in words
    assert "£900.00" in words
    assert "7.5 hours" in words, "22.5 hours for three alerts"


def test_it_names_nobody_in_any_form(busy):
    with busy.context():
        listed = [name for row in Subject.objects.values_list("display_name", "reference") for name in row]
    staff = [person.actor.label for person in busy.people.values() if "reader" not in person.username]
    with busy.context():
        day = Deployment.objects.get(id=busy.deployment_id)
        day.authority["policing_purpose"] = f"To find {listed[0]}, says {staff[0]}, 07700 900123"
        day.save()
    for form in ("", "&format=csv", "&format=json"):
        status, answer = see(busy, f"?kind=rehearsals{form}")
        assert status == 200
        body = answer.split("<main")[-1]
        assert [name for name in (*listed, *staff) if name in body] == []
        assert "900123" not in body
        assert "<img" not in body
        assert "To find [name removed]" in body


def test_every_form_says_the_same_and_the_taking_is_recorded(busy):
    page = see(busy)[1]
    found = json.loads(see(busy, "?kind=rehearsals&format=json")[1])
    table = see(busy, "?kind=rehearsals&format=csv")[1]
    for section in found["report"]["sections"]:
        for words in section["paragraphs"]:
            assert words.replace('"', '""') in table
    assert page.count('<h2 id="answer-') == 25
    assert "2 of 400" in page
    with busy.context():
        events = AuditEvent.objects.filter(verb="scrutiny.answers_exported")
        assert {event.payload["format"] for event in events} == {"csv", "json"}


def test_a_listed_persons_name_in_any_typed_part_stays_out_after_the_list_is_gone(busy):
    """The list is known while the day runs; later only what was kept of a text says what was a name."""
    with busy.context():
        name = Subject.objects.values_list("display_name", flat=True)[0]
        day = Deployment.objects.get(id=busy.deployment_id)
        day.authority |= {"place_reason": f"{name} is seen here", "nearby": ["school"]}
        day.authority |= {"nearby_measures": f"Stay clear of {name}"}
        day.save()
        remember_redactions(deployment_id=day.id, now=utc_now())
        Subject.objects.filter(display_name=name).update(display_name="Somebody Else")
    for number in (3, 24):
        assert name not in said(busy, number)
        assert "[name removed]" in said(busy, number)


def test_what_the_body_has_not_published_is_in_no_answer_to_a_stranger(busy):
    from apps.oversight import operations as oversight
    from apps.oversight.data import Kind

    body = busy.person("body", Role.OVERSIGHT).actor
    due = london(utc_now()).date() + timedelta(days=9)
    with busy.context():
        asked = {"kind": Kind.QUESTION, "text": "Why was it held on a market day?", "due_on": due}
        oversight.put(**asked, actor=body, now=utc_now())
    assert "market day" in said(busy, 25)
    assert "market day" not in said(busy, 25, published=True)


def test_every_kind_of_taking_out_and_looking_is_counted(busy):
    """Whatever verb the code has for it: answer 19 says that what left is counted."""
    code = "".join(path.read_text() for path in Path("apps").rglob("*.py") if "migrations" not in path.parts)
    verbs = set(re.findall(r'"([a-z_]+\.(?:[a-z_]*_)?(?:exported|viewed|collected|disclosed))"', code))
    # The audit's own export is counted under its constant.
    assert len(verbs) > 8
    assert verbs - LOOKED_UP.keys() == set()


def test_more_deployments_cost_no_further_query(busy):
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            report(busy)
        counted.append(len(queries))
        for _ in range(4):
            again(busy)
    assert counted[0] == counted[1]


def test_another_force_is_not_in_it(busy):
    other = make_stage("south")
    assert "Deployments whose tracks nobody counted 1" in said(other, 12)
    assert busy.force.name not in see(other)[1]
    assert "2 of 400" not in see(other)[1]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER, Role.PLANNER])
def test_it_is_not_for(stage, role):
    assert see(stage, role=role)[0] == 403


def test_what_is_too_much_for_pages_is_refused_and_comes_as_a_spreadsheet(busy, monkeypatch):
    client, address = (
        busy.person("reader", Role.OVERSIGHT).client(),
        "/records/answers/?kind=rehearsals&format=",
    )
    assert client.get(f"{address}pdf")["Content-Type"] == "application/pdf"
    monkeypatch.setattr(pdf, "MOST_CELLS", 40)
    refused = client.get(f"{address}pdf")
    assert refused.status_code == 422
    assert (
        "This is too much for a PDF. Choose a shorter time, or a spreadsheet" in refused.getvalue().decode()
    )
    assert client.get(f"{address}ods").status_code == 200
