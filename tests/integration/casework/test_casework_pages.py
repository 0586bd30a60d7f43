"""The pages of casework, as people press them; and those who have none."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.casework.models import ArrestResult, CaseStep, Complaint, HoursVersion, NoneStatement
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.deployments.models import Deployment
from tests.support.casework import WORDS, arrested, breach, complaint, hours, result, rights_request

TODAY = london(utc_now()).date()
COMPLAINT = {"received_on": TODAY.isoformat(), "how": "letter", "about": "stop", "own_reference": "PSD/1/26"}


def client(stage, role=Role.FORCE_ADMIN):
    return stage.person(f"works {role}", role).client()


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def page(stage):
    return f"/casework/deployments/{stage.deployment_id}/"


def test_hours_from_the_form_to_the_page_and_corrected(stage):
    browser = client(stage, Role.PLANNER)
    sent = {"seen_version": 0, "silver-people": 1, "silver-hours": "7.5", "silver-cost": "412.00"}
    browser.post(page(stage) + "hours/", sent)
    shown = words(browser.get(page(stage)))
    assert "Silver commanders 1 7.50 £412.00" in shown
    refused = browser.post(page(stage) + "hours/", {**sent, "seen_version": 1, "silver-hours": "9"})
    assert refused.status_code == 422
    assert "write at least 10 characters" in words(refused)
    assert 'value="9"' in refused.content.decode(), "what was typed is still there"
    browser.post(page(stage) + "hours/", {**sent, "seen_version": 1, "silver-hours": "9", "reason": WORDS})
    shown = words(browser.get(page(stage)))
    assert "9.00 hours in all" in shown
    assert f"version 2, because: {WORDS}" in shown
    assert "Version 1: 7.50 hours" in shown


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"silver-hours": "7"}, "Silver commanders: enter people and hours"),
        ({"silver-people": "2"}, "Silver commanders: enter people and hours"),
        ({"silver-people": "two", "silver-hours": "7"}, "Silver commanders: “people” is a number"),
        ({"silver-people": "2", "silver-hours": "NaN"}, "Silver commanders: “hours” is a number"),
        ({"silver-people": "2", "silver-hours": "1e9"}, "digits"),
        ({}, "no line has any"),
    ],
)
def test_hours_that_are_refused_say_why(stage, sent, says):
    refused = client(stage).post(page(stage) + "hours/", {"seen_version": 0, **sent})
    assert (refused.status_code, says in words(refused)) == (422, True)
    with stage.context():
        assert not HoursVersion.objects.exists()


def test_an_arrest_is_followed_up_from_the_page(stage):
    number = arrested(stage)
    browser = client(stage, Role.SILVER_COMMANDER)
    assert "What came of it is not recorded." in words(browser.get(page(stage)))
    assert "1 of 1 without a result" in words(browser.get("/casework/"))
    sent = {
        "seen_version": 0,
        "result": "charged",
        "decided_on": TODAY.isoformat(),
        "offence": "sexual",
        "on_purpose": "yes",
    }
    browser.post(f"{page(stage)}arrest/?alert={number}", sent)
    assert "Charged, " in words(browser.get(page(stage)))
    browser.post(
        f"{page(stage)}arrest/?alert={number}",
        {**sent, "seen_version": 1, "result": "out_of_court", "reason": WORDS},
    )
    assert f"because: {WORDS}" in words(browser.get(page(stage)))
    with stage.context():
        assert list(ArrestResult.objects.values_list("result", flat=True)) == ["charged", "out_of_court"]


@pytest.mark.parametrize("alert", ["", "x", "-1", "1" * 40, "１", "1.0"])
def test_an_alert_that_is_no_number_is_not_found(stage, alert):
    assert client(stage).get(f"{page(stage)}arrest/", {"alert": alert}).status_code == 404


def test_an_alert_without_an_arrest_leads_back(stage):
    alert = stage.raise_alert()
    answer = client(stage).get(f"{page(stage)}arrest/?alert={alert.number}", follow=True)
    assert f"No arrest is recorded of alert {alert.number}" in words(answer)


def test_a_complaint_from_the_form_to_its_result(stage):
    browser = client(stage)
    with stage.context():
        reference = Deployment.objects.get().reference
    begun = browser.get(f"/casework/complaints/new/?deployment={stage.deployment_id}")
    assert reference in begun.content.decode()
    shown = browser.post("/casework/complaints/new/", {**COMPLAINT, "deployment": reference}, follow=True)
    assert "C-0001" in words(shown)
    assert "PSD/1/26" in words(shown)
    address = shown.redirect_chain[-1][0]
    browser.post(address, {"step": "begin_review", "words": ""})
    shown = browser.post(address, {"step": "not_uphold", "words": WORDS}, follow=True)
    assert f"Not upheld {WORDS}" in words(shown)
    assert "C-0001" not in words(browser.get("/casework/"))
    assert "C-0001" in words(browser.get("/casework/cases/?of=complaint"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"summary": "Write to jo@example.org about this"}, "has an e-mail address in it"),
        ({"summary": "Ring 07700 900123 after six"}, "has a telephone number in it"),
        ({"summary": "Mrs Reed was stopped"}, "seems to name somebody"),
        ({"own_reference": "Jo Reed"}, "never a name"),
        ({"deployment": "LFR-0000-0000"}, "no deployment with this reference"),
    ],
)
def test_a_name_in_a_form_is_refused_and_stored_nowhere(stage, changes, says):
    refused = client(stage).post("/casework/complaints/new/", {**COMPLAINT, **changes})
    assert (refused.status_code, says in words(refused)) == (422, True)
    with stage.context():
        assert not Complaint.objects.exists()


def test_another_forces_reference_is_unknown(stage, elsewhere):
    with elsewhere.context():
        reference = Deployment.objects.get().reference
    refused = client(stage).post("/casework/complaints/new/", {**COMPLAINT, "deployment": reference})
    assert "no deployment with this reference" in words(refused)


def test_another_forces_things_are_not_found(stage, elsewhere):
    browser = client(stage)
    addresses = [
        page(elsewhere),
        page(elsewhere) + "hours/",
        page(elsewhere) + "arrest/?alert=1",
        f"/casework/none/?deployment={elsewhere.deployment_id}",
        f"/casework/complaints/new/?deployment={elsewhere.deployment_id}",
        f"/casework/complaints/{complaint(elsewhere)}/",
        f"/casework/breaches/{breach(elsewhere)}/",
        f"/casework/requests/{rights_request(elsewhere)}/",
    ]
    for address in addresses:
        assert browser.get(address).status_code == 404, address
        assert browser.post(address, {"step": "withdraw", "words": WORDS}).status_code in (404, 405)
    with elsewhere.context():
        assert set(CaseStep.objects.values_list("step", flat=True)) == {"record"}


@pytest.mark.parametrize(
    "role", [Role.OVERSIGHT, Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER]
)
def test_other_roles_have_no_page_and_no_link(stage, role):
    browser, case_id = client(stage, role), complaint(stage)
    for address in ("/casework/", "/casework/cases/", page(stage), f"/casework/complaints/{case_id}/"):
        assert browser.get(address).status_code == 403, address
    assert browser.post(f"/casework/complaints/{case_id}/", {"step": "withdraw"}).status_code == 403
    assert "/casework/" not in browser.get("/").content.decode()


@pytest.mark.parametrize(
    "role", [Role.PLANNER, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER, Role.FORCE_ADMIN]
)
def test_whoever_works_on_it_finds_it_from_home(stage, role):
    assert 'href="/casework/"' in client(stage, role).get("/").content.decode()


def test_what_is_overdue_stands_on_top(stage):
    complaint(stage)
    breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    rights_request(stage, received_on=TODAY - timedelta(days=45))
    rights_request(stage)
    shown = words(client(stage).get("/casework/"))
    overdue, still_open = shown.split(" Overdue ", 1)[1].split(" Open Case ", 1)
    assert ("B-0001" in overdue, "R-0001" in overdue, "R-0002" in overdue) == (True, True, False)
    assert ("C-0001" in still_open, "R-0002" in still_open, "B-0001" in still_open) == (True, True, False)
    assert "Tell the Commissioner by" in overdue


def test_a_breach_is_worked_on_and_closed(stage):
    browser, address = client(stage), f"/casework/breaches/{breach(stage)}/"
    refused = browser.post(address, {"step": "close", "words": WORDS})
    assert refused.status_code == 422
    assert "Enter when the Commissioner was told, or why not." in words(refused)
    told = london(utc_now()).strftime("%Y-%m-%dT%H:%M")
    sent = {
        "form": "done",
        "risk": "risk",
        "ico_told_at": told,
        "people_told": "no",
        "people_reason": WORDS,
        "measures": WORDS,
    }
    browser.post(address, sent)
    shown = browser.post(address, {"step": "close", "words": WORDS}, follow=True)
    assert "State Closed" in words(shown)
    assert "Commissioner told" in words(shown)


def test_a_request_is_answered(stage):
    browser, address = client(stage, Role.PLANNER), f"/casework/requests/{rights_request(stage)}/"
    refused = browser.post(address, {"step": "answer"})
    assert "Enter the day of the answer and its result." in words(refused)
    sent = {"step": "answer", "answer": "nothing_held", "answered_on": TODAY.isoformat()}
    assert "Nothing is held" in words(browser.post(address, sent, follow=True))


def test_that_there_was_none_is_said_and_shown(stage):
    browser = client(stage)
    assert words(browser.get(page(stage))).count("Nobody has said that there was none.") == 3
    address = f"/casework/none/?deployment={stage.deployment_id}"
    browser.post(address, {"kinds": ["complaint", "request"]})
    shown = words(browser.get(page(stage)))
    assert shown.count("None: said on") == 2
    assert shown.count("Nobody has said that there was none.") == 1
    days = {"first": "2026-01-01", "last": "2026-01-31"}
    browser.post("/casework/none/", {"kinds": ["breach"], **days})
    with stage.context():
        assert NoneStatement.objects.filter(deployment_id__isnull=True).count() == 1


def test_cases_come_a_page_at_a_time(stage):
    for _ in range(27):
        complaint(stage)
    browser = client(stage)
    first = browser.get("/casework/cases/?of=complaint")
    assert ("C-0027" in words(first), "C-0002" in words(first)) == (True, False)
    [older] = re.findall(r'href="(\?of=complaint[^"]+)" rel="next"', first.content.decode())
    second = words(browser.get("/casework/cases/" + older.replace("&amp;", "&")))
    assert ("C-0002" in second, "C-0001" in second, "C-0003" in second) == (True, True, False)
    for broken in ("?of=nothing", "?below=x", "?below=" + "9" * 30):
        assert browser.get("/casework/cases/" + broken).status_code == 404


def test_the_list_costs_as_many_queries_however_long_it_is(stage):
    browser = client(stage)

    def queries(address):
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    addresses = ("/casework/", page(stage), "/casework/cases/")
    hours(stage)
    complaint(stage)
    result(stage, arrested(stage))
    before = [queries(address) for address in addresses]
    for _ in range(4):
        for enter in (complaint, breach, rights_request):
            enter(stage)
        result(stage, arrested(stage))
    assert [queries(address) for address in addresses] == before
